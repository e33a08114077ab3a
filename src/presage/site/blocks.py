"""Who does not want to have to do with whom. It works both ways, whoever asked for it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Index, bindparam, delete, func, or_, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

MOST: Final = 1_000
"""Members that one may block."""

blocks = kept.kept_table(
    "blocks",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("blocked", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)
Index("blocks_by_blocked", blocks.c.blocked)

_b = blocks.c

_AROUND: Final = select(blocks).where(
    or_(_b.member == bindparam("of"), _b.blocked == bindparam("of"))
)


def add(connection: Connection, member: MemberId, blocked: MemberId, at: Micros) -> bool:
    """Block somebody; False: that was so already."""
    if _has(connection, member, blocked):
        return False
    kept.insert(connection, blocks, {"member": member, "blocked": blocked, "at": at})
    return True


def remove(connection: Connection, member: MemberId, blocked: MemberId) -> bool:
    """Take one's own block back; False: there was none."""
    mine = (_b.member == member) & (_b.blocked == blocked)
    return connection.execute(delete(blocks).where(mine)).rowcount > 0


def between(connection: Connection, one: MemberId, other: MemberId) -> bool:
    """Has either blocked the other?"""
    return _has(connection, one, other) or _has(connection, other, one)


def around(connection: Connection, member: MemberId) -> set[MemberId]:
    """Everybody whom a member has blocked, or who has blocked the member."""
    if not member:
        return set()
    rows = kept.read(connection, _AROUND, blocks, {"of": member})
    return {row["blocked"] if row["member"] == member else row["member"] for row in rows}


def count(connection: Connection, member: MemberId) -> int:
    """How many a member has blocked."""
    query = select(func.count()).where(_b.member == member)
    return int(connection.execute(query).scalar_one())


def _has(connection: Connection, member: MemberId, blocked: MemberId) -> bool:
    query = select(_b.at).where(_b.member == member, _b.blocked == blocked)
    return connection.execute(query).first() is not None
