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
from presage.units import Count


def opposite(d: Decision, order: Order) -> Iterator[Order]:
    """The live resting orders that this one would meet, in the order of meeting them."""
    for resting in order.market.book.walk(1 - order.side):
        within = resting.price <= order.price if order.side == BID else resting.price >= order.price
        if not within:
            return
        if not death(d.state, resting, d.at):
            yield resting


def crosses_live(d: Decision, order: Order) -> bool:
    """Whether a live order on the other side would trade with this one."""
    if order.market.book.crossing(order.side, order.price) is None:
        return False
    return next(opposite(d, order), None) is not None


def crosses_self(d: Decision, order: Order) -> bool:
    """Whether an order of the same member is among those it would meet."""
    member = order.account.member
    return any(resting.account.member is member for resting in opposite(d, order))


def can_fill(d: Decision, order: Order) -> bool:
    """Whether the live orders on the other side suffice, within the order's cost limit and all
    order groups' windows. Own orders count: meeting one is found out by trading."""
    if not _enough_in_levels(order):
        return False
    wanted: Count = order.remaining
    spent, closing = 0, order.holding.closing(order.side)
    rooms: dict[int, Count] = {}
    for group in (order.group,) if order.group is not None else ():
        if window_room(group, d.at) < wanted:
            return False
    left = _Left(1 - order.side)
    for resting in opposite(d, order):
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
        if not holding.reducing[side]:
            return
        self._left[order.id] = self.of(order) - count
        closed = self._closed[holding.account.id] = self._closed.get(holding.account.id, 0) + count
        reducing = [one for one in holding.orders[side].values() if one.reduce_only]
        excess = sum(map(self.of, reducing)) - max(holding.closing(side) - closed, 0)
        for one in reversed(reducing):
            by = min(max(excess, 0), self.of(one))
            self._left[one.id] = self.of(one) - by
            excess -= by


def _enough_in_levels(order: Order) -> bool:
    """A cheap no: the levels within the limit do not hold enough, dead orders counted in."""
    book, side = order.market.book, 1 - order.side
    wanted = order.remaining
    for key in reversed(book.keys[side]):
        price = key if side == BID else -key
        within = price <= order.price if order.side == BID else price >= order.price
        if not within:
            return False
        wanted -= book.levels[side][price].size
        if wanted <= 0:
            return True
    return False
