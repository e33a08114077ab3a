"""How an order ends without trading, and which orders are dead before their cancellation is due."""

from __future__ import annotations

from presage.domain.facts import OrderCanceled, OrderReduced
from presage.engine.book import Order
from presage.engine.collateral import changed, gone, reserved_after
from presage.engine.decision import Decision
from presage.engine.state import State
from presage.units import Count, Micros


def cancel(d: Decision, order: Order, reason: str) -> None:
    """End an order, resting or on its way through the book; all it still wants is cancelled."""
    account, market, remaining = order.account, order.market, order.remaining
    resting, reserved = 0, account.reserved
    if order.level is not None:
        resting = remaining
        reserved = reserved_after(order.holding, order.holding.count, gone(order))
        d.touch_book(market)
    d.emit(
        OrderCanceled(
            order.id,
            account.id,
            market.id,
            order.side,
            order.price,
            remaining,
            resting,
            reserved,
            reason,
        )
    )


def reduce(d: Decision, order: Order, by: Count, reason: str) -> None:
    """Take contracts from a resting order, which keeps its place; all of them cancels it."""
    if by >= order.remaining:
        cancel(d, order, reason)
        return
    remaining = order.remaining - by
    smaller = changed(order, remaining, order.budget)
    reserved = reserved_after(order.holding, order.holding.count, smaller)
    d.touch_book(order.market)
    d.emit(
        OrderReduced(
            order.id,
            order.account.id,
            order.market.id,
            order.side,
            order.price,
            by,
            remaining,
            reserved,
            reason,
        )
    )


def death(state: State, order: Order, at: Micros) -> str:
    """Why a resting order may no longer trade although it is still in the book; empty if it may."""
    if order.expires_at and order.expires_at <= at:
        return "ExpiryCancel"
    if order.group is not None and order.group.triggered:
        return "GroupCancel"
    if state.work and _swept(state, order):
        return "Cancel"
    return ""


def _swept(state: State, order: Order) -> bool:
    rank = order.rank
    return (
        rank <= order.market.swept
        or rank <= order.account.swept
        or rank <= order.holding.swept
        or (order.cancel_on_pause and rank <= state.halted)
    )
