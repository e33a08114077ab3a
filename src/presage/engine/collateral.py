"""What an order freezes: reserves, what held contracts cover, collateral returned early.

A bid may cost its price a contract, an ask one dollar less its price; fees come on top, as one fill
of the rest at the limit. Contracts held on the other side cover the oldest orders first: closing
them brings money instead of costing it. Nothing here changes state; the numbers go into facts.
"""

from __future__ import annotations

from typing import Final

from presage.domain.fees import terms, worst_fee
from presage.domain.orders import ASK, BID, Side
from presage.domain.terms import FREE, FeeTerms
from presage.engine.book import Order
from presage.engine.state import Account, Event, Holding, Market
from presage.units import DOLLAR_PRICE, Count, Micros, Money, Price


def fee_terms(market: Market, account: Account, at: Micros) -> FeeTerms:
    """What an order placed now will pay: event override before series, nothing under a waiver."""
    grid = account.member.grid
    if at < market.fee_waiver_until:
        return FeeTerms(grid=grid) if grid != FREE.grid else FREE
    event = market.event
    if event.fee_type:
        return terms(event.fee_type, event.multiplier, grid)
    return terms(event.series.fee_type, event.series.multiplier, grid)


def cost_of(side: Side, price: Price, count: Count) -> Money:
    """What `count` contracts cost to open at `price`."""
    return count * (price if side == BID else DOLLAR_PRICE - price)


def full_reserve(
    side: Side, price: Price, remaining: Count, terms: FeeTerms, budget: Money
) -> Money:
    """The reserve of a resting order that nothing covers."""
    cost = remaining * (price if side == BID else DOLLAR_PRICE - price)
    if not budget:
        return cost
    return cost + min(worst_fee(terms, False, side, remaining, price), budget)


def returns_collateral(account: Account, event: Event) -> bool:
    """Whether NO positions in the event's markets are netted against each other."""
    return account.netting and event.netting != ""


def covered(holding: Holding, side: Side, position: Count) -> Count:
    """How many contracts of the side's orders a position covers.

    Where collateral is returned early, held NO covers no bid: closing it has to give the advance
    back.
    """
    if side != BID:
        return max(position, 0)
    if position >= 0 or returns_collateral(holding.account, holding.market.event):
        return 0
    return -position


Change = tuple[Order | None, Count, Money, Money]
"""An order as it is about to be: what it stands for, its contracts, its reserve if nothing covered
it, its fee budget. In a preview it stands in for what the order is now."""

UNCHANGED: Final[Change] = (None, 0, 0, 0)


def changed(order: Order, remaining: Count, budget: Money) -> Change:
    """The order with `remaining` contracts and `budget` left for fees."""
    full = full_reserve(order.side, order.price, remaining, order.terms, budget)
    return order, remaining, full, budget


def coming_to_rest(order: Order) -> Change:
    """An arriving order as it rests: all that one fill of it may cost in fees is set aside."""
    remaining, price, terms = order.remaining, order.price, order.terms
    cost = remaining * (price if order.side == BID else DOLLAR_PRICE - price)
    if terms.maker or terms.flat:
        fees = worst_fee(terms, False, order.side, remaining, price)
    else:
        fees = -cost % terms.grid
    return order, remaining, cost + fees, fees


def gone(order: Order) -> Change:
    """The order once it is over."""
    return order, 0, 0, 0


def relief(holding: Holding, side: Side, cover: Count, change: Change = UNCHANGED) -> Money:
    """What `cover` held contracts take off the reserve of one side: they cover the oldest orders.

    `change` is about an order of that side; one that does not rest yet counts as the newest.
    """
    queue = holding.orders(side)
    rest, full = queue.rest, queue.full
    changing, left, changed_full, changed_budget = change
    if changing is not None:
        rest += left
        full += changed_full
        if changing.level is not None:
            rest -= changing.remaining
            full -= changing.full
    if cover >= rest:
        return full
    off = 0
    order = queue.oldest or changing
    while True:
        assert order is not None, "cover ends within the side's orders"
        if order is changing:
            remaining, full, budget = left, changed_full, changed_budget
        else:
            remaining, full, budget = order.remaining, order.full, order.budget
        off += full
        if cover < remaining:
            return off - full_reserve(side, order.price, remaining - cover, order.terms, budget)
        cover -= remaining
        # One that does not rest yet comes after the newest.
        order = order.newer or changing


def side_reserve(holding: Holding, side: Side, cover: Count) -> Money:
    """The reserve of one side's resting orders when `cover` contracts cover the oldest."""
    full = holding.orders(side).full
    return full - relief(holding, side, cover) if cover > 0 else full


def holding_relief(holding: Holding) -> Money:
    """What the position takes off the reserve of the holding's resting orders as things are."""
    side = ASK if holding.count > 0 else BID
    cover = covered(holding, side, holding.count)
    return relief(holding, side, cover) if cover else 0


def reserved_after(holding: Holding, position: Count, change: Change = UNCHANGED) -> Money:
    """The account's whole reserve once its position here is `position` and one order changed."""
    reserved, order = holding.account.reserved, change[0]
    if order is None:
        if not (holding.bids.rest or holding.asks.rest):
            return reserved
    else:
        reserved += change[2] - order.full if order.level is not None else change[2]
        if position == holding.count and _stays_covered(holding, order):
            return reserved  # only the order itself counts
    reserved += holding.relieved
    # A position covers orders of one side; what it covers comes off.
    side = ASK if position > 0 else BID
    cover = position if position > 0 else covered(holding, BID, position)
    if not cover:
        return reserved
    if order is not None and order.side == side:
        return reserved - relief(holding, side, cover, change)
    return reserved - relief(holding, side, cover)


def _stays_covered(holding: Holding, order: Order) -> bool:
    """Whether what the position covers is the same whatever becomes of the order: it is on the
    other side, or has not come to rest and those that have leave nothing of the cover to it."""
    position, side = holding.count, order.side
    if side == ASK:
        return position <= 0 or (order.level is None and position <= holding.asks.rest)
    return position >= 0 or (order.level is None and -position <= holding.bids.rest)


def newest_reserve(
    side: Side, price: Price, count: Count, terms: FeeTerms, crosses: bool, cover: Count
) -> Money:
    """What an arriving order must find free when held contracts cover `cover` of it; it pays the
    taker's fee if it crosses."""
    opened = count - cover if cover > 0 else count
    if opened <= 0:
        return 0
    return cost_of(side, price, opened) + worst_fee(terms, crosses, side, opened, price)


def cover_left(holding: Holding, side: Side, others: Count) -> Count:
    """How many contracts of a new order a position covers after `others` of its side."""
    return max(covered(holding, side, holding.count) - others, 0)


def budget_after(order: Order, count: Count, closed: Count, fee: Money) -> Money:
    """What is left of an order's fee budget after a fill, never more than the rest can need; a fill
    that only closed paid from its proceeds."""
    budget = order.budget
    if not budget:
        return 0
    if closed != count:
        budget = max(budget - fee, 0)
    if order.level is None:
        return budget
    remaining = order.remaining - count
    return min(budget, worst_fee(order.terms, False, order.side, remaining, order.price))


def least_payout(
    account: Account, event: Event, room: Price, moving: Market | None = None, position: Count = 0
) -> Money:
    """The least that an account's NO positions in an event pay, over the outcomes still possible.

    At most one market turns out yes, with `room` of a dollar; whichever it is, all NO positions
    but that one pay in full. In a preview the position in the market `moving` is `position`.
    """
    total = largest = 0
    for market in event.markets:
        holding = market.holdings.get(account.id)
        count = holding.count if holding is not None else 0
        if market is moving:
            count = position
        if count < 0:
            total -= count
            largest = max(largest, -count)
    return total * DOLLAR_PRICE - largest * room


def holds_no(account: Account, event: Event) -> bool:
    """Whether the account has a NO position in any of the event's markets."""
    return any(
        (holding := market.holdings.get(account.id)) is not None and holding.count < 0
        for market in event.markets
    )


def room_for(account: Account, event: Event) -> Price:
    """The share of a dollar that the markets this account is not yet paid for can still pay."""
    unpaid = sum(
        market.value for market in event.markets if market.settling and account.id in market.payouts
    )
    return event.room + unpaid


def largest_reserve(account: Account) -> Money:
    """What the resting orders of one side of one market reserve, where that is most."""
    return max(
        (
            side_reserve(holding, side, covered(holding, side, holding.count))
            for holding in account.holdings.values()
            for side in (BID, ASK)
        ),
        default=0,
    )


def order_reserve(order: Order) -> Money:
    """The share of a resting order in what its account has reserved."""
    holding, side = order.holding, order.side
    cover = covered(holding, side, holding.count)
    for older in holding.orders(side) if cover > 0 else ():
        if older is order:
            left = order.remaining - cover
            if left <= 0:
                return 0
            return full_reserve(side, order.price, left, order.terms, order.budget)
        cover -= older.remaining
        if cover <= 0:
            break
    return order.full
