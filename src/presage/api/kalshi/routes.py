"""Kalshi's trade API v2 as one table: every operation of every generation that is served."""

from __future__ import annotations

from typing import Final

from presage.api.kalshi import (
    routes_catalog,
    routes_collections,
    routes_communications,
    routes_historical,
    routes_market_data,
    routes_shards,
    routes_trading,
)
from presage.api.kalshi.errors import ERRORS
from presage.api.openapi import documented
from presage.api.registry import Api

PREFIX: Final = "/trade-api/v2"

SECURITY: Final = {
    "key": {"type": "apiKey", "in": "header", "name": "KALSHI-ACCESS-KEY"},
    "timestamp": {"type": "apiKey", "in": "header", "name": "KALSHI-ACCESS-TIMESTAMP"},
    "signature": {"type": "apiKey", "in": "header", "name": "KALSHI-ACCESS-SIGNATURE"},
}

KALSHI: Final = documented(
    Api(
        title="Presage, Kalshi's trade API",
        version="2",
        prefix=PREFIX,
        operations=routes_market_data.OPERATIONS
        + routes_trading.OPERATIONS
        + routes_communications.OPERATIONS
        + routes_catalog.OPERATIONS
        + routes_shards.OPERATIONS
        + routes_collections.OPERATIONS
        + routes_historical.OPERATIONS,
        errors=ERRORS,
        security=SECURITY,
    )
)
