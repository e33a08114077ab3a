"""Tells those who watch an event that it closes within a day, once.

Holders are told by `rounds.py`, of each market; who has a position there is not told here again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection

from presage.feeds.accounts import Accounts
from presage.feeds.cards import EventCard
from presage.feeds.markets import Markets
from presage.gateway import Gateway
from presage.site import notifications, watchlist
from presage.site.events import SiteEvents
from presage.site.streaks import DAY
from presage.units import SECOND, Micros

EVERY: Final[Micros] = 300 * SECOND
SOON: Final[Micros] = DAY
_EVENTS: Final = 500
_AT_ONCE: Final = 200


class Watchers:
    """A chore."""

    name = "watchers"

    def __init__(
        self, gateway: Gateway, markets: Markets, accounts: Accounts, events: SiteEvents
    ) -> None:
        self._gateway = gateway
        self._markets = markets
        self._accounts = accounts
        self._events = events

    async def step(self, now: Micros) -> None:
        """Tell all who are to be told."""
        soon = self._closing(now)
        names = list(soon)
        for first in range(0, len(names), _EVENTS):
            await self._remind(names[first : first + _EVENTS], soon, now)

    async def _remind(
        self, events: Sequence[str], cards: Mapping[str, EventCard], now: Micros
    ) -> None:
        count = _AT_ONCE

        def rows(connection: Connection) -> None:
            nonlocal count
            found = watchlist.not_reminded(connection, events, _AT_ONCE)
            for row in found:
                watchlist.put(connection, msgspec.structs.replace(row, reminded=1))
                card = cards[row.event]
                if not self._holds(row.member, card):
                    self._tell(connection, row.member, card, now)
            count = len(found)

        while count == _AT_ONCE:
            await self._gateway.submit(None, rows)

    def _closing(self, now: Micros) -> dict[str, EventCard]:
        """Events whose last option closes within a day, by their rows."""
        found = {}
        for card in self._markets.all_events():
            open_ = [one.close_at for one in card.markets if one.status == "active"]
            row = self._events.by_ticker(card.ticker)
            if open_ and row is not None and now < max(open_) <= now + SOON:
                found[row.id] = card
        return found

    def _holds(self, member: int, card: EventCard) -> bool:
        held = [account.positions for account in self._accounts.of(member)]
        return any(positions.get(one.id) for positions in held for one in card.markets)

    def _tell(self, connection: Connection, member: int, card: EventCard, now: Micros) -> None:
        row = self._events.by_ticker(card.ticker)
        notifications.tell(
            connection,
            now,
            member,
            "EVENT_CLOSING",
            f"Closes within a day: {card.ticker}",
            url=f"/events/{row.slug}" if row is not None else "",
            eventTicker=card.ticker,
        )
