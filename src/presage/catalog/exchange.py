"""What the operator says about the exchange itself: opening hours, maintenance, announcements.

Words only: what stops trading is the command PlanPause that is submitted with a window's row, and
the numbers of windows are the ones that command names.
"""

from __future__ import annotations

from typing import Final, Literal, TypeVar

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    Table,
    Text,
    delete,
    func,
    select,
)

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
    Column("exchange", Boolean, nullable=False),
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
    """A planned maintenance: trading stops, or with `exchange` everything. `id` 0: not kept yet."""

    from_at: Micros
    until_at: Micros
    exchange: bool = False
    id: int = 0


class Announcement(msgspec.Struct, frozen=True):
    """What the operator tells everybody."""

    kind: Literal["info", "warning", "error"]
    message: str
    delivered_at: Micros
    status: Literal["active", "inactive"] = "active"
    id: int = 0


def add_session(connection: Connection, session: Session) -> None:
    _add(connection, trading_sessions, session)


def replace_sessions(connection: Connection, sessions: list[Session]) -> None:
    """Other trading hours than before, all of them."""
    connection.execute(delete(trading_sessions))
    for session in sessions:
        add_session(connection, session)


def add_window(connection: Connection, window: Window) -> int:
    """Write a window; its number."""
    return _add(connection, maintenance_windows, window)


def find_window(connection: Connection, id: int) -> Window | None:
    query = select(maintenance_windows).where(maintenance_windows.c.id == id)
    found = kept.read(connection, query, maintenance_windows)
    return next((Window(**row) for row in found), None)


def remove_window(connection: Connection, id: int) -> None:
    connection.execute(delete(maintenance_windows).where(maintenance_windows.c.id == id))


def announce(connection: Connection, announcement: Announcement) -> int:
    """Write an announcement; its number."""
    return _add(connection, announcements, announcement)


def set_announcement(connection: Connection, id: int, status: str) -> bool:
    """Show an announcement as active or not; False when there is none."""
    return kept.change(connection, announcements, announcements.c.id == id, status=status) > 0


def remove_announcement(connection: Connection, id: int) -> bool:
    """Erase an announcement; False when there is none."""
    return connection.execute(delete(announcements).where(announcements.c.id == id)).rowcount > 0


def _add(connection: Connection, table: Table, said: msgspec.Struct) -> int:
    """Write a row under the next number, which it returns."""
    last = connection.execute(select(func.max(table.c.id))).scalar_one()
    number: int = (last or 0) + 1
    kept.insert(connection, table, msgspec.structs.asdict(said) | {"id": number})
    return number


def schedule(
    connection: Connection, limit: int, since: Micros = 0
) -> tuple[list[Session], list[Window]]:
    """Trading hours and maintenance that ends after `since`, at most `limit` of each, soonest
    first.

    No hours at all means that the exchange never closes.
    """
    t, w = trading_sessions, maintenance_windows
    hours = (
        select(t)
        .where(t.c.until_at >= since)
        .order_by(t.c.from_at, t.c.weekday, t.c.opens)
        .limit(limit)
    )
    windows = select(w).where(w.c.until_at >= since).order_by(w.c.from_at, w.c.id).limit(limit)
    return (
        [_said(Session, row) for row in kept.read(connection, hours, t)],
        [Window(**row) for row in kept.read(connection, windows, w)],
    )


def newest_announcements(connection: Connection, limit: int) -> list[Announcement]:
    """The newest announcements first."""
    a = announcements
    query = select(a).order_by(a.c.delivered_at.desc(), a.c.id.desc()).limit(limit)
    return [Announcement(**row) for row in kept.read(connection, query, a)]


def _said(shape: type[T], row: kept.Row) -> T:
    del row["id"]
    return shape(**row)
