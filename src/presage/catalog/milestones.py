"""Milestones: what happens in the world at a time, and which events hang on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from presage.catalog.texts import Texts
from presage.catalog.words import Word, Words
from presage.units import Micros

COMPETITION_KEYS: Final = ("competition", "league", "conference", "division", "tour")
"""Where the details of milestones and targets name competitions, besides the list `leagues`."""

MAX_COMPETITIONS: Final = 100
"""By how many of the competitions that details name a thing is found."""


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    """`details` are free, by type; the primary events are decided by this milestone itself."""

    id: str
    category: str
    type: str
    title: str
    start_at: Micros
    end_at: Micros | None = None
    related_event_tickers: tuple[str, ...] = ()
    primary_event_tickers: tuple[str, ...] = ()
    notification_message: str = ""
    source_id: str | None = None
    source_ids: dict[str, str] | None = None
    details: dict[str, Any] = {}
    updated_at: Micros = 0


MILESTONES: Final = Texts(
    "milestones",
    Milestone,
    times=frozenset({"start_at", "end_at", "updated_at"}),
    documents=frozenset(
        {"related_event_tickers", "primary_event_tickers", "source_ids", "details"}
    ),
    key="id",
)
WORDS: Final = Words("milestone_words")


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """None: whatever it is."""

    category: str | None = None
    type: str | None = None
    competition: str | None = None
    source_id: str | None = None
    event: str | None = None
    since: Micros | None = None
    updated_since: Micros | None = None


def put(connection: Connection, milestone: Milestone) -> bool:
    """Write a milestone, new or over the one of that id; whether it is new."""
    WORDS.put(connection, milestone.id, _words(milestone))
    return MILESTONES.put(connection, milestone)


def remove(connection: Connection, id: str) -> bool:
    """Erase a milestone; False when there is none."""
    WORDS.put(connection, id, ())
    return MILESTONES.remove(connection, id)


def find(connection: Connection, id: str) -> Milestone | None:
    return MILESTONES.find(connection, id)


def page(
    connection: Connection, wanted: Filter, limit: int, after: tuple[Micros, str] | None
) -> list[Milestone]:
    """Milestones, those that start last first, behind the (start, id) of `after`."""
    m = MILESTONES.table.c
    query = select(MILESTONES.table).where(*_conditions(wanted))
    if after is not None:
        start, id_ = after
        query = query.where(or_(m.start_at < start, and_(m.start_at == start, m.id < id_)))
    query = query.order_by(m.start_at.desc(), m.id.desc()).limit(limit)
    return MILESTONES.read(connection, query)


def of_events(connection: Connection, tickers: Sequence[str], limit: int) -> list[Milestone]:
    """The milestones that any of these events is related to, those that start last first."""
    m = MILESTONES.table.c
    if not tickers:
        return []
    query = select(MILESTONES.table).where(WORDS.having(m.id, "event", *tickers))
    query = query.order_by(m.start_at.desc(), m.id.desc()).limit(limit)
    return MILESTONES.read(connection, query)


def competitions(details: dict[str, Any]) -> list[str]:
    """The competitions that details name."""
    named = [details.get(key) for key in COMPETITION_KEYS]
    leagues = details.get("leagues")
    named += leagues if isinstance(leagues, list) else []
    return [name for name in named if isinstance(name, str) and name][:MAX_COMPETITIONS]


def _words(milestone: Milestone) -> list[Word]:
    events = (*milestone.related_event_tickers, *milestone.primary_event_tickers)
    sources = (milestone.source_id or "", *(milestone.source_ids or {}).values())
    return [
        *(("event", ticker) for ticker in events),
        *(("source", source) for source in sources if source),
        *(("competition", name) for name in competitions(milestone.details)),
    ]


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    m = MILESTONES.table.c
    conditions: list[ColumnElement[bool]] = []
    for column, value in ((m.category, wanted.category), (m.type, wanted.type)):
        if value is not None:
            conditions.append(column == value)
    words = {"competition": wanted.competition, "source": wanted.source_id, "event": wanted.event}
    conditions += [
        WORDS.having(m.id, kind, word) for kind, word in words.items() if word is not None
    ]
    for column, bound in ((m.start_at, wanted.since), (m.updated_at, wanted.updated_since)):
        if bound is not None:
            conditions.append(column >= bound)
    return conditions
