"""What the operator says about the exchange itself: opening hours, maintenance, announcements.

Words only: what stops trading is the command SetPause, not a row here.
"""

from __future__ import annotations

from typing import Final, Literal, TypeVar

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, func, select

from presage.storage import kept
from presage.storage.schema import BigKey
from presage.units import Micros

T = TypeVar("T", bound=msgspec.Struct)

WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)

trading_sessions = kept.kept_table(
    "trading_sessions",
    Column("id", BigKey, primary_key=True),
    Column("from_at", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("opens", Text, nullable=False),
    Column("closes", Text, nullable=False),
)
maintenance_windows = kept.kept_table(
    "maintenance_windows",
    Column("id", BigKey, primary_key=True),
    Column("from_at", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False),
)
announcements = kept.kept_table(
    "announcements",
    Column("id", BigKey, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("delivered_at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
)


class Session(msgspec.Struct, frozen=True):
    """Trading hours of one weekday (0: Monday), `HH:MM` in New York, in force between two times."""

    from_at: Micros
    until_at: Micros
    weekday: int
    opens: str
    closes: str


class Window(msgspec.Struct, frozen=True):
    """A planned maintenance."""

    from_at: Micros
    until_at: Micros


class Announcement(msgspec.Struct, frozen=True):
    """What the operator tells everybody."""

    kind: Literal["info", "warning", "error"]
    message: str
    delivered_at: Micros
    status: Literal["active", "inactive"] = "active"


def add_session(connection: Connection, session: Session) -> None:
    _add(connection, trading_sessions, session)


def add_window(connection: Connection, window: Window) -> None:
    _add(connection, maintenance_windows, window)


def announce(connection: Connection, announcement: Announcement) -> None:
    _add(connection, announcements, announcement)


def _add(connection: Connection, table: Table, said: msgspec.Struct) -> None:
    last = connection.execute(select(func.max(table.c.id))).scalar_one()
    kept.insert(connection, table, {"id": (last or 0) + 1, **msgspec.structs.asdict(said)})


def schedule(connection: Connection, limit: int) -> tuple[list[Session], list[Window]]:
    """Trading hours and maintenance, at most `limit` of each, soonest first.

    No hours at all means that the exchange never closes.
    """
    t, w = trading_sessions, maintenance_windows
    hours = select(t).order_by(t.c.from_at, t.c.weekday, t.c.opens).limit(limit)
    windows = select(w).order_by(w.c.from_at).limit(limit)
    return (
        [_said(Session, row) for row in kept.read(connection, hours, t)],
        [_said(Window, row) for row in kept.read(connection, windows, w)],
    )


def newest_announcements(connection: Connection, limit: int) -> list[Announcement]:
    """The newest announcements first."""
    a = announcements
    query = select(a).order_by(a.c.delivered_at.desc(), a.c.id.desc()).limit(limit)
    return [_said(Announcement, row) for row in kept.read(connection, query, a)]


def _said(shape: type[T], row: kept.Row) -> T:
    del row["id"]
    return shape(**row)
