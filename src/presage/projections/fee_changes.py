"""Every change of a series' fees and of an event's override, as it took effect.

An id names the change to the outside; an empty `fee_type` of an event means that the override was
cleared.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Table, Text, insert, select

from presage.domain.facts import EventFeesSet, SeriesFeesSet
from presage.domain.ids import EventId, Id, SeriesId
from presage.projections.newest import columns
from presage.projections.projection import Moment, Row, Rows, render
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
    )
    Index(f"{name}_by_subject", table.c.subject, table.c.id)
    return table


series_fee_changes = _table("series_fee_changes")
event_fee_changes = _table("event_fee_changes")

_SERIES = render(insert(series_fee_changes))
_EVENT = render(insert(event_fee_changes))


class FeeChange(msgspec.Struct, frozen=True):
    """`subject` is the series or the event; `multiplier` in 1/10 000."""

    id: Id
    subject: int
    fee_type: str
    multiplier: int
    at: Micros


class FeeChanges:
    """Writes both tables."""

    name = "fee_changes"
    tables = (series_fee_changes, event_fee_changes)
    handles = frozenset({EventFeesSet, SeriesFeesSet})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                match fact:
                    case SeriesFeesSet():
                        rows.add(_SERIES, _row(fact, fact.series, moment.at))
                    case EventFeesSet():
                        rows.add(_EVENT, _row(fact, fact.event, moment.at))
                    case _:
                        pass


def _row(fact: SeriesFeesSet | EventFeesSet, subject: int, at: Micros) -> Row:
    return {
        "id": fact.change,
        "subject": subject,
        "fee_type": fact.fee_type,
        "multiplier": fact.multiplier,
        "at": at,
    }


def of_series(connection: Connection, series: SeriesId | None, limit: int) -> list[FeeChange]:
    """The newest changes of one series, or of all."""
    return _page(connection, series_fee_changes, series, limit, None)


def of_events(
    connection: Connection, event: EventId | None, limit: int, before: Id | None
) -> list[FeeChange]:
    """Changes of one event's override, or of all events', newest first, older than `before`."""
    return _page(connection, event_fee_changes, event, limit, before)


def _page(
    connection: Connection, table: Table, subject: int | None, limit: int, before: Id | None
) -> list[FeeChange]:
    query = select(*columns(FeeChange, table))
    if subject is not None:
        query = query.where(table.c.subject == subject)
    if before is not None:
        query = query.where(table.c.id < before)
    query = query.order_by(table.c.id.desc()).limit(limit)
    return [FeeChange(*row) for row in connection.execute(query)]
