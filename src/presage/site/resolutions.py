"""How an event came by its outcomes: who said what, on which evidence, and until when it can be
disputed. One row an act, never changed; the outcomes themselves are the journal's.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Text, select

from presage.domain.ids import MarketId, MemberId
from presage.storage import kept
from presage.units import Micros, Price

RESOLVED: Final = "RESOLVED"
AMENDED: Final = "AMENDED"
STANDS: Final = "STANDS"
VOIDED: Final = "VOIDED"
FINALIZED: Final = "FINALIZED"
CORRECTED: Final = "CORRECTED"
"""After it was paid."""

resolutions = kept.kept_table(
    "resolutions",
    Column("audit", BigInteger, primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("outcomes", Text, nullable=False),
    Column("evidence_url", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("by", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)
_r = resolutions.c
Index("resolutions_by_event", _r.event, _r.audit)

Outcomes = tuple[tuple[MarketId, Price], ...]
"""What YES of each market is worth; VOID (-1): everybody gets the money back."""


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """`audit` is the row of the operators' log, whose order is that of the acts; `event` the
    event's row; `round` counts its disputes' cases from 1. `ends_at` 0: it is paid at once, or each
    market has a time of its own."""

    audit: int
    event: str
    round: int
    kind: str
    outcomes: Outcomes
    evidence_url: str = ""
    note: str = ""
    by: MemberId
    at: Micros
    ends_at: Micros = 0


def add(connection: Connection, one: Resolution) -> None:
    """Write a new one."""
    row = msgspec.structs.asdict(one)
    kept.insert(
        connection, resolutions, row | {"outcomes": msgspec.json.encode(one.outcomes).decode()}
    )


def of_event(connection: Connection, event: str, limit: int) -> list[Resolution]:
    """An event's newest acts, oldest first."""
    query = select(resolutions).where(_r.event == event).order_by(_r.audit.desc()).limit(limit)
    found = [_resolution(row) for row in kept.read(connection, query, resolutions)]
    return found[::-1]


def author_of(connection: Connection, event: str, market: MarketId) -> MemberId | None:
    """Who gave a market the outcome that it has; None: nobody did so here."""
    query = select(resolutions).where(_r.event == event).order_by(_r.audit.desc())
    for row in kept.read(connection, query, resolutions):
        one = _resolution(row)
        if any(named == market for named, _ in one.outcomes):
            return one.by
    return None


def _resolution(row: kept.Row) -> Resolution:
    outcomes = msgspec.json.decode(row["outcomes"], type=Outcomes)
    return Resolution(**row | {"outcomes": outcomes})
