"""Limit orders: placed, listed and cancelled, whichever API they came through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from presage.api.ids import Kind
from presage.api.registry import Call
from presage.api.site import asking, ids, pages, trade_shapes
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.money import contracts, owned_cents, wallet
from presage.api.site.options import option_for, options_of
from presage.api.site.portfolio import position_in, site_accounts
from presage.api.site.rejects import refused
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.trade_filters import markets_named
from presage.api.site.trades import placed_in, position_limit
from presage.api.site.writing import attempt, submit
from presage.domain.bounds import Bounds
from presage.domain.commands import CancelAll, CancelOrder
from presage.domain.facts import OrderCanceled
from presage.domain.ids import AccountId, Id, shard_of
from presage.domain.orders import GTC
from presage.domain.rejects import Code, Reject
from presage.projections import orders
from presage.projections.orders import OrderRow
from presage.units import SECOND, Count, Micros, Money
from presage.wire.site import trading as wire

_HOUR: Final = 3_600


async def create_limit_order(call: Call[None, wire.PlaceLimitOrder]) -> wire.OrderReply:
    """Place an order that rests until it is filled, cancelled or over."""
    body, settings = call.body, site_of(call).settings
    asked = await asking.wish(call, body, body.limit_price_cents, "limitPriceCents")
    bounds = Bounds(
        covered=body.action == "SELL",
        market_orders=settings.number("OPEN_ORDERS_PER_OPTION"),
        all_orders=settings.number("OPEN_ORDERS"),
        position=position_limit(call),
    )
    command = replace(
        asked.order(GTC, body.client_order_id, bounds, "limit"),
        post_only=body.post_only,
        expires_at=_expiry(call, body.expires_in_hours),
    )
    receipt = await attempt(call, command)
    if isinstance(receipt, Reject):
        raise await asking.order_refused(call, receipt, asked, body.client_order_id)
    placed = placed_in(receipt)
    assert placed is not None, "only a fill-or-kill order is killed"
    services = services_of(call)
    row = await _find(call, placed)
    shown = await show(call, [row])
    money = wallet(services, call.caller.member)
    return wire.OrderReply(
        order=shown[0],
        fills=trade_shapes.fills_at_once(services.ids, receipt, row),
        position=await position_in(call, asked.account, asked.option.card.id),
        balance_cents=owned_cents(money.balance),
        available_cents=owned_cents(money.available),
    )


def _expiry(call: AnyCall, hours: float | None) -> Micros:
    """0: when the market closes, which ends every order."""
    if hours is None:
        return 0
    return call.at + max(round(hours * _HOUR * SECOND), 1)


async def list_limit_orders(call: Call[wire.ListOrders, None]) -> wire.OrdersReply:
    """List limit orders, newest first."""
    services, query = services_of(call), call.query
    after, accounts = pages.after(call, int, int), site_accounts(call)
    markets = await markets_named(call, query.event_slug, query.option_id)
    place = None if after is None else (int(after[0]), int(after[1]))
    open_ = query.status == "open"

    def read(connection: Any) -> list[OrderRow]:
        wanted = pages.wanted(call)
        return orders.limit_orders(connection, accounts, wanted, place, markets, open_=open_)

    page = pages.cut(call, await services.reader.run(read), lambda row: (row.created_at, row.id))
    return wire.OrdersReply(orders=await show(call, page.rows), next_cursor=page.next_cursor)


async def show(call: AnyCall, rows: Sequence[OrderRow]) -> list[wire.Order]:
    """Orders as lists print them."""
    services = services_of(call)
    resting = [row.id for row in rows if row.status == orders.RESTING]
    live: dict[Id, tuple[Count, Money]] = {}
    if resting:
        live = await services.gateway.inspect(
            lambda engine: {id: found for id in resting if (found := engine.resting(id))}
        )
    options = await options_of(services, [row.market for row in rows])
    return [
        trade_shapes.order(services.ids, options[row.market], row, live.get(row.id)) for row in rows
    ]


async def cancel_limit_order(call: Call[None, None]) -> wire.CancelledReply:
    """Cancel what is left of a limit order."""
    services = services_of(call)
    number = ids.exchange_number(services.ids, "ord", call.path["id"], Kind.ORDER)
    row = None if number is None else await _own(call, number)
    if row is None:
        raise not_found()
    before = _available(call, row.account)
    receipt = await attempt(call, CancelOrder(call.caller.member, row.id, row.account))
    if isinstance(receipt, Reject):
        raise await _not_cancelled(call, receipt, row)
    by = sum(
        fact.by
        for fact in receipt.facts
        if isinstance(fact, OrderCanceled) and fact.order == row.id
    )
    released = max(_available(call, row.account) - before, 0)
    return wire.CancelledReply(
        order=(await show(call, [await _find(call, row.id)]))[0],
        released_cents=owned_cents(released),
        released_quantity=contracts(by),
        available_cents=owned_cents(wallet(services, call.caller.member).available),
    )


async def _not_cancelled(call: AnyCall, reject: Reject, row: OrderRow) -> Exception:
    if reject.code is not Code.ORDER_NOT_FOUND:
        return refused(reject)
    now = await _find(call, row.id)
    status = trade_shapes.order_status(now)
    if status in ("OPEN", "PARTIALLY_FILLED"):
        status = "EXPIRED" if now.expires_at else "CANCELLED"  # dead, and not yet swept away
    return refuse("order_not_open", "This order is not open any more.", status=status)


async def cancel_limit_orders(call: Call[wire.CancelOrders, None]) -> wire.MassCancelReply:
    """Cancel all limit orders, or those of one option."""
    services, query = services_of(call), call.query
    if (query.option_id is None) == (query.all is None):
        raise invalid("optionId", "one of optionId and all=1 is needed")
    card = None if query.option_id is None else (await option_for(call, query.option_id)).card
    accounts = [
        account
        for account in site_accounts(call)
        if card is None or shard_of(account) == card.shard
    ]
    market = 0 if card is None else card.id
    money = wallet(services, call.caller.member)
    cancelled = await services.reader.run(
        lambda connection: orders.count_resting(connection, accounts, market)
    )
    for account in accounts:
        await submit(call, CancelAll(call.caller.member, account, market), wait_for_work=True)
    after = wallet(services, call.caller.member)
    return wire.MassCancelReply(
        cancelled=cancelled,
        released_cents=owned_cents(max(after.available - money.available, 0)),
        available_cents=owned_cents(after.available),
    )


def _available(call: AnyCall, account: AccountId) -> Money:
    found = services_of(call).accounts.find(account)
    return found.available if found else 0


async def _own(call: AnyCall, number: Id) -> OrderRow | None:
    """One of the caller's limit orders."""
    row = await services_of(call).reader.run(lambda connection: orders.find(connection, number))
    if row is None or row.account not in site_accounts(call):
        return None
    return row


async def _find(call: AnyCall, number: Id) -> OrderRow:
    row = await services_of(call).reader.run(lambda connection: orders.find(connection, number))
    assert row is not None, "an acknowledged write is always readable"
    return row
