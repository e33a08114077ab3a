"""Who likes which post: one row for each, so that nobody likes anything twice.

The post's own count is moved by `posts.change` in the same submission.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Index, Text, bindparam, delete, func, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

likes = kept.kept_table(
    "likes",
    Column("post", Text, primary_key=True),
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("liked", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
Index("likes_by_at", likes.c.at)
Index("likes_by_member", likes.c.member)

_l: Final = likes.c

_OF_MEMBER: Final = select(likes).where(
    _l.member == bindparam("of"), _l.post.in_(bindparam("posts", expanding=True))
)


def toggle(
    connection: Connection, post: str, member: MemberId, author: MemberId, at: Micros
) -> bool:
    """Like what one did not like, and the reverse; True: likes it now."""
    mine = (_l.post == post) & (_l.member == member)
    if connection.execute(delete(likes).where(mine)).rowcount:
        return False
    row = {"post": post, "member": member, "liked": author, "at": at}
    kept.insert(connection, likes, row)
    return True


def of_member(connection: Connection, member: MemberId, posts: Sequence[str]) -> set[str]:
    """Which of these posts a member likes."""
    if not member or not posts:
        return set()
    asked = {"of": member, "posts": posts}
    return {row["post"] for row in kept.read(connection, _OF_MEMBER, likes, asked)}


def received(connection: Connection, since: Micros) -> dict[MemberId, int]:
    """How many likes of others each author got since a moment."""
    where = (_l.at >= since) & (_l.liked != _l.member)
    query = select(_l.liked, func.count()).where(where).group_by(_l.liked)
    return {row[0]: int(row[1]) for row in connection.execute(query)}
