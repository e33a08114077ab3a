"""Tournaments: what is played for, by which rules, when, and how far its end has come.

Money is in cents; what is in the pot is in the ledger (`pot:tournament:<id>`). Who plays is in
`entries.py`, what they trade on paper in `paper_trades.py`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Text,
    select,
    tuple_,
)

from presage.domain import accounts as ledger
from presage.domain.contests import Prize
from presage.storage import kept
from presage.units import Micros

OPEN: Final = "OPEN"
SETTLING: Final = "SETTLING"
FINISHED: Final = "FINISHED"
CANCELLED: Final = "CANCELLED"
CAUSE: Final = "tournament"
STARTED: Final = "STARTED"
ENDED: Final = "ENDED"

tournaments = kept.kept_table(
    "tournaments",
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("image_url", Text, nullable=False),
    Column("sponsor", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("start_at", BigInteger, nullable=False),
    Column("end_at", BigInteger, nullable=False),
    Column("join_closes_at", BigInteger, nullable=False),
    Column("grace_hours", Integer, nullable=False),
    Column("bankroll", BigInteger, nullable=False),
    Column("entry_fee", BigInteger, nullable=False),
    Column("fixed", BigInteger, nullable=False),
    Column("prizes", Text, nullable=False),
    Column("max_players", Integer, nullable=False),
    Column("players", Integer, nullable=False),
    Column("min_trades", Integer, nullable=False),
    Column("categories", Text, nullable=False),
    Column("slugs", Text, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("access_code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("over_at", BigInteger, nullable=False),
    Column("settle_now", Boolean, nullable=False),
    Column("has_started", Boolean, nullable=False),
    Column("telling", Text, nullable=False),
    Column("told", Integer, nullable=False),
)
Index("tournaments_by_slug", tournaments.c.slug, unique=True)
Index("tournaments_by_start", tournaments.c.start_at, tournaments.c.id)
Index("tournaments_by_status", tournaments.c.status)

_t = tournaments.c


class Tournament(msgspec.Struct, frozen=True, kw_only=True):
    """`access_code` is a digest. `max_players` 0: no limit. Empty `categories` and `slugs`: every
    event counts. `settle_now`: an operator does not wait for open results. `telling` says what the
    players are being told; it has come to the player `told`."""

    id: str
    slug: str
    title: str
    description: str = ""
    image_url: str = ""
    sponsor: str = ""
    status: str = OPEN
    start_at: Micros
    end_at: Micros
    join_closes_at: Micros
    grace_hours: int = 48
    bankroll: int
    entry_fee: int = 0
    fixed: int = 0
    prizes: tuple[Prize, ...] = ()
    max_players: int = 0
    players: int = 0
    min_trades: int = 5
    categories: tuple[str, ...] = ()
    slugs: tuple[str, ...] = ()
    private: bool = False
    access_code: str = ""
    version: int = 1
    created_at: Micros
    over_at: Micros = 0
    settle_now: bool = False
    has_started: bool = False
    telling: str = ""
    told: int = 0

    @property
    def pot(self) -> ledger.LedgerAccount:
        return f"pot:{CAUSE}:{self.id}"

    @property
    def from_fees(self) -> int:
        return self.players * self.entry_fee

    @property
    def pool(self) -> int:
        return self.fixed + self.from_fees

    def phase(self, now: Micros) -> str:
        """UPCOMING, ACTIVE, SETTLING, FINISHED or CANCELLED."""
        if self.status != OPEN:
            return self.status
        if now < self.start_at:
            return "UPCOMING"
        return "ACTIVE" if now < self.end_at else SETTLING


def add(connection: Connection, one: Tournament) -> None:
    """Write a new one."""
    kept.insert(connection, tournaments, _row(one))


def change(connection: Connection, one: Tournament, **values: Any) -> Tournament:
    """Write one with other values over what it was."""
    changed = msgspec.structs.replace(one, **values)
    kept.replace(connection, tournaments, _row(changed))
    return changed


def find(connection: Connection, id: str) -> Tournament | None:
    """By id."""
    return next(iter(_read(connection, select(tournaments).where(_t.id == id))), None)


def by_slug(connection: Connection, slug: str) -> Tournament | None:
    """By slug."""
    return next(iter(_read(connection, select(tournaments).where(_t.slug == slug))), None)


def get(connection: Connection, id: str) -> Tournament:
    """By id; it must be there."""
    found = find(connection, id)
    assert found is not None, "tournaments stay"
    return found


def page(
    connection: Connection,
    phase: str,
    now: Micros,
    after: tuple[Micros, str] | None,
    limit: int,
) -> list[Tournament]:
    """Those in a phase (active, upcoming, finished; empty: all), the last to start first."""
    phases: dict[str, ColumnElement[bool]] = {
        "active": (_t.status == OPEN) & (_t.start_at <= now) & (_t.end_at > now),
        "upcoming": (_t.status == OPEN) & (_t.start_at > now),
        "finished": _t.status == FINISHED,
    }
    query = select(tournaments)
    if phase:
        query = query.where(phases[phase])
    if after is not None:
        query = query.where(tuple_(_t.start_at, _t.id) < tuple_(*after))
    return _read(connection, query.order_by(_t.start_at.desc(), _t.id.desc()).limit(limit))


def to_start(connection: Connection, now: Micros) -> list[Tournament]:
    """Those that have started and nobody was told."""
    waiting = (_t.status == OPEN) & (_t.start_at <= now) & _t.has_started.is_(False)
    return _read(connection, select(tournaments).where(waiting))


def to_end(connection: Connection, now: Micros) -> list[Tournament]:
    """Those whose time is over and whose prizes have not been paid."""
    over = _t.status.in_((OPEN, SETTLING)) & (_t.end_at <= now)
    return _read(connection, select(tournaments).where(over))


def cancelled(connection: Connection) -> list[Tournament]:
    """Those that were cancelled and still owe money to somebody."""
    owing = (_t.status == CANCELLED) & (_t.over_at == 0)
    return _read(connection, select(tournaments).where(owing))


def being_told(connection: Connection) -> list[Tournament]:
    """Those whose players are being told something."""
    return _read(connection, select(tournaments).where(_t.telling != ""))


def _row(one: Tournament) -> kept.Row:
    row = msgspec.structs.asdict(one)
    for name in ("prizes", "categories", "slugs"):
        row[name] = msgspec.json.encode(row[name]).decode()
    return row


def _read(connection: Connection, query: sqlalchemy.Select[Any]) -> list[Tournament]:
    return [_tournament(row) for row in kept.read(connection, query, tournaments)]


def _tournament(row: kept.Row) -> Tournament:
    prizes = msgspec.json.decode(row["prizes"], type=tuple[Prize, ...])
    words = {name: tuple(msgspec.json.decode(row[name])) for name in ("categories", "slugs")}
    return Tournament(**(row | words | {"prizes": prizes}))
