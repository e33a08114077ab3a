"""Posts: what members say about an event. Who liked one is in `likes.py`, the answers in
`comments.py`.

It keeps the text as typed and the counts that lists are sorted by. It never decides who may write
or read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    Text,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import SECOND, Micros

VISIBLE: Final = "VISIBLE"
HIDDEN: Final = "HIDDEN"
REMOVED: Final = "REMOVED"
DELETED: Final = "DELETED"
"""Taken back by its author; to everybody it is as good as removed."""

HALF: Final[Micros] = 12 * 3_600 * SECOND
"""Twice as many likes make up for so much age."""
_PART: Final = 1_024

posts = kept.kept_table(
    "posts",
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("author", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("pinned", Integer, nullable=False),
    Column("likes", Integer, nullable=False),
    Column("comments", Integer, nullable=False),
    Column("heat", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("edited_at", BigInteger, nullable=False),
)
Index("posts_by_event", posts.c.event, posts.c.pinned, posts.c.id)
Index("posts_by_heat", posts.c.event, posts.c.pinned, posts.c.heat, posts.c.id)
Index("posts_by_author", posts.c.author, posts.c.id)

_p = posts.c

_COUNTS: Final = (
    select(_p.event, func.sum(1 + _p.comments))
    .where(_p.event.in_(bindparam("events", expanding=True)), _p.status == VISIBLE)
    .group_by(_p.event)
)


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """`event` is the id of the event's row. `comments` counts the visible ones; `pinned` is 0 or 1
    and `edited_at` 0: never."""

    id: str
    event: str
    author: MemberId
    body: str
    status: str = VISIBLE
    locked: bool = False
    pinned: int = 0
    likes: int = 0
    comments: int = 0
    heat: int = 0
    created_at: Micros
    edited_at: Micros = 0


def heat(likes: int, created_at: Micros) -> int:
    """What the list of the best is sorted by: the moment it was written, moved on by `HALF` each
    time the likes (and one) double. It does not change as time goes by, so pages stay put."""
    more = likes + 1
    doubled = more.bit_length() - 1
    part = (more * _PART >> doubled) - _PART
    return created_at + HALF * (doubled * _PART + part) // _PART


def add(connection: Connection, post: Post) -> None:
    """Write a new one."""
    kept.insert(connection, posts, msgspec.structs.asdict(_heated(post)))


def change(connection: Connection, post: Post, **changes: Any) -> Post:
    """Write some of it anew."""
    changed = _heated(msgspec.structs.replace(post, **changes))
    kept.replace(connection, posts, msgspec.structs.asdict(changed))
    return changed


def find(connection: Connection, id: str) -> Post | None:
    """By id."""
    return next(iter(_read(connection, _p.id == id)), None)


def page(
    connection: Connection,
    event: str,
    limit: int,
    after: Sequence[int | str] | None,
    *,
    top: bool,
    reader: MemberId = 0,
    without: Collection[MemberId] = (),
) -> list[Post]:
    """What a member may read about an event, pinned ones first; `after` is `keyset` of the last."""
    asked: kept.Row = {"of": event, "reader": reader, "without": list(without), "most": limit}
    asked |= {f"after_{number}": value for number, value in enumerate(after or ())}
    query = _page(top, bool(without), after is not None)
    return [Post(**row) for row in kept.read(connection, query, posts, asked)]


@cache
def _page(top: bool, without: bool, after: bool) -> Select[Any]:
    mine = (_p.author == bindparam("reader")) & (_p.status == HIDDEN)
    where = [_p.event == bindparam("of"), or_(_p.status == VISIBLE, mine)]
    if without:
        where.append(_p.author.not_in(bindparam("without", expanding=True)))
    key: tuple[Column[Any], ...] = (_p.pinned, _p.heat, _p.id) if top else (_p.pinned, _p.id)
    if after:
        places: list[BindParameter[Any]] = [
            bindparam(f"after_{number}") for number in range(len(key))
        ]
        where.append(tuple_(*key) < tuple_(*places))
    query = select(posts).where(*where).order_by(*(column.desc() for column in key))
    return query.limit(bindparam("most"))


def keyset(post: Post, *, top: bool) -> tuple[int | str, ...]:
    """What it is sorted by."""
    return (post.pinned, post.heat, post.id) if top else (post.pinned, post.id)


def of_author(connection: Connection, author: MemberId, limit: int) -> list[Post]:
    """The newest visible ones of a member."""
    where = (_p.author == author) & (_p.status == VISIBLE)
    query = select(posts).where(where).order_by(_p.id.desc()).limit(limit)
    return [Post(**row) for row in kept.read(connection, query, posts)]


def same_text(connection: Connection, author: MemberId, body: str, since: Micros) -> int:
    """How often a member has posted this very text since a moment."""
    query = select(func.count()).where(_p.author == author, _p.body == body, _p.created_at >= since)
    return int(connection.execute(query).scalar_one())


def last_with(connection: Connection, author: MemberId, event: str, body: str) -> Post | None:
    """The newest post of a member about an event with this text."""
    where = (_p.author == author) & (_p.event == event) & (_p.body == body)
    query = select(posts).where(where).order_by(_p.id.desc()).limit(1)
    return next((Post(**row) for row in kept.read(connection, query, posts)), None)


def counts(connection: Connection, events: Sequence[str]) -> dict[str, int]:
    """How many visible posts and comments each of these events has, where it has any."""
    return {row[0]: int(row[1]) for row in connection.execute(_COUNTS, {"events": events})}


def every(
    connection: Connection,
    limit: int,
    before: str = "",
    *,
    event: str | None = None,
    status: str | None = None,
    author: MemberId | None = None,
) -> list[Post]:
    """All there are, for moderators: newest first, older than the id `before`."""
    where: list[ColumnElement[bool]] = [_p.id < before] if before else []
    for column, wanted in ((_p.event, event), (_p.status, status), (_p.author, author)):
        if wanted is not None:
            where.append(column == wanted)
    query = select(posts).where(*where).order_by(_p.id.desc()).limit(limit)
    return [Post(**row) for row in kept.read(connection, query, posts)]


def _heated(post: Post) -> Post:
    return msgspec.structs.replace(post, heat=heat(post.likes, post.created_at))


def _read(connection: Connection, where: ColumnElement[bool]) -> list[Post]:
    return [Post(**row) for row in kept.read(connection, select(posts).where(where), posts)]
