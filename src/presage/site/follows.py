"""Who follows whom. It changes what members are shown and told, nothing else."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Index, delete, func, or_, select, tuple_

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

MOST: Final = 10_000
"""Members that one may follow."""
_AT_ONCE: Final = 500

follows = kept.kept_table(
    "follows",
    Column("follower", BigInteger, primary_key=True, autoincrement=False),
    Column("followed", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)
Index("follows_by_followed", follows.c.followed)
Index("follows_by_at", follows.c.at)

_f = follows.c


def add(connection: Connection, follower: MemberId, followed: MemberId, at: Micros) -> bool:
    """Follow; False: that was so already."""
    if has(connection, follower, followed):
        return False
    kept.insert(connection, follows, {"follower": follower, "followed": followed, "at": at})
    return True


def remove(connection: Connection, follower: MemberId, followed: MemberId) -> bool:
    """Follow no more; False: that was so already."""
    this = (_f.follower == follower) & (_f.followed == followed)
    return connection.execute(delete(follows).where(this)).rowcount > 0


def has(connection: Connection, follower: MemberId, followed: MemberId) -> bool:
    """Does one follow the other?"""
    query = select(_f.at).where(_f.follower == follower, _f.followed == followed)
    return connection.execute(query).first() is not None


def followers(connection: Connection, member: MemberId) -> int:
    """How many follow a member."""
    query = select(func.count()).where(_f.followed == member)
    return int(connection.execute(query).scalar_one())


def following(connection: Connection, member: MemberId) -> int:
    """How many a member follows."""
    query = select(func.count()).where(_f.follower == member)
    return int(connection.execute(query).scalar_one())


def gained(connection: Connection, since: Micros) -> dict[MemberId, int]:
    """How many followers each member has got since a moment and still has."""
    query = select(_f.followed, func.count()).where(_f.at >= since).group_by(_f.followed)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def forget(connection: Connection, member: MemberId) -> bool:
    """A member has left: follows nobody, and nobody follows. Only so many at once; False: there
    are more."""
    both = or_(_f.follower == member, _f.followed == member)
    some = select(_f.follower, _f.followed).where(both).limit(_AT_ONCE)
    gone = delete(follows).where(tuple_(_f.follower, _f.followed).in_(some))
    return connection.execute(gone).rowcount < _AT_ONCE
