"""What the site knows of an event beside its texts: id, slug, what is only printed here, drafts.

Every event of the exchange has a row, made with it or when the site first meets it; a draft has one
before there is an event. It never says what may be traded: that is the journal's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Table,
    Text,
    bindparam,
    select,
)

from presage.domain.ids import MemberId
from presage.site import slugs
from presage.storage import kept
from presage.units import Micros

DRAFT: Final = "draft"
LISTED: Final = "listed"

site_events: Final[Table] = kept.kept_table(
    "site_events",
    Column("id", Text, primary_key=True),
    Column("ticker", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("featured", Boolean, nullable=False),
    Column("description", Text, nullable=False),
    Column("resolution_source", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("suggested_by", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("draft", Text, nullable=False),
)
Index("site_events_by_ticker", site_events.c.ticker, unique=True)
Index("site_events_by_slug", site_events.c.slug, unique=True)

old_slugs: Final[Table] = kept.kept_table(
    "old_slugs",
    Column("slug", Text, primary_key=True),
    Column("event", Text, nullable=False),
)

clarifications: Final[Table] = kept.kept_table(
    "clarifications",
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("by", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
Index("clarifications_by_event", clarifications.c.event, clarifications.c.id)


class SiteEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`ticker` is the exchange's, also of a draft. `created_by` 0: nobody of the site; `draft` is
    what is to be published, as JSON, empty when it was. `version` counts the changes."""

    id: str
    ticker: str
    slug: str
    state: str = LISTED
    featured: bool = False
    description: str = ""
    resolution_source: str = ""
    tags: tuple[str, ...] = ()
    created_by: MemberId = 0
    suggested_by: MemberId = 0
    created_at: Micros = 0
    published_at: Micros = 0
    version: int = 1
    draft: str = ""

    @property
    def is_draft(self) -> bool:
        return self.state == DRAFT


class Clarification(msgspec.Struct, frozen=True):
    """A word added to an event's rules; it is never changed or taken back."""

    id: str
    event: str
    text: str
    by: MemberId
    at: Micros


def add(connection: Connection, event: SiteEvent) -> None:
    """Write a new row. Ticker and slug must be free."""
    kept.insert(connection, site_events, _row(event))


def change(connection: Connection, event: SiteEvent) -> SiteEvent:
    """Write an event over its row; it counts one change more. A slug that it no longer has goes on
    leading to it."""
    changed = msgspec.structs.replace(event, version=event.version + 1)
    before = find(connection, event.id)
    assert before is not None, "only what is there is changed"
    if before.slug != changed.slug:
        kept.insert(connection, old_slugs, {"slug": before.slug, "event": before.id})
    kept.replace(connection, site_events, _row(changed))
    return changed


def remove(connection: Connection, id: str) -> None:
    """Erase a draft, and what led to it."""
    connection.execute(site_events.delete().where(site_events.c.id == id))
    connection.execute(old_slugs.delete().where(old_slugs.c.event == id))


def find(connection: Connection, id: str) -> SiteEvent | None:
    """By id."""
    return _one(connection, site_events.c.id == id)


def by_ticker(connection: Connection, ticker: str) -> SiteEvent | None:
    """By the exchange's ticker."""
    return _one(connection, site_events.c.ticker == ticker)


def has_slug(connection: Connection, slug: str) -> bool:
    """Does the slug lead anywhere, now or by an earlier name?"""
    now = select(site_events.c.id).where(site_events.c.slug == slug)
    before = select(old_slugs.c.event).where(old_slugs.c.slug == slug)
    return any(connection.execute(query).first() for query in (now, before))


def free_slug(connection: Connection, wanted: str) -> str:
    """The slug, or that with a number behind it, that leads nowhere yet."""
    return slugs.free(wanted, lambda slug: not slugs.is_slug(slug) or has_slug(connection, slug))


def clarify(connection: Connection, said: Clarification) -> None:
    """Add a word to an event's rules."""
    kept.insert(connection, clarifications, msgspec.structs.asdict(said))


_CLARIFIED: Final = (
    select(clarifications)
    .where(clarifications.c.event == bindparam("of"))
    .order_by(clarifications.c.id)
    .limit(bindparam("most"))
)


def clarified(connection: Connection, event: str, most: int) -> list[Clarification]:
    """What was added to an event's rules, oldest first."""
    asked = {"of": event, "most": most}
    rows = kept.read(connection, _CLARIFIED, clarifications, asked)
    return [Clarification(**row) for row in rows]


def clarification(connection: Connection, id: str) -> Clarification | None:
    """One word that was added."""
    query = select(clarifications).where(clarifications.c.id == id)
    rows = kept.read(connection, query, clarifications)
    return next((Clarification(**row) for row in rows), None)


def every(connection: Connection) -> Iterable[SiteEvent]:
    """All rows."""
    query = select(site_events)
    return (_event(row) for row in kept.read(connection, query, site_events))


def _one(connection: Connection, where: Any) -> SiteEvent | None:
    query = select(site_events).where(where)
    return next((_event(row) for row in kept.read(connection, query, site_events)), None)


def _row(event: SiteEvent) -> kept.Row:
    return msgspec.structs.asdict(event) | {"tags": msgspec.json.encode(event.tags).decode()}


def _event(row: kept.Row) -> SiteEvent:
    return SiteEvent(**row | {"tags": tuple(msgspec.json.decode(row["tags"]))})


class SiteEvents:
    """Every row in memory, found by each of its names. Whoever commits a change tells it."""

    def __init__(self) -> None:
        self.listed = 0
        """How many are events of the exchange; the others are drafts."""
        self._rows: dict[str, SiteEvent] = {}
        self._slugs: dict[str, str] = {}
        self._tickers: dict[str, str] = {}

    def load(self, connection: Connection) -> None:
        """Read the rows."""
        for row in kept.read(connection, select(old_slugs), old_slugs):
            self._slugs[row["slug"]] = row["event"]
        for event in every(connection):
            self.put(event)

    def put(self, event: SiteEvent) -> None:
        """Take over a committed new or changed row."""
        before = self._rows.get(event.id)
        if before is not None:
            if before.version > event.version:
                return  # somebody was faster
            self.listed -= not before.is_draft
            self._tickers.pop(before.ticker, None)
        self._rows[event.id] = event
        # An earlier slug goes on leading here.
        self._slugs[event.slug] = self._tickers[event.ticker] = event.id
        self.listed += not event.is_draft

    def drop(self, id: str) -> None:
        """Forget a draft that was erased."""
        event = self._rows.pop(id, None)
        if event is not None:
            self.listed -= not event.is_draft
            self._tickers.pop(event.ticker, None)
            self._slugs = {slug: event for slug, event in self._slugs.items() if event != id}

    def by_id(self, id: str) -> SiteEvent | None:
        """By the UUID text of the row."""
        return self._rows.get(id)

    def by_slug(self, slug: str) -> SiteEvent | None:
        """By its slug, or one that it had before."""
        id = self._slugs.get(slug)
        return None if id is None else self._rows.get(id)

    def by_ticker(self, ticker: str) -> SiteEvent | None:
        """By the exchange's ticker."""
        id = self._tickers.get(ticker)
        return None if id is None else self._rows[id]

    def all(self) -> Sequence[SiteEvent]:
        """Every row, drafts too."""
        return list(self._rows.values())
