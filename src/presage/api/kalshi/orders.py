"""Orders in the second generation of writes (`/portfolio/events/orders`), and every read of orders.

New orders and cancellations are answered from the receipt's facts alone: nothing is read back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import UNSET

from presage.api.faults import ApiError, QueryFault
from presage.api.ids import Kind
from presage.api.kalshi import cutoffs, replies, translate
from presage.api.kalshi.owned import (
    QUERY,
    AnyCall,
    account_or_any,
    accounts_for,
    ids_of,
    is_own,
    market_for,
    missing,
    order_for,
    primary_or,
    services_of,
    shard_meant,
    submit,
)
from presage.api.kalshi.rejects import killed, reject_error
from presage.api.registry import Call
from presage.domain.commands import AmendOrder, CancelAll, CancelOrder, Command, DecreaseOrder
from presage.domain.facts import OrderAmended, OrderCanceled
from presage.domain.ids import Id, MarketId
from presage.domain.rejects import Reject
from presage.gateway import Receipt
from presage.projections import order_tiers, orders
from presage.projections.orders import OrderRow
from presage.units import Micros, format_count, whole_contracts
from presage.wire.kalshi.orders import (
    AmendOrderV2Request,
    AmendOrderV2Response,
    BatchCancelOrdersV2Item,
    BatchCancelOrdersV2Request,
    BatchCancelOrdersV2Response,
    BatchCancelV2Item,
    BatchCreateOrdersV2Item,
    BatchCreateOrdersV2Request,
    BatchCreateOrdersV2Response,
    CancelAllOrdersQuery,
    CancelOrderV2Query,
    CancelOrderV2Response,
    CreateOrderV2Request,
    CreateOrderV2Response,
    DecreaseOrderV2Request,
    DecreaseOrderV2Response,
    GetOrderQueuePositionResponse,
    GetOrderQueuePositionsQuery,
    GetOrderQueuePositionsRequest,
    GetOrderQueuePositionsResponse,
    GetOrderResponse,
    GetOrdersQuery,
    GetOrdersResponse,
    OrderQueuePosition,
    SubaccountQuery,
)

T = TypeVar("T")


async def create_order(call: Call[None, CreateOrderV2Request]) -> CreateOrderV2Response:
    """Place an order; answers what filled at once and what rests."""
    receipt = await submit(call, translate.place_v2(call, call.body))
    return replies.created_v2(call, receipt)


async def cancel_order(call: Call[CancelOrderV2Query, None]) -> CancelOrderV2Response:
    """Cancel what is left of an order."""
    query = call.query
    command = cancellation(
        call, call.path["order_id"], query.subaccount, query.exchange_index, query.market_ticker
    )
    receipt = await submit(call, command)
    return CancelOrderV2Response(
        order_id=_order_text(call, command.order),
        reduced_by=format_count(replies.reduction(receipt, command.order)[0]),
        ts_ms=replies.milliseconds(receipt.at),
    )


async def cancel_all_orders(call: Call[CancelAllOrdersQuery, None]) -> None:
    """Cancel every resting order; answers when the last one is out of its book."""
    member, subaccount = call.caller.member, call.query.subaccount
    if not account_or_any(call, subaccount):
        await submit(call, CancelAll(member), wait_for_work=True)
        return
    for account in accounts_for(call, subaccount):
        await submit(call, CancelAll(member, account.id), wait_for_work=True)


async def amend_order(call: Call[SubaccountQuery, AmendOrderV2Request]) -> AmendOrderV2Response:
    """Change the price or the size of an order."""
    body = call.body
    card = market_for(call, body.ticker, body.exchange_index)
    command = AmendOrder(
        member=call.caller.member,
        order=order_for(call, call.path["order_id"]),
        price=translate.price(body.price),
        count=translate.count(body.count),
        market=card.id,
        side=translate.book_side(body.side),
        client_order_id=body.client_order_id or "",
        new_client_order_id=translate.new_client_order_id(
            body.client_order_id, body.updated_client_order_id
        ),
        account=account_or_any(call, call.query.subaccount, card.shard),
    )
    receipt = await submit(call, command)
    return _amended(call, command, receipt)


def _amended(call: AnyCall, command: AmendOrder, receipt: Receipt) -> AmendOrderV2Response:
    """Counts only when something filled or the size changed, as recorded."""
    was = remaining = 0
    for fact in receipt.facts:
        if isinstance(fact, OrderAmended) and fact.order == command.order:
            was, remaining = fact.was_remaining, fact.remaining
        elif isinstance(fact, OrderCanceled) and fact.order == command.order:
            was, remaining = was or fact.by, 0
    fills = replies.fills_of(receipt, command.order)
    remaining = max(remaining - fills.count, 0)
    reply = AmendOrderV2Response(
        order_id=_order_text(call, command.order),
        client_order_id=command.new_client_order_id or command.client_order_id or UNSET,
        ts_ms=replies.milliseconds(receipt.at),
    )
    if fills.count or remaining != was:
        reply.remaining_count = format_count(remaining)
        reply.fill_count = format_count(fills.count)
    if fills.count:
        reply.average_fill_price = replies.average(fills.cost, fills.count)
        reply.average_fee_paid = replies.average(fills.fees, fills.count)
    return reply


async def decrease_order(
    call: Call[SubaccountQuery, DecreaseOrderV2Request],
) -> DecreaseOrderV2Response:
    """Give part of an order back; it keeps its place."""
    body = call.body
    by, to = body.reduce_by, body.reduce_to
    shard = shard_meant(call, body.exchange_index, body.market_ticker)
    command = DecreaseOrder(
        member=call.caller.member,
        order=order_for(call, call.path["order_id"]),
        by=-1 if by is None else translate.count(by, "reduce_by"),
        to=-1 if to is None else translate.count(to, "reduce_to"),
        account=account_or_any(call, call.query.subaccount, shard),
        shard=shard,
    )
    receipt = await submit(call, command)
    return DecreaseOrderV2Response(
        order_id=_order_text(call, command.order),
        remaining_count=format_count(replies.reduction(receipt, command.order)[1]),
        ts_ms=replies.milliseconds(receipt.at),
    )


async def batch_create_orders(
    call: Call[None, BatchCreateOrdersV2Request],
) -> BatchCreateOrdersV2Response:
    """Place up to 100 orders; each item succeeds or fails by itself."""
    items = call.body.orders
    outcomes = await each(call, items, lambda item: translate.place_v2(call, item))
    orders = [
        None if isinstance(outcome, ApiError) else replies.new_order(outcome)
        for outcome in outcomes
    ]
    made = [order.placed.order for order in orders if order is not None]
    texts = iter(services_of(call).ids.texts(made, Kind.ORDER))
    return BatchCreateOrdersV2Response(
        [
            _batch_refused(item, outcome)
            if order is None or isinstance(outcome, ApiError)
            else _batch_created(next(texts), order, outcome.at)
            for item, outcome, order in zip(items, outcomes, orders, strict=True)
        ]
    )


def _batch_refused(
    item: CreateOrderV2Request, outcome: Receipt | ApiError
) -> BatchCreateOrdersV2Item:
    error = outcome if isinstance(outcome, ApiError) else killed()
    return BatchCreateOrdersV2Item(
        client_order_id=item.client_order_id or None, error=replies.item_error(error)
    )


def _batch_created(text: str, order: replies.NewOrder, at: Micros) -> BatchCreateOrdersV2Item:
    filled = order.filled
    return BatchCreateOrdersV2Item(
        order_id=text,
        client_order_id=order.placed.client_order_id or None,
        fill_count=format_count(filled),
        remaining_count=format_count(order.left),
        average_fill_price=replies.average(order.cost, filled) if filled else UNSET,
        average_fee_paid=replies.average(order.fees, filled) if filled else UNSET,
        ts_ms=replies.milliseconds(at),
    )


async def batch_cancel_orders(
    call: Call[None, BatchCancelOrdersV2Request],
) -> BatchCancelOrdersV2Response:
    """Cancel up to 100 orders; each item succeeds or fails by itself."""

    def command(item: BatchCancelV2Item) -> CancelOrder:
        return cancellation(
            call, item.order_id, item.subaccount, item.exchange_index, item.market_ticker
        )

    items = call.body.orders
    outcomes = await each(call, items, command)
    return BatchCancelOrdersV2Response(
        [_batch_canceled(call, *pair) for pair in zip(items, outcomes, strict=True)]
    )


def _batch_canceled(
    call: AnyCall, item: BatchCancelV2Item, outcome: Receipt | ApiError
) -> BatchCancelOrdersV2Item:
    if isinstance(outcome, ApiError):
        return BatchCancelOrdersV2Item(
            order_id=item.order_id, reduced_by="0.00", error=replies.item_error(outcome)
        )
    reduced_by, _ = replies.reduction(outcome, order_for(call, item.order_id))
    return BatchCancelOrdersV2Item(
        order_id=item.order_id,
        reduced_by=format_count(reduced_by),
        ts_ms=replies.milliseconds(outcome.at),
    )


async def each(
    call: AnyCall, items: Sequence[T], command_for: Callable[[T], Command]
) -> list[Receipt | ApiError]:
    """What became of each item, in order; all are submitted together.

    Raises: a Fault when a locked key names another subaccount: then nothing was submitted.
    """
    commands: list[Command | ApiError] = []
    for item in items:
        try:
            commands.append(command_for(item))
        except ApiError as error:
            commands.append(error)

    good = [command for command in commands if not isinstance(command, ApiError)]
    results = iter(await services_of(call).gateway.submit_all(good) if good else ())
    return [
        command if isinstance(command, ApiError) else _accepted_or_error(next(results))
        for command in commands
    ]


def _accepted_or_error(result: Receipt | Reject) -> Receipt | ApiError:
    return reject_error(result) if isinstance(result, Reject) else result


def cancellation(
    call: AnyCall,
    order_text: str,
    subaccount: int | None,
    exchange_index: int | None,
    ticker: str | None,
) -> CancelOrder:
    """The command that cancels an order. Raises: ApiError, or a Fault for a locked key."""
    shard = shard_meant(call, exchange_index, ticker)
    account = account_or_any(call, subaccount, shard)
    return CancelOrder(call.caller.member, order_for(call, order_text), account, shard)


def _order_text(call: AnyCall, order: Id) -> str:
    return services_of(call).ids.text(order, Kind.ORDER)


# Reads


async def get_orders(call: Call[GetOrdersQuery, None]) -> GetOrdersResponse:
    """List live orders, newest first."""
    query = call.query
    accounts = ids_of(accounts_for(call, query.subaccount, query.exchange_index))
    cutoff, after = cutoffs.place(call, query.cursor, cutoffs.current(call).orders)
    markets = markets_named(call, query.ticker, query.event_ticker)
    rows = await services_of(call).reader.run(
        lambda connection: order_tiers.live(
            connection,
            accounts,
            query.limit + 1,
            after,
            cutoff=cutoff,
            markets=markets,
            status=query.status or "",
            since=translate.micros(query.min_ts),
            until=translate.micros(query.max_ts),
        )
    )
    page, cursor = replies.cut(
        call, rows, query.limit, lambda row: (cutoff, row.created_at, row.id)
    )
    return GetOrdersResponse(replies.orders(call, page), cursor)


def markets_named(
    call: AnyCall, ticker: str | None, event_tickers: Sequence[str] = ()
) -> list[MarketId] | None:
    """The markets that a list's filters keep; None: all. Unknown tickers keep none."""
    markets = services_of(call).markets
    if ticker:
        card = markets.by_ticker(ticker)
        return [] if card is None or not _within(card.event_ticker, event_tickers) else [card.id]
    if not event_tickers:
        return None
    events = [markets.event(one) for one in event_tickers]
    return [card.id for event in events if event is not None for card in event.markets]


def _within(event_ticker: str, event_tickers: Sequence[str]) -> bool:
    return not event_tickers or event_ticker in event_tickers


async def find_own(call: AnyCall, text: str, service: str = QUERY) -> OrderRow:
    """The caller's order behind an id's text, as it stands. Raises: a 404."""
    id_ = order_for(call, text, service)
    row = await services_of(call).reader.run(lambda connection: orders.find(connection, id_))
    if row is None or not is_own(call, row.account):
        raise missing(service)
    return row


async def get_order(call: Call[None, None]) -> GetOrderResponse:
    """Get one order."""
    row = await find_own(call, call.path["order_id"])
    return GetOrderResponse(replies.order(call, row))


async def get_queue_position(call: Call[None, None]) -> GetOrderQueuePositionResponse:
    """How many contracts are ahead of a resting order at its price."""
    row = await find_own(call, call.path["order_id"])
    position = await services_of(call).gateway.inspect(lambda engine: engine.queue_position(row.id))
    if position is None:
        raise missing()
    return GetOrderQueuePositionResponse(whole_contracts(position), format_count(position))


async def get_queue_positions(
    call: Call[GetOrderQueuePositionsQuery, None],
) -> GetOrderQueuePositionsResponse:
    """How many contracts are ahead of each resting order in some markets."""
    query = call.query
    return await _queue_positions(call, query.market_tickers, query.event_ticker, query.subaccount)


async def post_queue_positions(
    call: Call[GetOrderQueuePositionsQuery, GetOrderQueuePositionsRequest],
) -> GetOrderQueuePositionsResponse:
    """The same as a POST, for the oldest clients; the body beats the query."""
    query, body = call.query, call.body
    subaccount = query.subaccount if body.subaccount is None else body.subaccount
    return await _queue_positions(
        call,
        body.market_tickers or query.market_tickers,
        body.event_ticker or query.event_ticker,
        subaccount,
    )


async def _queue_positions(
    call: AnyCall, tickers: Sequence[str], event_ticker: str | None, subaccount: int | None
) -> GetOrderQueuePositionsResponse:
    accounts = ids_of(primary_or(call, subaccount))
    if not tickers and not event_ticker:
        raise QueryFault("market_tickers", "market_tickers or event_ticker is needed")
    wanted: set[MarketId] = set()
    for ticker in tickers:
        wanted.update(markets_named(call, ticker) or ())
    if event_ticker:
        of_event = set(markets_named(call, None, [event_ticker]) or ())
        wanted = wanted & of_event if tickers else of_event
    services = services_of(call)
    resting = await services.reader.run(
        lambda connection: [
            found
            for account in accounts
            for found in orders.resting_ids(connection, account, sorted(wanted))
        ]
    )
    positions = await services.gateway.inspect(
        lambda engine: [engine.queue_position(order) for order, _ in resting]
    )
    return GetOrderQueuePositionsResponse(
        [
            OrderQueuePosition(
                _order_text(call, order),
                replies.ticker_of(call, market),
                whole_contracts(position),
                format_count(position),
            )
            for (order, market), position in zip(resting, positions, strict=True)
            if position is not None
        ]
    )
