"""Who plays in a tournament, with what is left of the bankroll, and where they came in.

Amounts are micro-dollars of paper, but for `prize`, which is cents of real money. Ranks and the
equity at the end are written when the tournament is over.
"""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy
from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, Text, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros, Money

entries = kept.kept_table(
    "tournament_entries",
    Column("tournament", Text, primary_key=True),
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("cash", BigInteger, nullable=False),
    Column("realized", BigInteger, nullable=False),
    Column("fees", BigInteger, nullable=False),
    Column("trades", Integer, nullable=False),
    Column("joined_at", BigInteger, nullable=False),
    Column("equity", BigInteger, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("prize", BigInteger, nullable=False),
    Column("refunded", Boolean, nullable=False),
)
Index("tournament_entries_by_number", entries.c.tournament, entries.c.number)
Index("tournament_entries_by_rank", entries.c.tournament, entries.c.rank)
Index("tournament_entries_by_member", entries.c.member)

_e = entries.c


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`number` counts the players in the order in which they joined; `realized` is before `fees`.
    `rank` 0: it is not over yet."""

    tournament: str
    member: MemberId
    number: int
    cash: Money
    realized: Money = 0
    fees: Money = 0
    trades: int = 0
    joined_at: Micros
    equity: Money = 0
    rank: int = 0
    prize: int = 0
    refunded: bool = False


def add(connection: Connection, one: Entry) -> None:
    """Somebody joins."""
    kept.insert(connection, entries, msgspec.structs.asdict(one))


def change(connection: Connection, one: Entry, **values: Any) -> Entry:
    """Write one with other values over what it was."""
    changed = msgspec.structs.replace(one, **values)
    kept.replace(connection, entries, msgspec.structs.asdict(changed))
    return changed


def find(connection: Connection, tournament: str, member: MemberId) -> Entry | None:
    """A player's."""
    query = select(entries).where(_e.tournament == tournament, _e.member == member)
    return next(iter(_read(connection, query)), None)


def page(connection: Connection, tournament: str, after: int, limit: int) -> list[Entry]:
    """Players in the order in which they joined, behind the number `after`."""
    query = select(entries).where(_e.tournament == tournament, _e.number > after)
    return _read(connection, query.order_by(_e.number).limit(limit))


def ranked(connection: Connection, tournament: str, after: int, limit: int) -> list[Entry]:
    """Players of one that is over, the first first, behind the rank `after`."""
    query = select(entries).where(_e.tournament == tournament, _e.rank > after)
    return _read(connection, query.order_by(_e.rank).limit(limit))


def to_refund(connection: Connection, tournament: str, limit: int) -> list[Entry]:
    """Players who have not got their fee back."""
    query = select(entries).where(_e.tournament == tournament, _e.refunded.is_(False))
    return _read(connection, query.order_by(_e.number).limit(limit))


def joined(connection: Connection, member: MemberId) -> set[str]:
    """The tournaments that somebody plays or has played in."""
    return set(connection.scalars(select(_e.tournament).where(_e.member == member)))


def _read(connection: Connection, query: sqlalchemy.Select[Any]) -> list[Entry]:
    return [Entry(**row) for row in kept.read(connection, query, entries)]
