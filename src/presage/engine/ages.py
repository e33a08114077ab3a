"""Resting orders by age across many queues: how a job cancels a whole market or account.

Only the queues know the orders, so that a resting order is in as few places as possible. Looking
for the oldest costs the same however many orders there are, and nothing is looked at twice however
many entries a job takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heapreplace, merge
from operator import attrgetter

from presage.engine.book import Level, Order
from presage.engine.queues import Queue


class Ages:
    """The orders of some queues up to a rank, oldest first. Any may leave meanwhile, and newer ones
    may come: a queue's oldest order only ever gets newer, so what is noted of it is a least."""

    __slots__ = ("_rank", "_waiting")

    def __init__(self, queues: Iterable[Queue | Level], rank: int) -> None:
        self._rank = rank
        self._waiting: list[tuple[int, Queue | Level]] = []
        for queue in queues:
            oldest = queue.oldest
            if oldest is not None:
                self._waiting.append((oldest.rank, queue))
        heapify(self._waiting)

    def oldest(self) -> Order | None:
        """The oldest that still rests; the same again until it leaves."""
        waiting = self._waiting
        while waiting and waiting[0][0] <= self._rank:
            noted, queue = waiting[0]
            order = queue.oldest
            if order is None:
                heappop(waiting)
            elif order.rank == noted:
                return order
            else:
                heapreplace(waiting, (order.rank, queue))
        return None


def newest_first(queues: Iterable[Queue]) -> Iterator[Order]:
    """An order that was given may leave before the next is asked for."""
    lines = [queue.newest_first() for queue in queues if queue.newest is not None]
    return merge(*lines, key=attrgetter("rank"), reverse=True)
