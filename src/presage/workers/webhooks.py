"""Messages to members' URLs: follows what was committed and writes the rows that are sent.

Which message says what is printed by whoever hands in `show`; who wants to hear it is read in the
writer, in the submission that queues it. Nothing is done for members without an endpoint. What is
sent, and when, is the business of `sender.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from presage.feeds.markets import Markets
from presage.gateway import Gateway
from presage.site import deliveries, occasions, tallies
from presage.site.occasions import OPENED, Occasion
from presage.site.outbox import Happening
from presage.site.webhooks import Subscribers
from presage.units import Micros
from presage.workers.following import Item, Step

TOGETHER: Final = 3
"""Occasions of one step: each may queue messages for all endpoints that a member can have."""
_AT_ONCE: Final = 200
_OPENED: Final = "webhook:opened"

Show = Callable[[Sequence[Occasion]], Awaitable[Sequence[dict[str, Any] | None]]]
"""What the message about each says; None: nobody is to hear of it."""


class Webhooks:
    """A follower."""

    name = "webhooks"
    facts = occasions.FACTS
    topics = occasions.TOPICS
    from_start = False

    def __init__(self, markets: Markets, subscribers: Subscribers, show: Show) -> None:
        self._markets = markets
        self._subscribers = subscribers
        self._show = show

    async def steps(self, item: Item) -> Sequence[Step]:
        """A few occasions each. None when nobody who could hear of any has an endpoint: then
        nobody had one when it happened."""
        if not self._subscribers:
            return ()
        found = self._found(item)
        if not any(self._concerns(one) for one in found):
            return ()
        return [
            await self._step(found[at : at + TOGETHER]) for at in range(0, len(found), TOGETHER)
        ]

    def _found(self, item: Item) -> list[Occasion]:
        if isinstance(item, Happening):
            return occasions.of_happening(item)
        return occasions.of_entry(
            item.seq, item.at, item.facts, lambda market: self._markets.by_id(market).event.id
        )

    def _concerns(self, one: Occasion) -> bool:
        return not one.member or one.member in self._subscribers

    async def _step(self, some: Sequence[Occasion]) -> Step:
        concerned = [one for one in some if self._concerns(one)]
        shown = await self._show(concerned) if concerned else ()

        def do(connection: Connection, cause: str) -> None:
            for one, data in zip(concerned, shown, strict=True):
                if data is not None:
                    _tell(connection, one, data)

        return Step(do)


class Retention:
    """Takes away what is too old, and what was sent to endpoints that are deleted."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def step(self, now: Micros) -> None:
        """Take away all that is."""
        again = True

        def rows(connection: Connection) -> None:
            nonlocal again
            gone = deliveries.forget_deleted(connection, _AT_ONCE)
            old = deliveries.forget(connection, now - deliveries.KEPT, _AT_ONCE)
            again = gone or old == _AT_ONCE

        while again:
            await self._gateway.submit(None, rows)


def _tell(connection: Connection, one: Occasion, data: dict[str, Any]) -> None:
    if one.member:
        deliveries.tell(connection, one.at, one.member, one.type, data)
    elif one.type != OPENED or tallies.mark(connection, 0, _OPENED, str(one.event)):
        # Trading that goes on after a pause opens no event.
        deliveries.tell_all(connection, one.at, one.type, data)
