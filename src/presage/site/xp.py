"""Experience: an append-only log, a total, and the level that a total comes to.

Each (member, source, ref) counts once. Level n begins at 50·n·(n−1); the root is taken in integers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import isqrt
from typing import Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Text,
    and_,
    bindparam,
    delete,
    func,
    select,
)

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

MAX_LEVEL: Final = 100

xp_log = kept.kept_table(
    "xp_log",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("source", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("xp", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
Index("xp_log_by_at", xp_log.c.member, xp_log.c.at)
xp_due = kept.kept_table(
    "xp_due",
    Column("source", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("xp", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
Index("xp_due_by_at", xp_due.c.at)

_SAME: Final = and_(
    xp_log.c.member == bindparam("of"),
    xp_log.c.source == bindparam("by"),
    xp_log.c.ref == bindparam("to"),
)
_COUNTED: Final = select(xp_log.c.xp).where(_SAME)
_TOTALS: Final = (
    select(xp_log.c.member, func.sum(xp_log.c.xp))
    .where(xp_log.c.member.in_(bindparam("members", expanding=True)))
    .group_by(xp_log.c.member)
)

DAILY: Final[Mapping[str, int]] = {
    "trade": 100,
    "first_in_event": 100,
    "post": 25,
    "comment": 20,
    "like": 20,
    "referral": 500,
    "challenge": 150,
}
"""The most that a source gives on one UTC day; others have no bound."""


class Gain(msgspec.Struct, frozen=True):
    """Experience that a member got (or, below zero, lost) from one thing."""

    member: MemberId
    source: str
    ref: str
    xp: int
    at: Micros


def add(connection: Connection, gain: Gain) -> bool:
    """Write it down; False: this was counted before."""
    asked = {"of": gain.member, "by": gain.source, "to": gain.ref}
    if connection.execute(_COUNTED, asked).first() is not None:
        return False
    kept.insert(connection, xp_log, msgspec.structs.asdict(gain))
    return True


def total(connection: Connection, member: MemberId) -> int:
    """A member's experience."""
    query = select(func.coalesce(func.sum(xp_log.c.xp), 0)).where(xp_log.c.member == member)
    return int(connection.execute(query).scalar_one())


def totals(connection: Connection, members: Collection[MemberId]) -> dict[MemberId, int]:
    """The experience of each of these members, where there is any."""
    found = connection.execute(_TOTALS, {"members": list(members)})
    return {member: int(total) for member, total in found}


def starts_at(level: int) -> int:
    """The experience at which a level begins."""
    return 50 * level * (level - 1)


def level_of(xp: int) -> int:
    """(1 + sqrt(1 + xp / 12.5)) / 2, rounded down, exactly: 1 + xp/12.5 = (25 + 2·xp) / 25."""
    root = isqrt(25 + 2 * max(0, xp))  # five times the root above, rounded down
    level = (5 + root) // 10
    return min(MAX_LEVEL, level)


def newest(connection: Connection, member: MemberId, limit: int) -> list[Gain]:
    """What a member got last, newest first."""
    query = select(xp_log).where(xp_log.c.member == member)
    query = query.order_by(xp_log.c.at.desc(), xp_log.c.source, xp_log.c.ref).limit(limit)
    return [Gain(**row) for row in kept.read(connection, query, xp_log)]


def find(connection: Connection, member: MemberId, source: str, ref: str) -> Gain | None:
    """What a member got for one thing."""
    asked = {"of": member, "by": source, "to": ref}
    found = kept.read(connection, select(xp_log).where(_SAME), xp_log, asked)
    return next((Gain(**row) for row in found), None)


def promise(connection: Connection, gain: Gain) -> None:
    """Count it at `gain.at`, unless it is taken back before."""
    take_back(connection, gain.source, gain.ref)
    kept.insert(connection, xp_due, msgspec.structs.asdict(gain))


def take_back(connection: Connection, source: str, ref: str) -> None:
    """What was promised is not to be counted."""
    connection.execute(delete(xp_due).where(xp_due.c.source == source, xp_due.c.ref == ref))


def promised(connection: Connection, until: Micros, limit: int) -> list[Gain]:
    """What is to be counted by now, oldest first."""
    query = select(xp_due).where(xp_due.c.at <= until).order_by(xp_due.c.at).limit(limit)
    return [Gain(**row) for row in kept.read(connection, query, xp_due)]
