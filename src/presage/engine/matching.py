"""Who wins a cross and at what price: the one loop in which orders meet.

The arriving order takes from the best opposite level, oldest order first, always at the resting
order's price. Members never trade with themselves. Every trade is one fact that carries both
parties' money.
"""

from __future__ import annotations

from presage.domain.facts import Leg, Traded
from presage.domain.fees import charge, spend, trade_fee
from presage.domain.group_facts import GroupTriggered
from presage.domain.ids import Id
from presage.domain.orders import ASK, BID, GROUP_WINDOW, TAKER_AT_CROSS
from presage.engine.advances import post_advance
from presage.engine.book import Order
from presage.engine.cancel import cancel, death, reduce
from presage.engine.collateral import (
    UNCHANGED,
    budget_after,
    changed,
    cost_of,
    gone,
    reserved_after,
    returns_collateral,
)
from presage.engine.decision import Decision
from presage.engine.state import Event, Group, Holding
from presage.units import CONTRACT, DOLLAR_PRICE, Count, Micros, Money, Price


def cross(d: Decision, taker: Order) -> bool:
    """Trade an arriving order against the book until it is filled, stopped or meets nothing more.

    Returns whether something of it is left, still on its way: the caller rests or cancels it. An
    order that was stopped for a reason is cancelled here already.
    """
    book, side, price = taker.market.book, taker.side, taker.price
    maker = book.first(side, price)
    if maker is None:
        return True
    state = d.state
    limited = taker.reduce_only or taker.max_cost or taker.group is not None or taker.avoid
    while maker is not None:
        mortal = maker.expires_at or maker.group is not None or state.work
        if mortal and (reason := death(state, maker, d.at)):
            cancel(d, maker, reason)
        elif maker.account.member is taker.account.member:
            if taker.stp == TAKER_AT_CROSS:
                cancel(d, taker, "SelfTradeCancel")
                return False
            cancel(d, maker, "SelfTradeCancel")
        elif limited or maker.group is not None:
            if not _meet(d, taker, maker):
                return False
        elif taker.remaining <= maker.remaining:
            trade(d, taker, maker, taker.remaining)
            return False
        else:
            trade(d, taker, maker, maker.remaining)
        maker = book.first(side, price)
    return True


def _meet(d: Decision, taker: Order, maker: Order) -> bool:
    """Trade as much as both may where orders have limits of their own or groups have theirs.
    Returns whether the taker goes on."""
    if taker.avoid and maker.account.member.id in taker.avoid:
        cancel(d, taker, "SelfTradeCancel")
        return False
    wanted = min(taker.remaining, maker.remaining)
    count = min(wanted, own_limit(taker, maker.price, wanted))
    full = [
        group
        for group in (maker.group, taker.group)
        if group is not None and (room := window_room(group, d.at)) < wanted and room <= count
    ]
    count = min([count, *(window_room(group, d.at) for group in full)])
    finished = count == taker.remaining
    if count:
        trade(d, taker, maker, count)
    if finished:
        return False
    if count == wanted:
        return True
    for group in full:
        if window_room(group, d.at) == 0:
            trigger(d, group)
    if taker.group is not None and taker.group.triggered:
        cancel(d, taker, "GroupCancel")
        return False
    if maker.group is not None and maker.group.triggered:
        return True
    cancel(d, taker, "ReduceOnlyCancel" if taker.reduce_only else "MaxCostCancel")
    return False


def own_limit(taker: Order, price: Price, wanted: Count) -> Count:
    """How much of `wanted` an arriving order may take by its own reduce-only and cost limits."""
    count = wanted
    if taker.reduce_only:
        count = min(count, taker.holding.closing(taker.side))
    if taker.max_cost:
        count = min(count, _affordable(taker, price, count))
    return count


def _affordable(taker: Order, price: Price, wanted: Count) -> Count:
    """The most contracts at `price` whose cost and fee stay within the order's cost limit.

    Orders for whole contracts are filled by whole contracts.
    """
    left = taker.max_cost - taker.spent
    step = CONTRACT if (taker.filled + taker.remaining) % CONTRACT == 0 else 1
    low, high = 0, wanted // step
    while low < high:
        middle = (low + high + 1) // 2
        count = middle * step
        cost = spend_on(taker, price, count, taker.holding.closing(taker.side))
        low, high = (middle, high) if cost <= left else (low, middle - 1)
    return low * step


def matched_lately(group: Group, at: Micros) -> Count:
    """Contracts the group has matched in the rolling window that ends at `at`."""
    matched = group.matched
    for then, count in group.window:
        if then > at - GROUP_WINDOW:
            break
        matched -= count
    return matched


def spend_on(taker: Order, price: Price, count: Count, closing: Count) -> Money:
    """What a fill counts against the order's cost limit while `closing` contracts would close."""
    closed = min(count, closing)
    paid = cost_of(taker.side, price, count - closed)
    received = cost_of(1 - taker.side, price, closed)
    return spend(taker.terms, count, price, paid, received)


def window_room(group: Group, at: Micros) -> Count:
    """How many contracts the group may still match in its rolling window."""
    return max(group.limit - matched_lately(group, at), 0)


def trigger(d: Decision, group: Group) -> None:
    """The group's orders are dead from now on; `work` cancels them."""
    if not group.triggered:
        d.emit(GroupTriggered(group.id, group.account.id, matched_lately(group, d.at)))
        d.queue("group", group.id, "GroupCancel")


def trade(d: Decision, taker: Order, maker: Order, count: Count, block: bool = False) -> Id:
    """One trade: both legs, open interest, collateral return, reduce-only orders trimmed. Returns
    its id. In a block trade the maker's order does not rest either."""
    market, price, side = maker.market, maker.price, taker.side
    swap = taker.terms.quoter and swapped(maker, d.at)
    taken = _leg(taker, count, price, True, not swap)
    made = _leg(maker, count, price, False, swap)
    # A buyer's closed NO and a seller's closed YES contracts are no longer open.
    open_interest = market.open_interest + count - taken.closed - made.closed
    trade_id = d.new_id()
    d.emit(Traded(trade_id, market.id, price, count, side, taken, made, open_interest, block))
    d.touch_book(market)
    _follow_up(d, taker.holding, market.event)
    _follow_up(d, maker.holding, market.event)
    return trade_id


def swapped(maker: Order, at: Micros) -> bool:
    """Whether a quoter who takes from this order pays as the maker: it came when the quote was
    already accepted, and is in its way."""
    return at - maker.rested_at < maker.terms.young


def _follow_up(d: Decision, holding: Holding, event: Event) -> None:
    """What a changed position brings about for its account."""
    account = holding.account
    d.touch(account)
    if account.netting and event.netting:
        post_advance(d, account, event)
    if holding.bids.reducing or holding.asks.reducing:
        _trim(d, holding)


def _leg(order: Order, count: Count, price: Price, taker: bool, pays_as_taker: bool) -> Leg:
    """One party's side of a trade, worked out before it happens."""
    holding, account, terms = order.holding, order.account, order.terms
    position, cash = holding.count, account.cash
    no_price = DOLLAR_PRICE - price
    if order.side == BID:
        closed = min(count, -position) if position < 0 else 0
        paid, received = (count - closed) * price, closed * no_price
        position += count
    else:
        closed = min(count, position) if position > 0 else 0
        paid, received = (count - closed) * no_price, closed * price
        position -= count
    principal = received - paid
    fee, rounding, carry = 0, 0, order.carry
    if pays_as_taker or terms.maker or terms.flat:
        fee = trade_fee(terms, pays_as_taker, count, price)
    if fee or principal % terms.grid:
        cap = _fee_cap(order, count, closed, received, principal)
        fee, rounding, carry = charge(terms, fee, principal, carry, cap)
    closed_cost = lots_cost(holding, closed) if closed else 0
    remaining = order.remaining - count
    change = UNCHANGED
    if not taker:
        if remaining:
            change = changed(order, remaining, budget_after(order, count, closed, fee))
        else:
            change = gone(order)
    return Leg(
        order.id,
        account.id,
        remaining,
        fee,
        rounding,
        carry,
        closed,
        paid,
        received,
        received - closed_cost,
        position,
        holding.cost - closed_cost + paid,
        cash + principal - fee,
        reserved_after(holding, position, change),
    )


def _fee_cap(order: Order, count: Count, closed: Count, received: Money, principal: Money) -> Money:
    """The most a fill may be charged: what the order's reserve provides for, what its closing part
    brings, and never more than the cash at hand."""
    cash = order.account.cash + principal
    if order.side == BID and returns_collateral(order.account, order.market.event):
        # The advance on the closed NO has to be given back out of what closing them brings.
        return min(order.budget, cash - closed * DOLLAR_PRICE)
    provided = received if closed == count else order.budget + received
    return min(provided, cash)


def lots_cost(holding: Holding, closed: Count) -> Money:
    """What the oldest `closed` contracts of the position had cost."""
    cost = 0
    for count, price in holding.lots:
        if closed <= count:
            return cost + closed * price
        cost += count * price
        closed -= count
    return cost


def _trim(d: Decision, holding: Holding) -> None:
    """Cut resting reduce-only orders, newest first, to what there is left to reduce."""
    for side in (BID, ASK):
        queue = holding.orders(side)
        excess = queue.reducing - holding.closing(side)
        if excess <= 0 or not queue.reducing:
            continue
        for order in queue.newest_first():
            if order.reduce_only and excess > 0:
                by = min(excess, order.remaining)
                excess -= by
                reduce(d, order, by, "ReduceOnlyCancel")
