"""Tells every administrator, once, of each dispute that has been open for too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection

from presage.domain.ids import MemberId
from presage.gateway import Gateway, Reader
from presage.identity import people
from presage.site import disputes, notifications, tallies
from presage.site.disputes import Dispute
from presage.site.events import SiteEvents
from presage.site.settings import Settings
from presage.units import SECOND, Micros

EVERY: Final[Micros] = 300 * SECOND
_HOUR: Final[Micros] = 3_600 * SECOND
_AT_ONCE: Final = 20
_MOST: Final = 1_000
_ADMINS: Final = 20
_MARK: Final = "overdue"


class Overdue:
    """A chore."""

    name = "overdue-disputes"

    def __init__(
        self, gateway: Gateway, reader: Reader, settings: Settings, events: SiteEvents
    ) -> None:
        self._gateway = gateway
        self._reader = reader
        self._settings = settings
        self._events = events

    async def step(self, now: Micros) -> None:
        """Tell of all that are, some at a time."""
        before = now - self._settings.number("DISPUTE_ALERT_HOURS") * _HOUR
        found = await self._reader.run(lambda connection: _untold(connection, before))
        for first in range(0, len(found), _AT_ONCE):
            some = found[first : first + _AT_ONCE]

            def rows(connection: Connection, some: Sequence[Dispute] = some) -> None:
                admins = _administrators(connection, now)
                for one in some:
                    if tallies.mark(connection, 0, _MARK, one.id):
                        self._tell(connection, one, admins, now)

            await self._gateway.submit(None, rows)

    def _tell(self, connection: Any, one: Dispute, admins: Sequence[MemberId], now: Micros) -> None:
        row = self._events.by_id(one.event)
        slug = row.slug if row is not None else ""
        for member in admins:
            notifications.tell(
                connection,
                now,
                member,
                "EVENT_DISPUTED",
                f"A dispute waits for a decision: {slug}",
                url=f"/events/{slug}",
                dispute=f"dsp_{one.id.replace('-', '')}",
            )


def _untold(connection: Any, before: Micros) -> list[Dispute]:
    late = disputes.waiting_since(connection, before, _MOST)
    return [one for one in late if not tallies.is_marked(connection, 0, _MARK, one.id)]


def _administrators(connection: Any, now: Micros) -> list[MemberId]:
    found = people.page(
        connection, after=0, limit=_ADMINS, begins="", role="admin", status=None, now=now
    )
    return [profile.member for profile in found]
