"""Shapes of candlesticks, for every generation of clients at once.

Integer keys are whole cents and whole contracts. A price without a trade is left out.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Interval = Literal[1, 60, 1440]
"""Minutes."""


class GetMarketCandlesticksQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Unix seconds; a candle is in when its end is in [start_ts, end_ts]."""

    start_ts: int
    end_ts: int
    period_interval: Interval
    include_latest_before_start: bool = False


class GetEventCandlesticksQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Unix seconds; a candle is in when its end is in [start_ts, end_ts]."""

    start_ts: int
    end_ts: int
    period_interval: Interval


class BatchGetMarketCandlesticksQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`market_tickers` is comma-separated."""

    market_tickers: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)]
    start_ts: int
    end_ts: int
    period_interval: Interval
    include_latest_before_start: bool = False


class BidAskDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """Where an offer opened, how far it went, where it closed."""

    open: int
    open_dollars: str
    low: int
    low_dollars: str
    high: int
    high_dollars: str
    close: int
    close_dollars: str


class PriceDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """Trade prices of the period; `previous` is the last one before it."""

    open: int | UnsetType = UNSET
    open_dollars: str | UnsetType = UNSET
    low: int | UnsetType = UNSET
    low_dollars: str | UnsetType = UNSET
    high: int | UnsetType = UNSET
    high_dollars: str | UnsetType = UNSET
    close: int | UnsetType = UNSET
    close_dollars: str | UnsetType = UNSET
    mean: int | UnsetType = UNSET
    mean_dollars: str | UnsetType = UNSET
    previous: int | UnsetType = UNSET
    previous_dollars: str | UnsetType = UNSET


class MarketCandlestick(msgspec.Struct, frozen=True, kw_only=True):
    end_period_ts: int
    yes_bid: BidAskDistribution
    yes_ask: BidAskDistribution
    price: PriceDistribution
    volume: int
    volume_fp: str
    open_interest: int
    open_interest_fp: str


class GetMarketCandlesticksResponse(msgspec.Struct, frozen=True):
    ticker: str
    candlesticks: list[MarketCandlestick]


class MarketCandlesticksResponse(msgspec.Struct, frozen=True):
    market_ticker: str
    candlesticks: list[MarketCandlestick]


class BatchGetMarketCandlesticksResponse(msgspec.Struct, frozen=True):
    markets: list[MarketCandlesticksResponse]


class GetEventCandlesticksResponse(msgspec.Struct, frozen=True):
    """Two arrays of the same order; ask again from `adjusted_end_ts` where it is before the end
    asked for."""

    market_tickers: list[str]
    market_candlesticks: list[list[MarketCandlestick]]
    adjusted_end_ts: int


class GetHistoricalCandlesticksQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Unix seconds; a candle is in when its end is in [start_ts, end_ts]."""

    start_ts: int
    end_ts: int
    period_interval: Interval


class BidAskDistributionHistorical(msgspec.Struct, frozen=True, kw_only=True):
    open: str
    low: str
    high: str
    close: str


class PriceDistributionHistorical(msgspec.Struct, frozen=True, kw_only=True):
    """Null where nothing traded."""

    open: str | None
    low: str | None
    high: str | None
    close: str | None
    mean: str | None
    previous: str | None


class MarketCandlestickHistorical(msgspec.Struct, frozen=True, kw_only=True):
    """Dollars and contracts under the names that were cents and whole contracts once."""

    end_period_ts: int
    yes_bid: BidAskDistributionHistorical
    yes_ask: BidAskDistributionHistorical
    price: PriceDistributionHistorical
    volume: str
    open_interest: str


class GetHistoricalCandlesticksResponse(msgspec.Struct, frozen=True):
    ticker: str
    candlesticks: list[MarketCandlestickHistorical]
