"""Every change of a series' fees and of an event's override: those made, those still to come.

An id names the change to the outside; an empty `fee_type` of an event means that the override was
cleared. A planned change keeps the time it was planned for.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    select,
)
from sqlalchemy.dialects.sqlite import insert

from presage.domain.facts import EventFeesSet, SeriesFeesSet
from presage.domain.ids import EventId, Id, SeriesId
from presage.domain.plan_facts import FeesDropped, FeesPlanned
from presage.projections.newest import columns
from presage.projections.projection import Moment, Row, Rows, Statement, render
from presage.storage.schema import BigKey, projected
from presage.units import Micros


def _table(name: str) -> Table:
    table = Table(
        name,
        projected,
        Column("id", BigKey, primary_key=True, autoincrement=False),
        Column("subject", BigInteger, nullable=False),
        Column("fee_type", Text, nullable=False),
        Column("multiplier", Integer, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("made", Boolean, nullable=False),
    )
    Index(f"{name}_by_subject", table.c.subject, table.c.id)
    return table


series_fee_changes = _table("series_fee_changes")
event_fee_changes = _table("event_fee_changes")


def _upsert(table: Table) -> Statement:
    """A planned change is there already when it is made: only that changes."""
    statement = insert(table)
    made = {"made": statement.excluded.made}
    return render(statement.on_conflict_do_update(index_elements=["id"], set_=made))


def _drop(table: Table) -> Statement:
    return render(delete(table).where(table.c.id == bindparam("id")))


_SERIES, _EVENT = _upsert(series_fee_changes), _upsert(event_fee_changes)
_DROP_SERIES, _DROP_EVENT = _drop(series_fee_changes), _drop(event_fee_changes)


class FeeChange(msgspec.Struct, frozen=True):
    """`subject` is the series or the event; `multiplier` in 1/10 000; `at` is when it took effect
    or, when it is not `made` yet, when it will."""

    id: Id
    subject: int
    fee_type: str
    multiplier: int
    at: Micros
    made: bool


class FeeChanges:
    """Writes both tables."""

    name = "fee_changes"
    tables = (series_fee_changes, event_fee_changes)
    handles = frozenset({EventFeesSet, FeesDropped, FeesPlanned, SeriesFeesSet})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                match fact:
                    case SeriesFeesSet():
                        rows.add(_SERIES, _row(fact, fact.series, moment.at))
                    case EventFeesSet():
                        rows.add(_EVENT, _row(fact, fact.event, moment.at))
                    case FeesPlanned() if fact.event:
                        rows.add(_EVENT, _row(fact, fact.event, fact.due))
                    case FeesPlanned():
                        rows.add(_SERIES, _row(fact, fact.series, fact.due))
                    case FeesDropped():
                        rows.add(_DROP_EVENT if fact.event else _DROP_SERIES, {"id": fact.change})
                    case _:
                        pass


def _row(fact: SeriesFeesSet | EventFeesSet | FeesPlanned, subject: int, at: Micros) -> Row:
    return {
        "id": fact.change,
        "subject": subject,
        "fee_type": fact.fee_type,
        "multiplier": fact.multiplier,
        "at": at,
        "made": not isinstance(fact, FeesPlanned),
    }


def of_series(
    connection: Connection, series: SeriesId | None, limit: int, *, to_come: bool = False
) -> list[FeeChange]:
    """The newest changes of one series, or of all; `to_come` keeps those that are not made yet."""
    return _page(connection, series_fee_changes, series, limit, None, to_come)


def of_events(
    connection: Connection,
    event: EventId | None,
    limit: int,
    before: Id | None,
    *,
    to_come: bool = False,
) -> list[FeeChange]:
    """Changes of one event's override, or of all events', newest first, older than `before`."""
    return _page(connection, event_fee_changes, event, limit, before, to_come)


def _page(
    connection: Connection,
    table: Table,
    subject: int | None,
    limit: int,
    before: Id | None,
    to_come: bool,
) -> list[FeeChange]:
    query = select(*columns(FeeChange, table))
    if subject is not None:
        query = query.where(table.c.subject == subject)
    if before is not None:
        query = query.where(table.c.id < before)
    if to_come:
        query = query.where(table.c.made.is_(False))
    query = query.order_by(table.c.id.desc()).limit(limit)
    return [FeeChange(*row) for row in connection.execute(query)]
