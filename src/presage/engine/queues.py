"""An account's resting orders on one side of one market, oldest first, and their sums.

Held contracts cover the oldest orders, reduce-only orders are trimmed from the newest on. The queue
is linked through the orders themselves: joining and leaving cost the same however long it is, and
the many accounts that have no order somewhere cost nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from presage.engine.book import Order
from presage.units import Count, Money


class Queue:
    """`rest` counts the orders' contracts, `full` is their reserve if nothing covered them,
    `reducing` counts the contracts of reduce-only orders."""

    __slots__ = ("full", "newest", "oldest", "reducing", "rest")

    def __init__(self) -> None:
        self.oldest: Order | None = None
        self.newest: Order | None = None
        self.rest: Count = 0
        self.full: Money = 0
        self.reducing: Count = 0

    def add(self, order: Order) -> None:
        """Join as the newest."""
        newest = self.newest
        if newest is None:
            self.oldest = order
        else:
            newest.newer = order
            order.older = newest
        self.newest = order
        self.rest += order.remaining
        self.full += order.full
        if order.reduce_only:
            self.reducing += order.remaining

    def remove(self, order: Order) -> None:
        """Leave with whatever the order still has."""
        older, newer = order.older, order.newer
        if older is None:
            self.oldest = newer
        else:
            older.newer = newer
        if newer is None:
            self.newest = older
        else:
            newer.older = older
        order.older = order.newer = None
        self.rest -= order.remaining
        self.full -= order.full
        if order.reduce_only:
            self.reducing -= order.remaining

    def shrink(self, order: Order, by: Count, full: Money) -> None:
        """An order has `by` contracts less and reserves `full` from now on."""
        self.rest -= by
        self.full += full - order.full
        if order.reduce_only:
            self.reducing -= by

    def __iter__(self) -> Iterator[Order]:
        """Oldest first; none may leave meanwhile."""
        order = self.oldest
        while order is not None:
            yield order
            order = order.newer

    def newest_first(self) -> Iterator[Order]:
        """An order that was given may leave before the next is asked for."""
        order = self.newest
        while order is not None:
            older = order.older
            yield order
            order = older


NO_ORDERS: Final = Queue()
"""Where an account has no orders; never added to."""
