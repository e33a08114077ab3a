"""Looking at the other side of the book before anything happens: would this order trade, with
whom, and could it be filled whole."""

from __future__ import annotations

from collections.abc import Iterator

from presage.domain.ids import AccountId, Id
from presage.domain.orders import BID, Side
from presage.engine.book import Order
from presage.engine.cancel import death
from presage.engine.decision import Decision
from presage.engine.matching import spend_on, window_room
from presage.engine.state import Market, Member
from presage.units import Count, Price


def opposite(d: Decision, market: Market, side: Side, price: Price) -> Iterator[Order]:
    """The live resting orders that one of `side` at `price` would meet, in that order."""
    for resting in market.book.walk(1 - side):
        within = resting.price <= price if side == BID else resting.price >= price
        if not within:
            return
        if not death(d.state, resting, d.at):
            yield resting


def crosses_live(d: Decision, market: Market, side: Side, price: Price) -> bool:
    """Whether a live order on the other side would trade with one of `side` at `price`."""
    best = market.book.first(side, price)
    if best is None:
        return False
    if not death(d.state, best, d.at):
        return True
    return next(opposite(d, market, side, price), None) is not None


def crosses_self(d: Decision, member: Member, market: Market, side: Side, price: Price) -> bool:
    """Whether an order of the same member is among those it would meet."""
    return any(resting.account.member is member for resting in opposite(d, market, side, price))


def can_fill(d: Decision, order: Order, alone: bool = False) -> bool:
    """Whether the live orders on the other side suffice, within the order's cost limit and all
    order groups' windows. Own orders count (meeting one is found out by trading), unless it must
    be left `alone`: then meeting one is not being filled. Nor is meeting whom it avoids."""
    if not _enough_in_levels(order):
        return False
    wanted: Count = order.remaining
    spent, closing = 0, order.holding.closing(order.side)
    rooms: dict[int, Count] = {}
    for group in (order.group,) if order.group is not None else ():
        if window_room(group, d.at) < wanted:
            return False
    left = _Left(1 - order.side)
    for resting in opposite(d, order.market, order.side, order.price):
        member = resting.account.member
        if (alone and member is order.account.member) or member.id in order.avoid:
            return False
        count = min(wanted, left.of(resting))
        if resting.group is not None:
            room = rooms.get(resting.group.id)
            room = window_room(resting.group, d.at) if room is None else room
            count = min(count, room)
            rooms[resting.group.id] = room - count
        left.take(resting, count)
        wanted -= count
        spent += spend_on(order, resting.price, count, closing)
        closing -= min(count, closing)
        if order.max_cost and spent > order.max_cost:
            return False
        if not wanted:
            return True
    return False


class _Left:
    """What resting orders would have left while fills shrink their owners' positions: reduce-only
    ones are trimmed, newest first, as matching does."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._left: dict[Id, Count] = {}
        self._closed: dict[AccountId, Count] = {}

    def of(self, order: Order) -> Count:
        return self._left.get(order.id, order.remaining)

    def take(self, order: Order, count: Count) -> None:
        """A fill of a resting order, thought through."""
        holding, side = order.holding, self._side
        if not holding.orders(side).reducing:
            return
        self._left[order.id] = self.of(order) - count
        closed = self._closed[holding.account.id] = self._closed.get(holding.account.id, 0) + count
        reducing = [one for one in holding.orders(side) if one.reduce_only]
        excess = sum(map(self.of, reducing)) - max(holding.closing(side) - closed, 0)
        for one in reversed(reducing):
            by = min(max(excess, 0), self.of(one))
            self._left[one.id] = self.of(one) - by
            excess -= by


def _enough_in_levels(order: Order) -> bool:
    """A cheap no: the levels within the limit do not hold enough, dead orders counted in."""
    book, side = order.market.book, 1 - order.side
    wanted = order.remaining
    for key in reversed(book.keys(side)):
        price = key if side == BID else -key
        within = price <= order.price if order.side == BID else price >= order.price
        if not within:
            return False
        wanted -= book.levels(side)[price].size
        if wanted <= 0:
            return True
    return False
