"""Wishes to correct outcomes that were paid: each is one person's until a second one has said yes.

An event has at most one that waits. What is corrected is the journal's; the act itself is a row of
`resolutions.py` like every other outcome.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Text, select

from presage.domain.ids import MemberId
from presage.site.resolutions import Outcomes
from presage.storage import kept
from presage.units import Micros

WAITING: Final = "WAITING"
DONE: Final = "DONE"
WITHDRAWN: Final = "WITHDRAWN"

reopenings = kept.kept_table(
    "reopenings",
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("outcomes", Text, nullable=False),
    Column("evidence_url", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("asked_by", BigInteger, nullable=False),
    Column("decided_by", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
)
_r = reopenings.c
Index("reopenings_by_event", _r.event, _r.id)


class Reopening(msgspec.Struct, frozen=True, kw_only=True):
    """`event` is the event's row; `outcomes` are in the order of their markets. `decided_by` is who
    confirmed or withdrew it, 0: it waits."""

    id: str
    event: str
    outcomes: Outcomes
    evidence_url: str = ""
    note: str = ""
    status: str = WAITING
    asked_by: MemberId
    decided_by: MemberId = 0
    created_at: Micros
    decided_at: Micros = 0

    def says(self, other: Reopening) -> bool:
        """Is the same wanted for the same reason?"""
        return (self.outcomes, self.evidence_url, self.note) == (
            other.outcomes,
            other.evidence_url,
            other.note,
        )


def add(connection: Connection, one: Reopening) -> None:
    """Write a new one."""
    kept.insert(connection, reopenings, _row(one))


def decide(
    connection: Connection, one: Reopening, status: str, by: MemberId, at: Micros
) -> Reopening:
    """It waits no longer; how it stands now."""
    now = msgspec.structs.replace(one, status=status, decided_by=by, decided_at=at)
    kept.replace(connection, reopenings, _row(now))
    return now


def newest(connection: Connection, event: str) -> Reopening | None:
    """The last one of an event: the only one that can be waiting."""
    query = select(reopenings).where(_r.event == event).order_by(_r.id.desc()).limit(1)
    rows = kept.read(connection, query, reopenings)
    return next((_reopening(row) for row in rows), None)


def waiting(connection: Connection, event: str) -> Reopening | None:
    """The one that waits for a second person."""
    one = newest(connection, event)
    return one if one is not None and one.status == WAITING else None


def last_done(connection: Connection, event: str) -> Outcomes:
    """What the last correction of an event set, which its cards may not say yet."""
    query = select(reopenings).where(_r.event == event, _r.status == DONE)
    rows = kept.read(connection, query.order_by(_r.id.desc()).limit(1), reopenings)
    return next((_reopening(row).outcomes for row in rows), ())


def _row(one: Reopening) -> kept.Row:
    return msgspec.structs.asdict(one) | {"outcomes": msgspec.json.encode(one.outcomes).decode()}


def _reopening(row: kept.Row) -> Reopening:
    return Reopening(**row | {"outcomes": msgspec.json.decode(row["outcomes"], type=Outcomes)})
