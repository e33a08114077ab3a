"""What an order freezes: reserves, what held contracts cover, collateral returned early.

A bid may cost its price a contract, an ask one dollar less its price; fees come on top, as one fill
of the rest at the limit. Contracts held on the other side cover the oldest orders first: closing
them brings money instead of costing it. Nothing here changes state; the numbers go into facts.
"""

from __future__ import annotations

from typing import NamedTuple

from presage.domain.fees import FeeTerms, worst_fee
from presage.domain.orders import BID, Side
from presage.engine.book import Order
from presage.engine.state import Account, Event, Holding
from presage.units import DOLLAR_PRICE, Count, Money, Price


def cost_of(side: Side, price: Price, count: Count) -> Money:
    """What `count` contracts cost to open at `price`."""
    return count * (price if side == BID else DOLLAR_PRICE - price)


def full_reserve(
    side: Side, price: Price, remaining: Count, terms: FeeTerms, budget: Money
) -> Money:
    """The reserve of a resting order that nothing covers."""
    fee = worst_fee(terms, False, side, remaining, price)
    return cost_of(side, price, remaining) + min(fee, budget)


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


class Changed(NamedTuple):
    """An order as it is about to be: in a preview it stands in for what it is now."""

    order: Order
    remaining: Count
    full: Money
    budget: Money


def changed(order: Order, remaining: Count, budget: Money) -> Changed:
    """The order with `remaining` contracts and `budget` left for fees."""
    full = full_reserve(order.side, order.price, remaining, order.terms, budget)
    return Changed(order, remaining, full, budget)


def coming_to_rest(order: Order) -> Changed:
    """An arriving order as it rests: all that one fill of it may cost in fees is set aside."""
    fees = worst_fee(order.terms, False, order.side, order.remaining, order.price)
    full = cost_of(order.side, order.price, order.remaining) + fees
    return Changed(order, order.remaining, full, fees)


def gone(order: Order) -> Changed:
    """The order once it is over."""
    return Changed(order, 0, 0, 0)


def side_reserve(
    holding: Holding, side: Side, cover: Count, change: Changed | None = None
) -> Money:
    """The reserve of one side's resting orders when `cover` contracts cover the oldest.

    An order that does not rest yet counts as the newest.
    """
    orders = holding.orders[side]
    total, rest = holding.full[side], holding.rest[side]
    if change is not None:
        known = change.order.id in orders
        total += change.full - (change.order.full if known else 0)
        rest += change.remaining - (change.order.remaining if known else 0)
    if cover <= 0:
        return total
    if cover >= rest:
        return 0
    for order in orders.values():
        stand_in = change if change is not None and change.order is order else None
        remaining, full, budget = (
            stand_in[1:] if stand_in else (order.remaining, order.full, order.budget)
        )
        total -= full
        if cover < remaining:
            break
        cover -= remaining
    else:
        assert change is not None, "cover ends within the side's orders"
        order, remaining, full, budget = change
        total -= full
    return total + full_reserve(side, order.price, remaining - cover, order.terms, budget)


def reserved_after(holding: Holding, position: Count, change: Changed | None = None) -> Money:
    """The account's whole reserve once its position here is `position` and one order changed."""
    if not position and not holding.count:
        # Nothing is covered, before or after: only the order itself counts.
        if change is None:
            return holding.account.reserved
        resting = change.order.full if change.order.level is not None else 0
        return holding.account.reserved - resting + change.full
    total = holding.account.reserved - holding.reserved
    for side in (0, 1):
        here = change if change is not None and change.order.side == side else None
        total += side_reserve(holding, side, covered(holding, side, position), here)
    return total


def newest_reserve(order: Order, crosses: bool, others: Count) -> Money:
    """What an arriving order must find free: it comes after `others` contracts of its side, and
    pays the taker's fee if it crosses."""
    holding, side = order.holding, order.side
    cover = max(covered(holding, side, holding.count) - others, 0)
    opened = order.remaining - cover
    if opened <= 0:
        return 0
    fee = worst_fee(order.terms, crosses, side, opened, order.price)
    return cost_of(side, order.price, opened) + fee


def budget_after(order: Order, count: Count, closed: Count, fee: Money) -> Money:
    """What is left of an order's fee budget after a fill, never more than the rest can need; a fill
    that only closed paid from its proceeds."""
    budget = order.budget if closed == count else max(order.budget - fee, 0)
    if order.level is None:
        return budget
    remaining = order.remaining - count
    return min(budget, worst_fee(order.terms, False, order.side, remaining, order.price))


def least_payout(account: Account, event: Event, room: Price) -> Money:
    """The least that an account's NO positions in an event pay, over the outcomes still possible.

    At most one market turns out yes, with `room` of a dollar; whichever it is, all NO positions
    but that one pay in full.
    """
    total = largest = 0
    for market in event.markets:
        holding = market.holdings.get(account.id)
        if holding is not None and holding.count < 0:
            total -= holding.count
            largest = max(largest, -holding.count)
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
