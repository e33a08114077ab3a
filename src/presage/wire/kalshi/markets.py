"""Shapes of markets, order books and public trades, for every generation of clients at once.

Prices and counts are printed as dollar and count texts and, for older clients, as whole cents and
whole contracts. Keys that do not apply are left out.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Limit = Annotated[int, Meta(ge=0, le=1_000)]
"""0 means the default, 100."""
StatusFilter = Literal["unopened", "open", "paused", "closed", "settled"]


class GetMarketsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Times are unix seconds; `tickers` is comma-separated."""

    limit: Limit = 100
    cursor: str | None = None
    event_ticker: str | None = None
    series_ticker: str | None = None
    min_created_ts: int | None = None
    max_created_ts: int | None = None
    min_updated_ts: int | None = None
    max_close_ts: int | None = None
    min_close_ts: int | None = None
    min_settled_ts: int | None = None
    max_settled_ts: int | None = None
    status: StatusFilter | None = None
    tickers: Annotated[tuple[str, ...], Meta(max_length=1_000)] = ()
    mve_filter: Literal["only", "exclude"] | None = None


class PriceRange(msgspec.Struct, frozen=True):
    """Prices from `start` to `end` on multiples of `step`, in dollars."""

    start: str
    end: str
    step: str


class MveSelectedLeg(msgspec.Struct, frozen=True, kw_only=True):
    """One leg of a combo; its value is there once it is determined."""

    event_ticker: str
    market_ticker: str
    side: Literal["yes", "no"]
    yes_settlement_value_dollars: str | UnsetType = UNSET


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """One market with its texts, quotes and totals."""

    ticker: str
    event_ticker: str
    market_type: str
    title: str
    subtitle: str
    yes_sub_title: str
    no_sub_title: str
    category: str
    created_time: str
    updated_time: str
    open_time: str
    close_time: str
    expiration_time: str
    latest_expiration_time: str
    expected_expiration_time: str | UnsetType = UNSET
    settlement_timer_seconds: int
    status: str
    response_price_units: Literal["usd_cent"] = "usd_cent"
    yes_bid: int
    yes_bid_dollars: str
    yes_bid_size_fp: str
    yes_ask: int
    yes_ask_dollars: str
    yes_ask_size_fp: str
    no_bid: int
    no_bid_dollars: str
    no_ask: int
    no_ask_dollars: str
    last_price: int
    last_price_dollars: str
    previous_yes_bid: int
    previous_yes_bid_dollars: str
    previous_yes_ask: int
    previous_yes_ask_dollars: str
    previous_price: int
    previous_price_dollars: str
    volume: int
    volume_fp: str
    volume_24h: int
    volume_24h_fp: str
    open_interest: int
    open_interest_fp: str
    notional_value: int = 100
    notional_value_dollars: str = "1.0000"
    liquidity: int = 0
    liquidity_dollars: str = "0.0000"
    risk_limit_cents: int = 0
    tick_size: int = 1
    result: str
    settlement_value: int | UnsetType = UNSET
    settlement_value_dollars: str | UnsetType = UNSET
    settlement_ts: str | UnsetType = UNSET
    expiration_value: str
    occurrence_datetime: str | UnsetType = UNSET
    fee_waiver_expiration_time: str | UnsetType = UNSET
    can_close_early: bool
    early_close_condition: str | UnsetType = UNSET
    fractional_trading_enabled: bool = True
    is_provisional: bool | UnsetType = UNSET
    strike_type: str | UnsetType = UNSET
    floor_strike: int | float | UnsetType = UNSET
    cap_strike: int | float | UnsetType = UNSET
    functional_strike: str | UnsetType = UNSET
    custom_strike: dict[str, Any] | UnsetType = UNSET
    primary_participant_key: str | UnsetType = UNSET
    mve_collection_ticker: str | UnsetType = UNSET
    mve_selected_legs: list[MveSelectedLeg] | UnsetType = UNSET
    rules_primary: str
    rules_secondary: str
    price_level_structure: str
    price_ranges: tuple[PriceRange, ...]
    exchange_index: int


class GetMarketsResponse(msgspec.Struct, frozen=True):
    """`cursor` is empty on the last page."""

    markets: list[Market]
    cursor: str


class GetMarketResponse(msgspec.Struct, frozen=True):
    market: Market


class GetMarketOrderbookQuery(msgspec.Struct, frozen=True):
    """0 is every level."""

    depth: Annotated[int, Meta(ge=0, le=100)] = 0


class GetMarketOrderbooksQuery(msgspec.Struct, frozen=True):
    tickers: Annotated[
        list[Annotated[str, Meta(max_length=200)]], Meta(min_length=1, max_length=100)
    ]


DollarLevel = tuple[str, str]
"""(price, count)."""


class OrderbookCountFp(msgspec.Struct, frozen=True):
    """Bids of both outcomes, ascending: the best is last."""

    yes_dollars: list[DollarLevel]
    no_dollars: list[DollarLevel]


class Orderbook(msgspec.Struct, frozen=True):
    """The same for older clients: `yes` and `no` in whole cents and whole contracts."""

    yes: list[tuple[int, int]]
    no: list[tuple[int, int]]
    yes_dollars: list[DollarLevel]
    no_dollars: list[DollarLevel]


class GetMarketOrderbookResponse(msgspec.Struct, frozen=True):
    orderbook_fp: OrderbookCountFp
    orderbook: Orderbook


class MarketOrderbookFp(msgspec.Struct, frozen=True):
    ticker: str
    orderbook_fp: OrderbookCountFp


class GetMarketOrderbooksResponse(msgspec.Struct, frozen=True):
    orderbooks: list[MarketOrderbookFp]


class GetTradesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Times are unix seconds, both ends included."""

    limit: Limit = 100
    cursor: str | None = None
    ticker: str | None = None
    min_ts: int | None = None
    max_ts: int | None = None
    is_block_trade: bool | None = None


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One public trade. `price` is the YES price in dollars as a number, for the oldest clients."""

    trade_id: str
    ticker: str
    price: float
    count: int
    count_fp: str
    yes_price: int
    yes_price_dollars: str
    no_price: int
    no_price_dollars: str
    taker_side: Literal["yes", "no"]
    taker_outcome_side: Literal["yes", "no"]
    taker_book_side: Literal["bid", "ask"]
    created_time: str
    is_block_trade: bool


class GetTradesResponse(msgspec.Struct, frozen=True):
    """`cursor` is empty on the last page."""

    trades: list[Trade]
    cursor: str
