"""Orders in the first generation of writes (`/portfolio/orders`): whole orders in every answer.

A new order is printed from its receipt, another as it was read before the write and as the receipt
changed it: once something is written, nothing that is behind can make the answer a failure. Only
when the order traded between the two is it read back.
"""

from __future__ import annotations

from collections.abc import Sequence

from presage.api.faults import ApiError
from presage.api.ids import Kind
from presage.api.kalshi import replies, translate
from presage.api.kalshi.orders import cancellation, each, find_own
from presage.api.kalshi.owned import (
    AnyCall,
    account_or_any,
    market_for,
    order_for,
    services_of,
    shard_meant,
    submit,
)
from presage.api.kalshi.rejects import EXCHANGE, invalid_order
from presage.api.registry import Call
from presage.domain.commands import AmendOrder, CancelOrder, DecreaseOrder
from presage.domain.ids import Id
from presage.gateway import Receipt
from presage.projections import orders
from presage.projections.orders import OrderRow
from presage.units import format_count, whole_contracts
from presage.wire.kalshi.orders import (
    AmendOrderRequest,
    AmendOrderResponse,
    BatchCancelItem,
    BatchCancelOrdersItem,
    BatchCancelOrdersRequest,
    BatchCancelOrdersResponse,
    BatchCreateOrdersItem,
    BatchCreateOrdersRequest,
    BatchCreateOrdersResponse,
    CancelOrderQuery,
    CancelOrderResponse,
    CreateOrderRequest,
    CreateOrderResponse,
    DecreaseOrderRequest,
    DecreaseOrderResponse,
)


async def create_order(call: Call[None, CreateOrderRequest]) -> CreateOrderResponse:
    """Place an order; answers the whole order."""
    receipt = await submit(call, translate.place_v1(call, call.body))
    return CreateOrderResponse(replies.order(call, replies.placed(receipt)))


async def cancel_order(call: Call[CancelOrderQuery, None]) -> CancelOrderResponse:
    """Cancel what is left of an order."""
    query = call.query
    command = cancellation(
        call, call.path["order_id"], query.subaccount, query.exchange_index, query.market_ticker
    )
    before = await _read(call, [command.order])
    receipt = await submit(call, command)
    reduced_by, _ = replies.reduction(receipt, command.order)
    row = (await _as_left(call, before, {command.order: receipt}))[command.order]
    return CancelOrderResponse(
        replies.order(call, row), whole_contracts(reduced_by), format_count(reduced_by)
    )


async def amend_order(call: Call[None, AmendOrderRequest]) -> AmendOrderResponse:
    """Change the price or the size of an order; what the body leaves out stays."""
    body = call.body
    card = market_for(call, body.ticker, body.exchange_index)
    account = account_or_any(call, body.subaccount, card.shard)
    old = await find_own(call, call.path["order_id"], EXCHANGE)
    price = translate.v1_price(body)
    count = translate.twin_count(body.count, body.count_fp, "count")
    command = AmendOrder(
        member=call.caller.member,
        order=old.id,
        price=old.price if price is None else price,
        count=old.count if count is None else count,
        market=card.id,
        side=translate.v1_side(body.action, body.side),
        client_order_id=body.client_order_id or "",
        new_client_order_id=translate.new_client_order_id(
            body.client_order_id, body.updated_client_order_id
        ),
        account=account,
    )
    receipt = await submit(call, command)
    row = (await _as_left(call, {old.id: old}, {old.id: receipt}))[old.id]
    return AmendOrderResponse(replies.order(call, old), replies.order(call, row))


async def decrease_order(call: Call[None, DecreaseOrderRequest]) -> DecreaseOrderResponse:
    """Give part of an order back; it keeps its place."""
    body = call.body
    by = translate.twin_count(body.reduce_by, body.reduce_by_fp, "reduce_by")
    to = translate.twin_count(body.reduce_to, body.reduce_to_fp, "reduce_to")
    shard = shard_meant(call, body.exchange_index, body.market_ticker)
    command = DecreaseOrder(
        member=call.caller.member,
        order=order_for(call, call.path["order_id"]),
        by=-1 if by is None else by,
        to=-1 if to is None else to,
        account=account_or_any(call, body.subaccount, shard),
        shard=shard,
    )
    before = await _read(call, [command.order])
    receipt = await submit(call, command)
    row = (await _as_left(call, before, {command.order: receipt}))[command.order]
    return DecreaseOrderResponse(replies.order(call, row))


async def batch_create_orders(
    call: Call[None, BatchCreateOrdersRequest],
) -> BatchCreateOrdersResponse:
    """Place up to 20 orders; each item succeeds or fails by itself."""
    items = call.body.orders
    outcomes = await each(call, items, lambda item: translate.place_v1(call, item))
    return BatchCreateOrdersResponse(
        [_batch_created(call, *pair) for pair in zip(items, outcomes, strict=True)]
    )


def _batch_created(
    call: AnyCall, item: CreateOrderRequest, outcome: Receipt | ApiError
) -> BatchCreateOrdersItem:
    name = item.client_order_id or None
    try:
        if isinstance(outcome, ApiError):
            raise outcome
        row = replies.placed(outcome)
    except ApiError as error:
        return BatchCreateOrdersItem(client_order_id=name, error=replies.item_error(error))
    return BatchCreateOrdersItem(client_order_id=name, order=replies.order(call, row))


async def batch_cancel_orders(
    call: Call[None, BatchCancelOrdersRequest],
) -> BatchCancelOrdersResponse:
    """Cancel up to 20 orders, named by `ids` or by `orders`."""

    def command(item: BatchCancelItem) -> CancelOrder:
        return cancellation(
            call, item.order_id, item.subaccount, item.exchange_index, item.market_ticker
        )

    items = _named(call.body)
    ids = services_of(call).ids
    known = [ids.number(item.order_id, Kind.ORDER) for item in items]
    before = await _read(call, [id_ for id_ in known if id_ is not None])
    outcomes = await each(call, items, command)
    done = {
        order_for(call, item.order_id): outcome
        for item, outcome in zip(items, outcomes, strict=True)
        if isinstance(outcome, Receipt)
    }
    rows = await _as_left(call, before, done)
    return BatchCancelOrdersResponse(
        [_batch_canceled(call, *pair, rows) for pair in zip(items, outcomes, strict=True)]
    )


def _named(body: BatchCancelOrdersRequest) -> Sequence[BatchCancelItem]:
    if body.ids and body.orders:
        raise invalid_order("exactly one of ids and orders is needed")
    items = body.orders or [BatchCancelItem(order_id=id_) for id_ in body.ids or ()]
    if not items:
        raise invalid_order("ids or orders must name at least one order")
    return items


def _batch_canceled(
    call: AnyCall,
    item: BatchCancelItem,
    outcome: Receipt | ApiError,
    rows: dict[Id, OrderRow],
) -> BatchCancelOrdersItem:
    if isinstance(outcome, ApiError):
        return BatchCancelOrdersItem(
            order_id=item.order_id,
            reduced_by=0,
            reduced_by_fp=format_count(0),
            error=replies.item_error(outcome),
        )
    id_ = order_for(call, item.order_id)
    reduced_by, _ = replies.reduction(outcome, id_)
    return BatchCancelOrdersItem(
        order_id=item.order_id,
        order=replies.order(call, rows[id_]),
        reduced_by=whole_contracts(reduced_by),
        reduced_by_fp=format_count(reduced_by),
    )


async def _read(call: AnyCall, ids: Sequence[Id]) -> dict[Id, OrderRow]:
    """Those of these orders that there are, as they stand."""
    rows = await services_of(call).reader.run(
        lambda connection: [orders.find(connection, id_) for id_ in ids]
    )
    return {row.id: row for row in rows if row is not None}


async def _as_left(
    call: AnyCall, before: dict[Id, OrderRow], receipts: dict[Id, Receipt]
) -> dict[Id, OrderRow]:
    """The orders as the writes left them."""
    found: dict[Id, OrderRow] = {}
    for id_, receipt in receipts.items():
        row = before.get(id_)
        if row is not None and orders.left_before(receipt.facts, id_) == row.remaining:
            found[id_] = orders.changed_by(row, receipt.facts, receipt.at)
    traded = [id_ for id_ in receipts if id_ not in found]
    if traded:
        found |= await _read(call, traded)
    assert found.keys() == receipts.keys(), "an acknowledged write is always readable"
    return found
