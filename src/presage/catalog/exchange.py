"""What the operator says about the exchange itself: opening hours, maintenance, announcements.

Words only: what stops trading is the command SetPause, not a row here.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, insert, select

from presage.storage.schema import BigKey, metadata
from presage.units import Micros

WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)

trading_sessions = Table(
    "trading_sessions",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("from_at", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("opens", Text, nullable=False),
    Column("closes", Text, nullable=False),
)
maintenance_windows = Table(
    "maintenance_windows",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("from_at", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False),
)
announcements = Table(
    "announcements",
    metadata,
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
    connection.execute(insert(trading_sessions), msgspec.structs.asdict(session))


def add_window(connection: Connection, window: Window) -> None:
    connection.execute(insert(maintenance_windows), msgspec.structs.asdict(window))


def announce(connection: Connection, announcement: Announcement) -> None:
    connection.execute(insert(announcements), msgspec.structs.asdict(announcement))


def schedule(connection: Connection, limit: int) -> tuple[list[Session], list[Window]]:
    """Trading hours and maintenance, at most `limit` of each, soonest first.

    No hours at all means that the exchange never closes.
    """
    t, w = trading_sessions.c, maintenance_windows.c
    hours = (
        select(t.from_at, t.until_at, t.weekday, t.opens, t.closes)
        .order_by(t.from_at, t.weekday, t.opens)
        .limit(limit)
    )
    windows = select(w.from_at, w.until_at).order_by(w.from_at).limit(limit)
    return (
        [Session(*row) for row in connection.execute(hours)],
        [Window(*row) for row in connection.execute(windows)],
    )


def newest_announcements(connection: Connection, limit: int) -> list[Announcement]:
    """The newest announcements first."""
    a = announcements.c
    query = select(a.kind, a.message, a.delivered_at, a.status)
    query = query.order_by(a.delivered_at.desc(), a.id.desc()).limit(limit)
    return [Announcement(*row) for row in connection.execute(query)]
