"""Balance, positions, fills, settlements, deposits and withdrawals as Kalshi's API spells them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.kalshi.orders import BookSide, OrderAction, OutcomeSide, Subaccount

Page = Annotated[int, Meta(ge=1, le=1000)]
SmallPage = Annotated[int, Meta(ge=1, le=500)]
Shard = Annotated[int, Meta(ge=0)]


class IndexedBalance(msgspec.Struct):
    exchange_index: int
    balance: str


class GetBalanceQuery(msgspec.Struct):
    subaccount: Subaccount | None = None
    exchange_index: Shard | None = None


class GetBalanceResponse(msgspec.Struct, kw_only=True):
    """`balance` is cut to cents, `balance_dollars` exact; a key locked to one subaccount sees no
    breakdown."""

    balance: int
    balance_dollars: str
    balance_breakdown: list[IndexedBalance] | UnsetType = UNSET
    portfolio_value: int
    updated_ts: int


class GetPositionsQuery(msgspec.Struct):
    """`event_ticker` may name up to ten events; `settlement_status` is from the oldest clients."""

    cursor: str | None = None
    limit: Page = 100
    count_filter: tuple[Literal["position", "total_traded", "resting_order_count"], ...] = ()
    ticker: str | None = None
    event_ticker: Annotated[tuple[str, ...], Meta(max_length=10)] = ()
    settlement_status: Literal["all", "settled", "unsettled"] = "unsettled"
    subaccount: Subaccount | None = None
    exchange_index: Shard | None = None


class MarketPosition(msgspec.Struct, kw_only=True):
    ticker: str
    exchange_index: int
    total_traded: int
    total_traded_dollars: str
    position: int
    position_fp: str
    market_exposure: int
    market_exposure_dollars: str
    realized_pnl: int
    realized_pnl_dollars: str
    resting_orders_count: int = 0
    fees_paid: int
    fees_paid_dollars: str
    last_updated_ts: str


class EventPosition(msgspec.Struct, kw_only=True):
    event_ticker: str
    total_cost: int
    total_cost_dollars: str
    total_cost_shares: int
    total_cost_shares_fp: str
    event_exposure: int
    event_exposure_dollars: str
    realized_pnl: int
    realized_pnl_dollars: str
    resting_order_count: int = 0
    fees_paid: int
    fees_paid_dollars: str


class GetPositionsResponse(msgspec.Struct):
    market_positions: list[MarketPosition]
    event_positions: list[EventPosition]
    cursor: str


class GetFillsQuery(msgspec.Struct):
    ticker: str | None = None
    order_id: str | None = None
    min_ts: int | None = None
    max_ts: int | None = None
    limit: Page = 100
    cursor: str | None = None
    subaccount: Subaccount | None = None
    exchange_index: Shard | None = None


class Fill(msgspec.Struct, kw_only=True, gc=False):
    """`price` (dollars of the order's own outcome, a bare number) is for the oldest clients."""

    fill_id: str
    trade_id: str
    order_id: str
    client_order_id: str | UnsetType = UNSET
    ticker: str
    market_ticker: str
    side: OutcomeSide
    action: OrderAction
    outcome_side: OutcomeSide
    book_side: BookSide
    count: int
    count_fp: str
    price: msgspec.Raw
    yes_price: int
    no_price: int
    yes_price_dollars: str
    no_price_dollars: str
    yes_price_fixed: str
    no_price_fixed: str
    is_taker: bool
    fee_cost: str
    created_time: str
    ts: int
    subaccount_number: int
    exchange_index: int


class GetFillsResponse(msgspec.Struct):
    fills: list[Fill]
    cursor: str


class GetSettlementsQuery(msgspec.Struct):
    limit: Page = 100
    cursor: str | None = None
    ticker: str | None = None
    event_ticker: str | None = None
    min_ts: int | None = None
    max_ts: int | None = None
    subaccount: Subaccount | None = None


class Settlement(msgspec.Struct, kw_only=True):
    """`revenue` and `value` in cents."""

    ticker: str
    exchange_index: int
    event_ticker: str
    market_result: Literal["yes", "no", "scalar"]
    yes_count: int
    yes_count_fp: str
    yes_total_cost: int
    yes_total_cost_dollars: str
    no_count: int
    no_count_fp: str
    no_total_cost: int
    no_total_cost_dollars: str
    revenue: int
    settled_time: str
    fee_cost: str
    value: int


class GetSettlementsResponse(msgspec.Struct):
    settlements: list[Settlement]
    cursor: str


class GetRestingOrderValueResponse(msgspec.Struct):
    total_resting_order_value: int
    resting_order_value_breakdown: list[IndexedBalance]


class MoneyQuery(msgspec.Struct):
    limit: SmallPage = 100
    cursor: str | None = None


class MoneyMovement(msgspec.Struct, kw_only=True):
    """A deposit or a withdrawal. Nothing is final while it is pending."""

    id: str
    status: Literal["pending", "applied", "failed", "returned"]
    type: Literal["wire"] = "wire"
    amount_cents: int
    fee_cents: int = 0
    created_ts: int
    finalized_ts: int | UnsetType = UNSET


class GetDepositsResponse(msgspec.Struct):
    deposits: list[MoneyMovement]
    cursor: str


class GetWithdrawalsResponse(msgspec.Struct):
    withdrawals: list[MoneyMovement]
    cursor: str
