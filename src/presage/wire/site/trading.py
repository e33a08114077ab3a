"""Trades, limit orders, positions and protections as the site prints and reads them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.site.common import CursorText, Page, Shape, Strict
from presage.wire.site.events import MarkSource, Number, Slug

Side = Literal["YES", "NO"]
Action = Literal["BUY", "SELL"]
Source = Literal["WEB", "API", "KALSHI_API", "LIMIT", "PROTECTION", "COPY", "TOURNAMENT", "ADMIN"]
CancelReason = Literal[
    "USER",
    "EXPIRED",
    "MARKET_CLOSED",
    "PAUSED",
    "SELF_TRADE",
    "PROTECTION",
    "ADMIN",
    "SUSPENDED",
    "SETTLED",
    "NOTHING_TO_SELL",
    "FUNDS",
    "ORDER_GROUP",
    "POST_ONLY",
    "IMMEDIATE",
]
OrderStatus = Literal["OPEN", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "EXPIRED"]
ProtectionStatus = Literal["ARMED", "WORKING", "TRIGGERED", "CANCELLED"]
Bps = Annotated[int, Meta(ge=1, le=9_999)]

Id = Annotated[str, Meta(max_length=200)]
ClientOrderId = Annotated[str, Meta(pattern=r"^[\x21-\x7e]{1,64}$")]
Quantity = Annotated[float, Meta(gt=0, le=100_000)]
Cents = Annotated[float, Meta(gt=0, lt=100)]
Moment = Annotated[str, Meta(max_length=40)]


class Asked(Strict, kw_only=True):
    """What an order is about: `optionId`, or `eventSlug` and `optionLabel`."""

    option_id: Id | None = None
    event_slug: Slug | None = None
    option_label: Annotated[str, Meta(max_length=200)] | None = None
    side: Side
    action: Action
    quantity: Quantity
    client_order_id: ClientOrderId | None = None


class PlaceTrade(Asked, kw_only=True):
    """`priceCents`, for one contract of `side`, is the worst price, give or take
    `maxSlippageCents`."""

    price_cents: Cents
    max_slippage_cents: Annotated[int, Meta(ge=0, le=98)] = 0
    fill_or_kill: bool = False
    tournament_slug: Slug | None = None


class PlaceLimitOrder(Asked, kw_only=True):
    """Without `expiresInHours` it rests until the market closes."""

    limit_price_cents: Cents
    expires_in_hours: Annotated[float, Meta(gt=0, le=8_760)] | None = None
    post_only: bool = False


class Fill(Shape):
    """One execution. `priceCents` is of the order's side."""

    fill_id: str
    price_cents: Number
    quantity: Number
    fee_cents: int
    liquidity: Literal["TAKER", "MAKER"]
    at: str


class Trade(Shape, omit_defaults=True):
    """An order that had fills. `status` is OPEN while any contract that it bought is held;
    `realizedPnlCents` is before fees."""

    id: str
    order_id: str
    client_order_id: str | None
    event_slug: str
    event_title: str
    option_id: str
    option_label: str
    market_ticker: str
    side: Side
    action: Action
    quantity: Number
    filled_quantity: Number
    cancelled_quantity: Number
    netted_quantity: Number
    limit_price_cents: Number
    average_price_cents: Number
    gross_cents: int
    fee_cents: int
    cash_delta_cents: int
    result: Literal["FILLED", "PARTIAL"]
    stop_reason: str | None
    status: Literal["OPEN", "CLOSED"]
    remaining_quantity: Number
    realized_pnl_cents: int
    source: Source
    created_at: str
    closed_at: str | None
    fills: list[Fill] | UnsetType = UNSET


class Order(Shape):
    """A limit order. `queuePosition` counts the contracts ahead of it at its price."""

    id: str
    client_order_id: str | None
    event_slug: str
    option_id: str
    option_label: str
    market_ticker: str
    side: Side
    action: Action
    limit_price_cents: Number
    quantity: Number
    filled_quantity: Number
    remaining_quantity: Number
    average_price_cents: Number | None
    fee_cents: int
    reserved_cents: int
    status: OrderStatus
    cancel_reason: CancelReason | None
    post_only: bool
    queue_position: Number | None
    source: Source
    expires_at: str | None
    created_at: str
    updated_at: str


class Protections(Shape):
    """Stop-loss and take-profit of a position, in probabilities of its own side."""

    stop_loss_prob_bps: int | None
    take_profit_prob_bps: int | None
    basis: Literal["POSITION_SIDE"]
    stop_loss_yes_prob_bps: int | None
    take_profit_yes_prob_bps: int | None
    status: ProtectionStatus
    triggered_leg: Literal["STOP_LOSS", "TAKE_PROFIT"] | None
    triggered_at: str | None
    filled_quantity: Number
    average_price_cents: Number | None
    order_id: str | None
    updated_at: str


class Position(Shape):
    """What is held of an option, or was. Profits are before fees; `feesCents` are all of them."""

    id: str
    event_slug: str
    event_title: str
    option_id: str
    option_label: str
    market_ticker: str
    side: Side
    quantity: Number
    reserved_quantity: Number
    average_price_cents: Number | None
    cost_cents: int
    mark_price_cents: Number | None
    mark_source: MarkSource | None
    market_value_cents: int
    unrealized_pnl_cents: int
    unrealized_pnl_bps: int | None
    realized_pnl_cents: int
    fees_cents: int
    max_payout_cents: int
    best_exit_price_cents: Number | None
    status: Literal["OPEN", "CLOSED"]
    protections: Protections | None
    opened_at: str
    updated_at: str


class Reserved(Shape):
    orders_cents: int
    challenges_cents: int
    withdrawals_cents: int
    bonds_cents: int


class Summary(Shape):
    """`portfolioValue` is balance and positions; `todayPnl` counts from 00:00 UTC, fees included,
    and leaves out whatever came or went without a trade."""

    balance_cents: int
    balance_micros: int
    available_cents: int
    reserved_cents: int
    reserved: Reserved
    invested_cents: int
    positions_value_cents: int
    portfolio_value_cents: int
    unrealized_pnl_cents: int
    realized_pnl_cents: int
    today_pnl_cents: int
    fees_cents: int
    open_positions: int
    open_orders: int


class TradeReply(Shape):
    trade: Trade
    position: Position | None
    balance_cents: int
    available_cents: int


class TradesReply(Shape):
    trades: list[Trade]
    next_cursor: str | None


class OrderReply(Shape):
    order: Order
    fills: list[Fill]
    position: Position | None
    balance_cents: int
    available_cents: int


class OrdersReply(Shape):
    orders: list[Order]
    next_cursor: str | None


class CancelledReply(Shape):
    """What the cancellation gave back."""

    order: Order
    released_cents: int
    released_quantity: Number
    available_cents: int


class MassCancelReply(Shape):
    """What all cancellations together gave back."""

    cancelled: int
    released_cents: int
    available_cents: int


class PositionsReply(Shape):
    positions: list[Position]
    summary: Summary
    next_cursor: str | None


class ProtectionsReply(Shape):
    protections: Protections


class ListTrades(Page):
    """Newest first. Without `status` both."""

    status: Literal["open", "closed"] | None = None
    event_slug: Slug | None = None
    option_id: Id | None = None
    tournament_slug: Slug | None = None
    from_: Moment | None = msgspec.field(default=None, name="from")
    to: Moment | None = None


class ListOrders(Page):
    """Newest first. `history` holds whatever is over."""

    status: Literal["open", "history"] = "open"
    event_slug: Slug | None = None
    option_id: Id | None = None


class CancelOrders(Shape):
    """One of both: all orders of an option, or `all=1`."""

    option_id: Id | None = None
    all: Annotated[int, Meta(ge=1, le=1)] | None = None


class ListPositions(Shape):
    """Newest option first, up to 1 000 on a page."""

    status: Literal["open", "closed", "all"] = "open"
    event_slug: Slug | None = None
    tournament_slug: Slug | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 1_000
    cursor: CursorText | None = None


class SetProtections(Strict):
    """Null clears a leg; a leg that is not named stays as it is."""

    stop_loss_prob_bps: Bps | UnsetType | None = UNSET
    take_profit_prob_bps: Bps | UnsetType | None = UNSET


class ExportTrades(Shape):
    """Which rows: a day (`2026-06-01`) or a moment each."""

    from_: Moment | None = msgspec.field(default=None, name="from")
    to: Moment | None = None
    event_slug: Slug | None = None
    tournament_slug: Slug | None = None
