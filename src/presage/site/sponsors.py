"""Sponsors: who pays for an event's page, and which pages; they have no part in any market.

Rows are the truth, `Sponsors` holds all of them in memory. What a sponsor may say is checked where
operators write it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Table, Text, select

from presage.storage import kept
from presage.units import Micros

sponsors: Final[Table] = kept.kept_table(
    "sponsors",
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("logo_url", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
)

event_sponsors: Final[Table] = kept.kept_table(
    "event_sponsors",
    Column("event", Text, primary_key=True),
    Column("sponsor", Text, nullable=False),
)
Index("event_sponsors_by_sponsor", event_sponsors.c.sponsor)


class Sponsor(msgspec.Struct, frozen=True, kw_only=True):
    """`starts_at` 0: at once; `ends_at` 0: never. `version` counts the changes."""

    id: str
    name: str
    url: str
    logo_url: str = ""
    text: str = ""
    starts_at: Micros = 0
    ends_at: Micros = 0
    created_at: Micros
    version: int = 1

    def is_on(self, now: Micros) -> bool:
        """Is it shown at this moment?"""
        return self.starts_at <= now and not 0 < self.ends_at <= now


def add(connection: Connection, sponsor: Sponsor) -> None:
    """Write a new one."""
    kept.insert(connection, sponsors, msgspec.structs.asdict(sponsor))


def change(connection: Connection, sponsor: Sponsor) -> Sponsor:
    """Write one over its row; it counts one change more."""
    changed = msgspec.structs.replace(sponsor, version=sponsor.version + 1)
    kept.replace(connection, sponsors, msgspec.structs.asdict(changed))
    return changed


def find(connection: Connection, id: str) -> Sponsor | None:
    """By id."""
    return next(iter(_read(connection, sponsors.c.id == id)), None)


def remove(connection: Connection, id: str) -> None:
    """Erase one; its events have none any more."""
    connection.execute(event_sponsors.delete().where(event_sponsors.c.sponsor == id))
    connection.execute(sponsors.delete().where(sponsors.c.id == id))


def give(connection: Connection, event: str, sponsor: str) -> None:
    """Put a sponsor (its id; "": none) onto an event's page."""
    connection.execute(event_sponsors.delete().where(event_sponsors.c.event == event))
    if sponsor:
        kept.insert(connection, event_sponsors, {"event": event, "sponsor": sponsor})


def _read(connection: Connection, where: Any) -> list[Sponsor]:
    query = select(sponsors).where(where)
    return [Sponsor(**row) for row in kept.read(connection, query, sponsors)]


class Sponsors:
    """All of them, and whose page is whose. Whoever commits a change tells it."""

    def __init__(self) -> None:
        self._rows: dict[str, Sponsor] = {}
        self._of: dict[str, str] = {}

    def load(self, connection: Connection) -> None:
        """Read the rows."""
        for row in kept.read(connection, select(sponsors), sponsors):
            self.put(Sponsor(**row))
        for row in kept.read(connection, select(event_sponsors), event_sponsors):
            self._of[row["event"]] = row["sponsor"]

    def put(self, sponsor: Sponsor) -> None:
        """Take over a committed new or changed row."""
        before = self._rows.get(sponsor.id)
        if before is None or before.version < sponsor.version:
            self._rows[sponsor.id] = sponsor

    def drop(self, id: str) -> None:
        """Forget one that was erased."""
        self._rows.pop(id, None)
        self._of = {event: sponsor for event, sponsor in self._of.items() if sponsor != id}

    def give(self, event: str, sponsor: str) -> None:
        """Take over whose page an event's is; "": nobody's."""
        if sponsor:
            self._of[event] = sponsor
        else:
            self._of.pop(event, None)

    def on(self, event: str, now: Micros) -> Sponsor | None:
        """Who is shown on an event's page at a moment."""
        found = self._rows.get(self._of.get(event, ""))
        return found if found is not None and found.is_on(now) else None

    def find(self, id: str) -> Sponsor | None:
        """By id."""
        return self._rows.get(id)

    def events_of(self, id: str) -> list[str]:
        """The rows of the events whose pages are a sponsor's."""
        return sorted(event for event, sponsor in self._of.items() if sponsor == id)

    def all(self) -> Sequence[Sponsor]:
        """Newest first."""
        return sorted(self._rows.values(), key=lambda one: one.id, reverse=True)
