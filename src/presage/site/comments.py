"""Comments on posts, in threads at most three deep.

A comment's path is the ids from its thread's first comment down to itself, so that sorting by path
is reading a thread from top to bottom. `below` counts the visible comments under one: what was
removed stays as a stub while something hangs on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Text,
    and_,
    func,
    or_,
    select,
)

from presage.domain.ids import MemberId
from presage.site import posts
from presage.site.posts import VISIBLE
from presage.storage import kept
from presage.units import Micros

DEEPEST: Final = 3
_SLASH: Final = "/"

Order = Literal["old", "new", "top"]

comments = kept.kept_table(
    "comments",
    Column("id", Text, primary_key=True),
    Column("post", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("author", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("below", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("edited_at", BigInteger, nullable=False),
)
Index("comments_by_post", comments.c.post, comments.c.path)
Index("comments_by_root", comments.c.post, comments.c.root, comments.c.path)
Index("comments_by_author", comments.c.author, comments.c.id)

_c = comments.c


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """`parent` is empty at the top of a thread, where `depth` is 1."""

    id: str
    post: str
    parent: str = ""
    root: str
    path: str
    depth: int = 1
    author: MemberId
    body: str
    status: str = VISIBLE
    below: int = 0
    created_at: Micros
    edited_at: Micros = 0

    @property
    def is_shown(self) -> bool:
        return self.status == VISIBLE


class Page(NamedTuple):
    """Comments in their order; `threads` says how much is visible below each thread's top."""

    rows: list[Comment]
    threads: dict[str, int]

    def keyset(self, comment: Comment) -> tuple[int | str, ...]:
        """What a comment is sorted by, in every order."""
        return self.threads[comment.root], comment.root, comment.path


def new(
    id: str, post: str, parent: Comment | None, author: MemberId, body: str, at: Micros
) -> Comment:
    """A comment on a post or an answer to another; answers to the deepest stand beside it."""
    if parent is None:
        return Comment(id=id, post=post, root=id, path=id, author=author, body=body, created_at=at)
    path = parent.path.split(_SLASH)[: DEEPEST - 1]
    return Comment(
        id=id,
        post=post,
        parent=path[-1],
        root=parent.root,
        path=_SLASH.join([*path, id]),
        depth=len(path) + 1,
        author=author,
        body=body,
        created_at=at,
    )


def add(connection: Connection, comment: Comment) -> None:
    """Write a new one; whoever is above it counts it."""
    kept.insert(connection, comments, msgspec.structs.asdict(comment))
    if comment.is_shown:
        _count(connection, comment, 1)


def change(connection: Connection, comment: Comment, **changes: Any) -> Comment:
    """Write some of it anew; what comes into sight or goes is counted."""
    changed = msgspec.structs.replace(comment, **changes)
    kept.replace(connection, comments, msgspec.structs.asdict(changed))
    if changed.is_shown != comment.is_shown:
        _count(connection, comment, 1 if changed.is_shown else -1)
    return changed


def find(connection: Connection, id: str) -> Comment | None:
    """By id."""
    query = select(comments).where(_c.id == id)
    return next((Comment(**row) for row in kept.read(connection, query, comments)), None)


def same_text(connection: Connection, author: MemberId, body: str, since: Micros) -> int:
    """How often a member has commented with this very text since a moment."""
    query = select(func.count()).where(_c.author == author, _c.body == body, _c.created_at >= since)
    return int(connection.execute(query).scalar_one())


def last_with(connection: Connection, author: MemberId, post: str, body: str) -> Comment | None:
    """The newest comment of a member on a post with this text."""
    where = (_c.author == author) & (_c.post == post) & (_c.body == body)
    query = select(comments).where(where).order_by(_c.id.desc()).limit(1)
    return next((Comment(**row) for row in kept.read(connection, query, comments)), None)


def page(
    connection: Connection,
    post: str,
    order: Order,
    limit: int,
    after: Sequence[Any] | None,
) -> Page:
    """What is to be shown of a post's threads: each from its top down. `after` is the keyset of the
    last one read."""
    tops = comments.alias("tops")
    below = select(tops.c.below).where(tops.c.id == _c.root).scalar_subquery()
    where = [_c.post == post, or_(_c.status == VISIBLE, _c.below > 0)]
    if after is not None:
        where.append(_behind(order, below, *after))
    sort: dict[Order, tuple[ColumnElement[Any], ...]] = {
        "old": (_c.path,),
        "new": (_c.root.desc(), _c.path),
        "top": (below.desc(), _c.path),
    }
    query = select(comments).where(*where).order_by(*sort[order]).limit(limit)
    rows = [Comment(**row) for row in kept.read(connection, query, comments)]
    roots = select(comments).where(_c.id.in_({row.root for row in rows}))
    return Page(rows, {row["id"]: row["below"] for row in kept.read(connection, roots, comments)})


def _behind(
    order: Order, below: ColumnElement[Any], count: int, root: str, path: str
) -> ColumnElement[bool]:
    match order:
        case "old":
            return _c.path > path
        case "new":
            return or_(_c.root < root, and_(_c.root == root, _c.path > path))
        case "top":
            return or_(below < count, and_(below == count, _c.path > path))


def _count(connection: Connection, comment: Comment, more: int) -> None:
    """One more or fewer, for the comments above and for the post."""
    above = comment.path.split(_SLASH)[:-1]
    for id in above:
        row = find(connection, id)
        assert row is not None, "no comment goes away"
        kept.change(connection, comments, _c.id == id, below=row.below + more)
    post = posts.find(connection, comment.post)
    assert post is not None, "no post goes away"
    posts.change(connection, post, comments=post.comments + more)
