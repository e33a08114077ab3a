"""Orders, fills and queue positions as Kalshi's API spells them, in both generations of writes.

Replies hold the fields of every generation: integer cents and whole contracts beside fixed-point
texts. Optional keys are left out, not null, except where a failed batch item says so.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

BookSide = Literal["bid", "ask"]
OutcomeSide = Literal["yes", "no"]
OrderAction = Literal["buy", "sell"]
OrderStatus = Literal["resting", "canceled", "executed"]
TimeInForce = Literal["good_till_canceled", "immediate_or_cancel", "fill_or_kill"]
SelfTradePreventionType = Literal["taker_at_cross", "maker"]

Text = Annotated[str, Meta(min_length=1)]
Subaccount = Annotated[int, Meta(ge=0, le=63)]
ExchangeIndex = Annotated[int, Meta(ge=-1, le=63)]
WholeCents = Annotated[int, Meta(ge=1, le=99)]
WholeContracts = Annotated[int, Meta(ge=1)]

MAX_BATCH = 100
MAX_BATCH_V1 = 20


class Order(msgspec.Struct, kw_only=True, gc=False):
    """An order with all that became of it."""

    order_id: str
    user_id: str
    client_order_id: str
    ticker: str
    side: OutcomeSide
    action: OrderAction
    outcome_side: OutcomeSide
    book_side: BookSide
    type: Literal["limit"] = "limit"
    status: OrderStatus
    yes_price: int
    no_price: int
    yes_price_dollars: str
    no_price_dollars: str
    fill_count: int
    fill_count_fp: str
    remaining_count: int
    remaining_count_fp: str
    initial_count: int
    initial_count_fp: str
    taker_fees: int
    taker_fees_dollars: str
    maker_fees: int
    maker_fees_dollars: str
    taker_fill_cost: int
    taker_fill_cost_dollars: str
    maker_fill_cost: int
    maker_fill_cost_dollars: str
    queue_position: int = 0
    created_time: str
    last_update_time: str
    expiration_time: str | UnsetType = UNSET
    self_trade_prevention_type: SelfTradePreventionType
    order_group_id: str | UnsetType = UNSET
    cancel_order_on_pause: bool | UnsetType = UNSET
    subaccount_number: int
    exchange_index: int


class ItemError(msgspec.Struct, omit_defaults=True):
    """Why one item of a batch failed."""

    code: str
    message: str
    details: str = ""


# Second generation: one book side, texts only, small replies


class CreateOrderV2Request(msgspec.Struct, kw_only=True):
    ticker: Text
    client_order_id: str | None = None
    side: BookSide
    count: str
    price: str
    expiration_time: int | None = None
    time_in_force: TimeInForce
    post_only: bool | None = None
    self_trade_prevention_type: SelfTradePreventionType
    cancel_order_on_pause: bool | None = None
    reduce_only: bool | None = None
    subaccount: Subaccount | None = None
    order_group_id: str | None = None
    exchange_index: ExchangeIndex | None = None


class CreateOrderV2Response(msgspec.Struct, kw_only=True):
    """The averages are there when something filled."""

    order_id: str
    client_order_id: str | UnsetType = UNSET
    fill_count: str
    remaining_count: str
    average_fill_price: str | UnsetType = UNSET
    average_fee_paid: str | UnsetType = UNSET
    ts_ms: int


class CancelOrderV2Query(msgspec.Struct):
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None
    market_ticker: str | None = None


class CancelOrderV2Response(msgspec.Struct, kw_only=True):
    order_id: str
    client_order_id: str | UnsetType = UNSET
    reduced_by: str
    ts_ms: int


class CancelAllOrdersQuery(msgspec.Struct):
    subaccount: Subaccount | None = None


class SubaccountQuery(msgspec.Struct):
    subaccount: Subaccount | None = None


class AmendOrderV2Request(msgspec.Struct, kw_only=True):
    """`count` is what has filled plus what shall rest."""

    ticker: Text
    side: BookSide
    price: str
    count: str
    client_order_id: str | None = None
    updated_client_order_id: str | None = None
    exchange_index: ExchangeIndex | None = None


class AmendOrderV2Response(msgspec.Struct, kw_only=True):
    """The counts are there when something filled or the size changed."""

    order_id: str
    client_order_id: str | UnsetType = UNSET
    remaining_count: str | UnsetType = UNSET
    fill_count: str | UnsetType = UNSET
    average_fill_price: str | UnsetType = UNSET
    average_fee_paid: str | UnsetType = UNSET
    ts_ms: int


class DecreaseOrderV2Request(msgspec.Struct, kw_only=True):
    """Exactly one of the two counts."""

    reduce_by: str | None = None
    reduce_to: str | None = None
    exchange_index: ExchangeIndex | None = None
    market_ticker: str | None = None


class DecreaseOrderV2Response(msgspec.Struct, kw_only=True):
    order_id: str
    client_order_id: str | UnsetType = UNSET
    remaining_count: str
    ts_ms: int


class BatchCreateOrdersV2Request(msgspec.Struct):
    orders: Annotated[list[CreateOrderV2Request], Meta(min_length=1, max_length=MAX_BATCH)]


class BatchCreateOrdersV2Item(msgspec.Struct, kw_only=True):
    order_id: str | UnsetType = UNSET
    client_order_id: str | None = None
    fill_count: str | None = None
    remaining_count: str | None = None
    average_fill_price: str | UnsetType = UNSET
    average_fee_paid: str | UnsetType = UNSET
    ts_ms: int | None = None
    error: ItemError | UnsetType = UNSET


class BatchCreateOrdersV2Response(msgspec.Struct):
    orders: list[BatchCreateOrdersV2Item]


class BatchCancelV2Item(msgspec.Struct, kw_only=True):
    order_id: str
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None
    market_ticker: str | None = None


class BatchCancelOrdersV2Request(msgspec.Struct):
    orders: Annotated[list[BatchCancelV2Item], Meta(min_length=1, max_length=MAX_BATCH)]


class BatchCancelOrdersV2Item(msgspec.Struct, kw_only=True):
    order_id: str
    client_order_id: str | UnsetType = UNSET
    reduced_by: str
    ts_ms: int | None = None
    error: ItemError | UnsetType = UNSET


class BatchCancelOrdersV2Response(msgspec.Struct):
    orders: list[BatchCancelOrdersV2Item]


# First generation: action and side, integers or texts, whole orders back


class CreateOrderRequest(msgspec.Struct, kw_only=True):
    """Twins (`count` and `count_fp`, cents and dollars) must agree; one outcome's price only."""

    ticker: Text
    client_order_id: str | None = None
    side: OutcomeSide
    action: OrderAction
    type: Literal["limit", "market"] | None = None
    count: WholeContracts | None = None
    count_fp: str | None = None
    yes_price: WholeCents | None = None
    no_price: WholeCents | None = None
    yes_price_dollars: str | None = None
    no_price_dollars: str | None = None
    expiration_ts: int | None = None
    time_in_force: TimeInForce | None = None
    buy_max_cost: int | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    sell_position_floor: int | None = None
    self_trade_prevention_type: SelfTradePreventionType | None = None
    order_group_id: str | None = None
    cancel_order_on_pause: bool | None = None
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None


class CreateOrderResponse(msgspec.Struct):
    order: Order


class CancelOrderQuery(msgspec.Struct):
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None
    market_ticker: str | None = None


class CancelOrderResponse(msgspec.Struct):
    order: Order
    reduced_by: int
    reduced_by_fp: str


class AmendOrderRequest(msgspec.Struct, kw_only=True):
    """What is left out stays as it is."""

    ticker: Text
    side: OutcomeSide
    action: OrderAction
    client_order_id: str | None = None
    updated_client_order_id: str | None = None
    yes_price: WholeCents | None = None
    no_price: WholeCents | None = None
    yes_price_dollars: str | None = None
    no_price_dollars: str | None = None
    count: WholeContracts | None = None
    count_fp: str | None = None
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None


class AmendOrderResponse(msgspec.Struct):
    old_order: Order
    order: Order


class DecreaseOrderRequest(msgspec.Struct, kw_only=True):
    """Exactly one of the two counts, each with a twin."""

    reduce_by: WholeContracts | None = None
    reduce_by_fp: str | None = None
    reduce_to: Annotated[int, Meta(ge=0)] | None = None
    reduce_to_fp: str | None = None
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None
    market_ticker: str | None = None


class DecreaseOrderResponse(msgspec.Struct):
    order: Order


class BatchCreateOrdersRequest(msgspec.Struct):
    orders: Annotated[list[CreateOrderRequest], Meta(min_length=1, max_length=MAX_BATCH_V1)]


class BatchCreateOrdersItem(msgspec.Struct, kw_only=True):
    client_order_id: str | None = None
    order: Order | None = None
    error: ItemError | None = None


class BatchCreateOrdersResponse(msgspec.Struct):
    orders: list[BatchCreateOrdersItem]


class BatchCancelItem(msgspec.Struct, kw_only=True):
    order_id: str
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None
    market_ticker: str | None = None


class BatchCancelOrdersRequest(msgspec.Struct, kw_only=True):
    """`ids` or `orders`."""

    ids: Annotated[list[str], Meta(max_length=MAX_BATCH_V1)] | None = None
    orders: Annotated[list[BatchCancelItem], Meta(max_length=MAX_BATCH_V1)] | None = None


class BatchCancelOrdersItem(msgspec.Struct, kw_only=True):
    order_id: str
    order: Order | None = None
    reduced_by: int
    reduced_by_fp: str
    error: ItemError | None = None


class BatchCancelOrdersResponse(msgspec.Struct):
    orders: list[BatchCancelOrdersItem]


# Reads


class GetOrdersQuery(msgspec.Struct):
    """`event_ticker` may name up to ten events; times in seconds."""

    ticker: str | None = None
    event_ticker: Annotated[tuple[str, ...], Meta(max_length=10)] = ()
    min_ts: int | None = None
    max_ts: int | None = None
    status: OrderStatus | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: str | None = None
    subaccount: Subaccount | None = None
    exchange_index: Annotated[int, Meta(ge=0)] | None = None


class GetOrdersResponse(msgspec.Struct):
    orders: list[Order]
    cursor: str


class GetOrderResponse(msgspec.Struct):
    order: Order


class GetOrderQueuePositionsQuery(msgspec.Struct):
    market_tickers: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    event_ticker: str | None = None
    subaccount: Subaccount | None = None


class GetOrderQueuePositionsRequest(msgspec.Struct):
    """The same question asked with a body, as the oldest clients do."""

    market_tickers: Annotated[list[str], Meta(max_length=100)] | None = None
    event_ticker: str | None = None
    subaccount: Subaccount | None = None


class OrderQueuePosition(msgspec.Struct):
    order_id: str
    market_ticker: str
    queue_position: int
    queue_position_fp: str


class GetOrderQueuePositionsResponse(msgspec.Struct):
    queue_positions: list[OrderQueuePosition]


class GetOrderQueuePositionResponse(msgspec.Struct):
    """Contracts ahead at the same price; 0: first."""

    queue_position: int
    queue_position_fp: str
