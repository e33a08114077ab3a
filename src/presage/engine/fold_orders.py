"""How facts about orders, trades and order groups change the state."""

from __future__ import annotations

from presage.domain import facts as f
from presage.domain import group_facts as g
from presage.domain.accounts import FEES, ROUNDING
from presage.domain.fees import worst_fee
from presage.domain.orders import BID, FOK, GROUP_WINDOW, Side
from presage.engine.book import Order
from presage.engine.collateral import budget_after, coming_to_rest, full_reserve
from presage.engine.fold_members import (
    announce_reserve,
    change_lots,
    open_holding,
    spend_premium,
)
from presage.engine.queues import NO_ORDERS, Queue
from presage.engine.state import EXPIRE, Group, Holding, State
from presage.units import DOLLAR_PRICE, Count, Micros, Money


def order_placed(state: State, fact: f.OrderPlaced) -> None:
    account = state.accounts[fact.account]
    market = state.markets[fact.market]
    holding = open_holding(account, market)
    side, price, count, terms = fact.side, fact.price, fact.count, fact.terms
    order = Order(
        fact.order,
        account,
        market,
        holding,
        side,
        price,
        count,
        terms,
        fact.tif,
        fact.client_order_id,
        fact.expires_at,
        fact.post_only,
        fact.reduce_only,
        fact.stp,
        fact.cancel_on_pause,
        fact.max_cost,
    )
    # A fill-or-kill order that does not cross is half of a block trade.
    if fact.tif == FOK or market.book.first(side, price) is not None:
        order.budget = worst_fee(terms, True, side, count, price)
    if fact.group:
        order.group = state.groups[fact.group]
        order.group.orders[order.id] = order
    account.member.open_orders += 1
    state.orders[order.id] = order


def order_killed(state: State, fact: f.OrderKilled) -> None:
    """Nothing lives on: the spent client order id is kept by the journal's once table."""


def order_rested(state: State, fact: f.OrderRested) -> None:
    order = state.orders[fact.order]
    _, _, order.full, order.budget = coming_to_rest(order)
    if not order.rank and order.expires_at:
        state.add_timer(order.expires_at, EXPIRE, order.id)
    state.ranks += 1
    order.rank = state.ranks
    order.rested_at = state.at
    settle_in(state, order)
    announce_reserve(order.holding, fact.reserved, order.full)


def settle_in(state: State, order: Order) -> None:
    """Enter a resting order everywhere it is looked for."""
    holding = order.holding
    order.market.book.add(order)
    queue = holding.orders(order.side)
    if queue is NO_ORDERS:
        queue = _open_queue(holding, order.side)
    queue.add(order)
    if order.cancel_on_pause:
        state.halting[order.id] = order


def _open_queue(holding: Holding, side: Side) -> Queue:
    queue = Queue()
    if side == BID:
        holding.bids = queue
    else:
        holding.asks = queue
    return queue


def _leave(state: State, order: Order) -> Money:
    """Take a resting order out of the book and of every list but `state.orders`. Returns what the
    full reserve of the holding's orders grows by."""
    order.market.book.remove(order)
    order.holding.orders(order.side).remove(order)
    if order.cancel_on_pause:
        del state.halting[order.id]
    return -order.full


def _finish(state: State, order: Order) -> Money:
    """The order is over; it is not among `state.orders` any more. Returns as `_leave`."""
    grown = _leave(state, order) if order.level is not None else 0
    if order.group is not None:
        order.group.orders.pop(order.id, None)
    order.account.member.open_orders -= 1
    return grown


def _shrink(order: Order, by: Count) -> Money:
    """A resting order has fewer contracts; `order.budget` is already what it is afterwards. Returns
    as `_leave`."""
    order.market.book.reduce(order, by)
    order.remaining -= by
    full = full_reserve(order.side, order.price, order.remaining, order.terms, order.budget)
    order.holding.orders(order.side).shrink(order, by, full)
    grown = full - order.full
    order.full = full
    return grown


def traded(state: State, fact: f.Traded) -> None:
    market = state.markets[fact.market]
    taker, maker = fact.taker, fact.maker
    _fill(state, fact, taker)
    _fill(state, fact, maker)
    rounding = taker.rounding + maker.rounding
    if fees := taker.fee + maker.fee - rounding:
        state.post(FEES, fees)
    if rounding:
        state.post(ROUNDING, rounding)
    market.escrow += (fact.open_interest - market.open_interest) * DOLLAR_PRICE
    market.open_interest = fact.open_interest


def _fill(state: State, fact: f.Traded, leg: f.Leg) -> None:
    order, count = state.orders[leg.order], fact.count
    holding, account = order.holding, order.account
    fee, closed, remaining = leg.fee, leg.closed, leg.remaining
    spent = leg.paid - leg.received
    order.carry = leg.carry
    order.filled += count
    if order.group is not None:
        _count_in_window(order.group, state.at, count)
    change_lots(holding, order.side, fact.price, closed, count - closed)
    holding.count = leg.position
    holding.cost = leg.cost
    holding.realized += leg.realized
    holding.spent += spent
    holding.fees += fee
    holding.rounding += leg.rounding
    account.cash = leg.cash
    if account.member.subtrader is not None:
        spend_premium(state, account.member, spent + fee)
    assert order.remaining - count == remaining, "fill and order disagree"
    if not remaining:
        del state.orders[order.id]
        grown = _finish(state, order)
    else:
        order.budget = budget_after(order, count, closed, fee)
        if order.level is not None:
            grown = _shrink(order, count)
        else:
            grown = 0
            order.remaining = remaining
            order.spent += leg.paid + fee
    announce_reserve(holding, leg.reserved, grown)


def _count_in_window(group: Group, at: Micros, count: Count) -> None:
    _prune(group, at)
    group.window.append((at, count))
    group.matched += count


def _prune(group: Group, at: Micros) -> None:
    """Forget matches that the rolling window has left behind."""
    window = group.window
    while window and window[0][0] <= at - GROUP_WINDOW:
        group.matched -= window.popleft()[1]


def order_reduced(state: State, fact: f.OrderReduced) -> None:
    order = state.orders[fact.order]
    announce_reserve(order.holding, fact.reserved, _shrink(order, fact.by))


def order_canceled(state: State, fact: f.OrderCanceled) -> None:
    order = state.orders.pop(fact.order)
    announce_reserve(order.holding, fact.reserved, _finish(state, order))


def order_amended(state: State, fact: f.OrderAmended) -> None:
    order = state.orders[fact.order]
    order.client_order_id = fact.client_order_id
    if fact.kept:
        grown = _shrink(order, order.remaining - fact.remaining)
    else:
        grown = _leave(state, order)
        order.price = fact.price
        order.remaining = fact.remaining
        order.budget = worst_fee(order.terms, True, order.side, fact.remaining, fact.price)
    announce_reserve(order.holding, fact.reserved, grown)


def group_created(state: State, fact: g.GroupCreated) -> None:
    account = state.accounts[fact.account]
    state.groups[fact.group] = Group(fact.group, account, fact.limit)
    account.member.groups += 1


def group_limit_set(state: State, fact: g.GroupLimitSet) -> None:
    state.groups[fact.group].limit = fact.limit


def group_triggered(state: State, fact: g.GroupTriggered) -> None:
    state.groups[fact.group].triggered = True


def group_reset(state: State, fact: g.GroupReset) -> None:
    group = state.groups[fact.group]
    group.triggered = False
    group.window.clear()
    group.matched = 0


def group_deleted(state: State, fact: g.GroupDeleted) -> None:
    # The group itself goes when the work that cancels its orders is done.
    group = state.groups[fact.group]
    group.triggered = group.deleted = True
    group.account.member.groups -= 1
