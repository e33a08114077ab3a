"""Which shard's write bucket pays for a call. Never refuses: what is not found costs shard 0."""

from __future__ import annotations

from typing import Any

from presage.api.kalshi.services import Services


def shard_of_write(services: Services, query: Any, body: Any) -> int:
    """The shard that a write names, or that of the market it names, else the first."""
    markets = services.markets
    if len(markets.shards) == 1:
        return 0
    shard = _said("exchange_index", query, body)
    if shard is not None and shard >= 0:
        return shard if shard in markets.shards else 0
    ticker = _said("ticker", query, body) or _said("market_ticker", query, body)
    card = markets.by_ticker(ticker) if ticker else None
    return 0 if card is None else card.shard


def _said(name: str, query: Any, body: Any) -> Any:
    said = getattr(body, name, None)
    return getattr(query, name, None) if said is None else said
