"""Change a resting order's price or size: what keeps its place, may cross, must be afforded."""

from __future__ import annotations

from presage.domain.commands import AmendOrder
from presage.domain.facts import OrderAmended
from presage.domain.markets import on_grid
from presage.domain.rejects import Code, Refused
from presage.engine.book import Order
from presage.engine.cancel import cancel
from presage.engine.caps import over_cap
from presage.engine.collateral import changed, cover_left, gone, newest_reserve, reserved_after
from presage.engine.crossing import crosses_live, crosses_self
from presage.engine.decision import Decision
from presage.engine.lookup import find_member, require_open
from presage.engine.orders import arrive, find_order
from presage.units import MAX_COUNT, Count, Money, Price


def amend_order(d: Decision, c: AmendOrder) -> None:
    """Change price or size. Only a mere decrease keeps the order's place."""
    find_member(d, c.member)
    order = find_order(d, c.order, c.member, c.account)
    if c.seen:
        raise Refused(Code.ORDER_EXISTS)
    _check(c, order)
    require_open(d, order.market)
    remaining = c.count - order.filled
    if remaining == 0:
        cancel(d, order, "Amend")
        return
    kept = c.price == order.price and remaining <= order.remaining
    if kept:
        smaller = changed(order, remaining, order.budget)
        reserved = reserved_after(order.holding, order.holding.count, smaller)
    else:
        reserved = _leaving(d, order, c.price, remaining)
    _emit(d, c, order, remaining, kept, reserved)
    if kept:
        return
    if order.post_only and crosses_live(d, order.market, order.side, order.price):
        cancel(d, order, "PostOnlyCrossCancel")
    else:
        arrive(d, order)


def _check(c: AmendOrder, order: Order) -> None:
    """Does the amendment fit the order? Raises: Refused."""
    if not 0 < c.count <= MAX_COUNT:
        raise Refused(Code.INVALID_COUNT)
    if not on_grid(order.market.structure, c.price):
        raise Refused(Code.INVALID_PRICE)
    if c.market and c.market != order.market.id:
        raise Refused(Code.TICKER_MISMATCH)
    if c.side >= 0 and c.side != order.side:
        raise Refused(Code.SIDE_MISMATCH)
    if c.client_order_id and c.client_order_id != order.client_order_id:
        raise Refused(Code.CLIENT_ID_MISMATCH)
    if c.count < order.filled:
        raise Refused(Code.BELOW_FILLED, "count is below what is filled already")


def _leaving(d: Decision, order: Order, price: Price, remaining: Count) -> Money:
    """The account's reserve without the order, which leaves its place.

    Raises: Refused when its new self would meet an own order, cannot be paid for, or goes beyond
    the daily cap.
    """
    holding, market, side = order.holding, order.market, order.side
    crosses = crosses_live(d, market, side, price)
    if crosses and crosses_self(d, order.account.member, market, side, price):
        raise Refused(Code.SELF_CROSS)
    reserved = reserved_after(holding, holding.count, gone(order))
    cover = cover_left(holding, side, holding.orders(side).rest - order.remaining)
    need = newest_reserve(side, price, remaining, order.terms, crosses, cover)
    if order.account.cash < reserved + need:
        raise Refused(Code.INSUFFICIENT_BALANCE)
    if over_cap(d, order.account, need, reserved):
        raise Refused(Code.DAILY_CAP_EXCEEDED)
    return reserved


def _emit(
    d: Decision, c: AmendOrder, order: Order, remaining: Count, kept: bool, reserved: Money
) -> None:
    d.touch_book(order.market)
    d.emit(
        OrderAmended(
            order.id,
            order.account.id,
            order.market.id,
            order.side,
            order.price,
            order.remaining,
            c.price,
            c.count,
            remaining,
            kept,
            c.new_client_order_id or order.client_order_id,
            reserved,
        )
    )
