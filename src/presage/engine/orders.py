"""Place, decrease and cancel orders: what is checked, in which order, and what follows."""

from __future__ import annotations

from presage.domain.commands import CancelAll, CancelOrder, DecreaseOrder, PlaceOrder
from presage.domain.facts import OrderKilled, OrderPlaced, OrderRested
from presage.domain.ids import AccountId, Id, MemberId, member_of
from presage.domain.markets import on_grid
from presage.domain.orders import FOK, GTC, IOC, MAKER, MAX_OPEN_ORDERS, TAKER_AT_CROSS
from presage.domain.rejects import Code, Refused
from presage.domain.terms import FeeTerms
from presage.engine.book import Order
from presage.engine.bounds import check_bounds
from presage.engine.cancel import cancel, death, reduce
from presage.engine.caps import over_cap
from presage.engine.collateral import (
    coming_to_rest,
    cover_left,
    fee_terms,
    newest_reserve,
    reserved_after,
)
from presage.engine.crossing import can_fill, crosses_live
from presage.engine.decision import Decision
from presage.engine.groups import find_group
from presage.engine.lookup import (
    find_account,
    find_market,
    find_market_of,
    find_member,
    require_open,
)
from presage.engine.matching import cross
from presage.engine.state import Account, Group, Holding, Market
from presage.units import MAX_COUNT, Count, Micros


def place(d: Decision, c: PlaceOrder) -> None:
    """Accept an order, let it meet the book, rest or cancel what is left."""
    account = find_account(d, c.account)
    market = find_market_of(d, account, c.market)
    group = find_group(d, c.group, account) if c.group else None
    if c.seen:
        raise Refused(Code.ORDER_EXISTS)
    _check_shape(c, market, d.at)
    require_open(d, market)
    if group is not None and group.triggered:
        raise Refused(Code.GROUP_TRIGGERED)
    if account.member.open_orders >= MAX_OPEN_ORDERS:
        raise Refused(Code.TOO_MANY_ORDERS)
    if c.bounds is not None:
        check_bounds(c, c.bounds, market, account)
    count = _closing(c, account, market) if c.reduce_only else c.count
    fees = fee_terms(market, account, d.at)
    crosses = crosses_live(d, market, c.side, c.price)
    if crosses and c.post_only:
        raise Refused(Code.POST_ONLY_CROSS)
    _require_money(d, c, account, market, count, fees, crosses)
    if c.tif == FOK and (count < c.count or not _can_fill(d, c, account, market, fees, group)):
        d.emit(OrderKilled(account.id, market.id, c.client_order_id))
        return
    accept(d, c, fees)


def accept(d: Decision, c: PlaceOrder, fees: FeeTerms) -> None:
    """The order is one: let it meet the book."""
    order_id = d.new_id()
    d.emit(
        OrderPlaced(
            order_id,
            c.account,
            c.market,
            c.side,
            c.price,
            c.count,
            c.tif,
            c.client_order_id,
            c.expires_at,
            c.post_only,
            c.reduce_only,
            c.stp,
            c.cancel_on_pause,
            c.group,
            c.action,
            c.outcome,
            fees,
            c.max_cost,
            c.source,
        )
    )
    order = d.state.orders[order_id]
    if c.bounds is not None:
        # It never rests, so no fact and no later entry needs to know.
        order.avoid = c.bounds.avoid
    arrive(d, order)


def _check_shape(c: PlaceOrder, market: Market, at: Micros) -> None:
    """What is wrong with the order whatever the book looks like."""
    if not 0 < c.count <= MAX_COUNT:
        raise Refused(Code.INVALID_COUNT)
    if not on_grid(market.structure, c.price):
        raise Refused(Code.INVALID_PRICE)
    tif, stp = c.tif, c.stp
    if (tif != GTC and tif != IOC and tif != FOK) or (stp != TAKER_AT_CROSS and stp != MAKER):
        raise Refused(Code.INVALID_ORDER, "unknown time in force or self-trade prevention")
    if tif == GTC:
        if c.max_cost:
            raise Refused(
                Code.INVALID_ORDER, "a cost limit needs immediate_or_cancel or fill_or_kill"
            )
        if c.bounds is not None and c.bounds.avoid:
            raise Refused(
                Code.INVALID_ORDER,
                "avoiding members needs immediate_or_cancel or fill_or_kill",
            )
    else:
        _check_immediate(c)
    if c.expires_at and c.expires_at <= at:
        raise Refused(Code.EXPIRED, "expiration_time is in the past")


def _check_immediate(c: PlaceOrder) -> None:
    """What an order that never rests may not say."""
    if c.expires_at:
        raise Refused(
            Code.INVALID_ORDER, "expiration_time can only be used with good_till_canceled"
        )
    if c.post_only:
        raise Refused(Code.INVALID_ORDER, "post_only needs good_till_canceled")
    if c.max_cost < 0:
        raise Refused(Code.INVALID_ORDER, "a cost limit needs immediate_or_cancel or fill_or_kill")


def _closing(c: PlaceOrder, account: Account, market: Market) -> Count:
    """As much of a reduce-only order as it finds to close. Raises: Refused."""
    holding = account.holdings.get(market.id)
    closing = 0 if holding is None else holding.closing(c.side)
    if not closing:
        raise Refused(Code.NOTHING_TO_REDUCE)
    return min(c.count, closing)


def _require_money(
    d: Decision,
    c: PlaceOrder,
    account: Account,
    market: Market,
    count: Count,
    fees: FeeTerms,
    crosses: bool,
) -> None:
    """The account must be able to reserve the order as its newest one, within its daily cap.

    Raises: Refused.
    """
    side = c.side
    holding = account.holdings.get(market.id)
    cover = 0
    if holding is not None and holding.count:
        cover = cover_left(holding, side, holding.orders(side).rest)
    need = newest_reserve(side, c.price, count, fees, crosses, cover)
    if c.max_cost:
        need = min(need, c.max_cost)
    if account.cash - account.reserved < need:
        raise Refused(Code.INSUFFICIENT_BALANCE, "", need, account.available)
    if account.member.subtrader is not None and over_cap(d, account, need, account.reserved):
        raise Refused(Code.DAILY_CAP_EXCEEDED)


def _can_fill(
    d: Decision,
    c: PlaceOrder,
    account: Account,
    market: Market,
    fees: FeeTerms,
    group: Group | None,
) -> bool:
    """Whether the book fills the order whole; the order here is no part of the state."""
    holding = account.holdings.get(market.id) or Holding(account, market)
    order = Order(0, account, market, holding, c.side, c.price, c.count, fees)
    order.max_cost = c.max_cost
    order.reduce_only = c.reduce_only
    order.group = group
    if c.bounds is not None:
        order.avoid = c.bounds.avoid
    return can_fill(d, order, alone=c.bounds is not None and c.bounds.whole)


def arrive(d: Decision, order: Order) -> None:
    """Meet the book; then rest what is left, or cancel it."""
    if not cross(d, order):
        return
    if order.tif != GTC:
        cancel(d, order, "ImmediateOrCancel")
    else:
        _rest(d, order)


def _rest(d: Decision, order: Order) -> None:
    account, market, holding = order.account, order.market, order.holding
    reserved = reserved_after(holding, holding.count, coming_to_rest(order))
    d.emit(
        OrderRested(
            order.id, account.id, market.id, order.side, order.price, order.remaining, reserved
        )
    )
    d.touch(account)
    d.touch_book(market)
    if order.reduce_only:
        _trim(d, order)


def _trim(d: Decision, order: Order) -> None:
    """A reduce-only order rests with no more than the others have left of the position."""
    holding, side = order.holding, order.side
    excess = holding.orders(side).reducing - holding.closing(side)
    if excess > 0:
        reduce(d, order, min(excess, order.remaining), "ReduceOnlyCancel")


def find_order(
    d: Decision, order_id: Id, member: MemberId, account: AccountId, shard: int = -1
) -> Order:
    """The member's live order; anybody else's, or on another shard, does not exist.
    Raises: Refused."""
    order = d.state.orders.get(order_id)
    if (
        order is None
        or order.account.member.id != member
        or (account and order.account.id != account)
        or (shard >= 0 and order.account.shard != shard)
        or death(d.state, order, d.at)
    ):
        raise Refused(Code.ORDER_NOT_FOUND)
    return order


def cancel_order(d: Decision, c: CancelOrder) -> None:
    """Take a resting order out of the book."""
    find_member(d, c.member, may_trade=False)
    order = find_order(d, c.order, c.member, c.account, c.shard)
    require_open(d, order.market, for_cancel=True)
    cancel(d, order, "Cancel")


def decrease_order(d: Decision, c: DecreaseOrder) -> None:
    """Give part of an order back; it keeps its place."""
    find_member(d, c.member, may_trade=False)
    order = find_order(d, c.order, c.member, c.account, c.shard)
    if (c.by < 0) == (c.to < 0):
        raise Refused(Code.INVALID_COUNT, "exactly one of reduce_by and reduce_to is needed")
    by = c.by if c.by >= 0 else order.remaining - c.to
    if by <= 0:
        raise Refused(Code.INVALID_COUNT, "the order would not get smaller")
    require_open(d, order.market, for_cancel=True)
    reduce(d, order, min(by, order.remaining), "Decrease")


def cancel_all(d: Decision, c: CancelAll) -> None:
    """End every resting order of a member, an account, or an account in one market."""
    member = find_member(d, c.member, may_trade=False)
    if c.account and (c.account not in d.state.accounts or member_of(c.account) != member.id):
        raise Refused(Code.ACCOUNT_NOT_FOUND)
    accounts = [d.state.accounts[c.account]] if c.account else member.accounts
    market = find_market(d, c.market) if c.market else None
    if not d.state.exchange_active:
        raise Refused(Code.EXCHANGE_PAUSED)
    if market is None:
        d.queue("account" if c.account else "member", member.id, "Cancel", c.account)
        return
    for account in accounts:
        holding = market.holdings.get(account.id)
        # By what rests and not by the stake: one that came to nothing is in no snapshot.
        if holding is not None and (holding.bids.rest or holding.asks.rest):
            d.queue("holding", market.id, "Cancel", account.id)
