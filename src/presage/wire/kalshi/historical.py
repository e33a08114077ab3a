"""What is asked of the historical tier; most answers are those of the live lists."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.kalshi.markets import Limit
from presage.wire.kalshi.orders import Subaccount
from presage.wire.kalshi.portfolio import Page


class GetHistoricalCutoffResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What settled, traded, ended or was archived before is historical."""

    market_settled_ts: str
    trades_created_ts: str
    orders_updated_ts: str
    market_positions_last_updated_ts: str


class GetHistoricalMarketsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`tickers`, `event_ticker` and `series_ticker` exclude each other."""

    limit: Limit = 100
    cursor: str | None = None
    tickers: Annotated[tuple[str, ...], Meta(max_length=1_000)] = ()
    event_ticker: str | None = None
    series_ticker: str | None = None
    mve_filter: Literal["exclude"] | None = None


class GetHistoricalFillsQuery(msgspec.Struct):
    """Times in seconds, both ends included."""

    ticker: str | None = None
    min_ts: int | None = None
    max_ts: int | None = None
    limit: Page = 100
    cursor: str | None = None


class GetHistoricalOrdersQuery(msgspec.Struct):
    """Times of placement in seconds, both ends included."""

    ticker: str | None = None
    min_ts: int | None = None
    max_ts: int | None = None
    limit: Page = 100
    cursor: str | None = None


class GetHistoricalPositionsQuery(msgspec.Struct):
    """One event at most; the primary subaccount unless another is named."""

    ticker: str | None = None
    event_ticker: str | None = None
    subaccount: Subaccount | None = None
    limit: Page = 100
    cursor: str | None = None
