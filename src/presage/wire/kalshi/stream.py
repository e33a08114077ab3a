"""What WebSocket messages carry in `msg`, channel by channel; the frame around it is the session's.

Optional keys are left out, not null, except where an override has been cleared.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from presage.wire.kalshi.orders import BookSide, OrderAction, OrderStatus, OutcomeSide

Level = tuple[str, str]


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A book. A side that is empty has no key."""

    market_ticker: str
    market_id: str
    yes_dollars_fp: tuple[Level, ...] = ()
    no_dollars_fp: tuple[Level, ...] = ()


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """One level of a book changed; the last two only for whoever caused it."""

    market_ticker: str
    market_id: str
    price_dollars: str
    delta_fp: str
    side: OutcomeSide
    ts: str
    ts_ms: int
    client_order_id: str | UnsetType = UNSET
    subaccount: int | UnsetType = UNSET


class Ticker(msgspec.Struct, frozen=True, kw_only=True):
    """A market's quotes and totals."""

    market_id: str
    market_ticker: str
    price_dollars: str
    yes_bid_dollars: str
    yes_ask_dollars: str
    volume_fp: str
    open_interest_fp: str
    dollar_volume: int
    dollar_open_interest: int
    yes_bid_size_fp: str
    yes_ask_size_fp: str
    last_trade_size_fp: str
    ts: int
    ts_ms: int
    time: str


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """A public trade."""

    trade_id: str
    market_ticker: str
    yes_price_dollars: str
    no_price_dollars: str
    count_fp: str
    taker_side: OutcomeSide
    taker_outcome_side: OutcomeSide
    taker_book_side: BookSide
    is_block_trade: bool
    ts: int
    ts_ms: int


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One party's side of a trade."""

    trade_id: str
    order_id: str
    client_order_id: str | UnsetType = UNSET
    market_ticker: str
    exchange_index: int
    is_taker: bool
    side: OutcomeSide
    yes_price_dollars: str
    count_fp: str
    fee_cost: str
    action: OrderAction
    ts: int
    ts_ms: int
    post_position_fp: str
    purchased_side: OutcomeSide
    outcome_side: OutcomeSide
    book_side: BookSide
    subaccount: int | UnsetType = UNSET


class UserOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it stands now."""

    order_id: str
    user_id: str
    ticker: str
    exchange_index: int
    status: OrderStatus
    side: OutcomeSide
    is_yes: bool
    outcome_side: OutcomeSide
    book_side: BookSide
    yes_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    taker_fill_cost_dollars: str
    maker_fill_cost_dollars: str
    taker_fees_dollars: str
    maker_fees_dollars: str
    client_order_id: str
    order_group_id: str | UnsetType = UNSET
    self_trade_prevention_type: str
    created_time: str
    created_ts_ms: int
    last_update_time: str
    last_updated_ts_ms: int
    expiration_time: str | UnsetType = UNSET
    expiration_ts_ms: int | UnsetType = UNSET
    last_update_reason: str | UnsetType = UNSET
    subaccount_number: int


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What a member holds in a market, and what it has paid and earned there."""

    user_id: str
    market_ticker: str
    position_fp: str
    position_cost_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str
    position_fee_cost_dollars: str
    volume_fp: str
    subaccount: int | UnsetType = UNSET


class GroupUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """An order group was created, triggered, reset, deleted, or given another limit."""

    event_type: str
    order_group_id: str
    contracts_limit_fp: str | UnsetType = UNSET
    ts_ms: int


class MarketTexts(msgspec.Struct, frozen=True, kw_only=True):
    """A new market in words: `additional_metadata`."""

    name: str
    title: str
    yes_sub_title: str
    no_sub_title: str
    rules_primary: str
    rules_secondary: str
    can_close_early: bool
    event_ticker: str
    expected_expiration_ts: int
    strike_type: str | UnsetType = UNSET
    floor_strike: int | float | UnsetType = UNSET
    cap_strike: int | float | UnsetType = UNSET
    custom_strike: dict[str, Any] | UnsetType = UNSET


class PriceRange(msgspec.Struct, frozen=True):
    """A band of the price grid, in dollars."""

    start: str
    end: str
    step: str


class MarketNews(msgspec.Struct, frozen=True, kw_only=True):
    """A market's life; which keys there are follows from `event_type`."""

    market_ticker: str
    exchange_index: int | UnsetType = UNSET
    open_ts: int | UnsetType = UNSET
    close_ts: int | UnsetType = UNSET
    determination_ts: int | UnsetType = UNSET
    settled_ts: int | UnsetType = UNSET
    result: str | UnsetType = UNSET
    settlement_value: str | UnsetType = UNSET
    is_deactivated: bool | UnsetType = UNSET
    additional_metadata: MarketTexts | UnsetType = UNSET
    event_type: str
    price_level_structure: str | UnsetType = UNSET
    price_ranges: tuple[PriceRange, ...] | UnsetType = UNSET


class MarketMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The strike or the subtitle of a market was written anew."""

    event_type: str = "metadata_updated"
    market_ticker: str
    strike_type: str | UnsetType = UNSET
    floor_strike: int | float | UnsetType = UNSET
    cap_strike: int | float | UnsetType = UNSET
    custom_strike: dict[str, Any] | UnsetType = UNSET
    yes_sub_title: str | UnsetType = UNSET


class EventNews(msgspec.Struct, frozen=True, kw_only=True):
    """An event was created."""

    event_ticker: str
    exchange_index: int
    title: str
    subtitle: str
    collateral_return_type: str
    series_ticker: str
    strike_date: int | UnsetType = UNSET
    strike_period: str | UnsetType = UNSET


class EventFees(msgspec.Struct, frozen=True, kw_only=True):
    """An event's fee override was set, or cleared: then both are null."""

    event_ticker: str
    fee_type_override: str | None
    fee_multiplier_override: int | float | None
