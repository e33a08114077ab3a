"""What can be reported and moderated: a post, a comment or a member, by type and id.

It changes whether something can be seen, and tells whoever counts; who may do that is decided
elsewhere.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from presage.api.site import comments as said
from presage.api.site import ids
from presage.api.site import posts as posted
from presage.api.site.services import Site
from presage.domain.ids import MemberId
from presage.site import comments, follows, posts
from presage.site.comments import Comment
from presage.site.posts import DELETED, HIDDEN, REMOVED, VISIBLE, Post
from presage.units import Micros

POST: Final = "POST"
COMMENT: Final = "COMMENT"
USER: Final = "USER"
PREFIXES: Final = {POST: "pst", COMMENT: "cmt", USER: "usr"}


class Target(NamedTuple):
    """`author` is who wrote it, or the member it is. `reach` says how many it concerns: the
    likes and comments of a post, what hangs on a comment, the followers of a member."""

    kind: str
    id: str
    author: MemberId
    status: str
    body: str
    reach: int
    row: Post | Comment | None = None

    @property
    def shown_id(self) -> str:
        return ids.shown(PREFIXES[self.kind], self.id)


def find(connection: Any, site: Site, kind: str, id: str) -> Target | None:
    """What has this type and id."""
    if kind == POST:
        post = posts.find(connection, id)
        if post is None:
            return None
        reach = 1 + post.likes + post.comments
        return Target(kind, id, post.author, post.status, post.body, reach, post)
    if kind == COMMENT:
        row = comments.find(connection, id)
        if row is None:
            return None
        return Target(kind, id, row.author, row.status, row.body, 1 + row.below, row)
    person = site.people.by_id(id)
    if person is None:
        return None
    reach = 1 + follows.followers(connection, person.number)
    return Target(kind, id, person.number, VISIBLE, "", reach)


def is_there(target: Target) -> bool:
    """Was it neither removed nor taken back?"""
    return target.status in (VISIBLE, HIDDEN)


def hide(connection: Any, target: Target) -> None:
    """Nobody but its author sees it until somebody has decided."""
    _set(connection, target, HIDDEN)


def restore(connection: Any, target: Target) -> None:
    """Everybody sees it again; what its author took back stays away."""
    if target.status != DELETED:
        _set(connection, target, VISIBLE)


def remove(connection: Any, target: Target, at: Micros) -> None:
    """It is gone for everybody."""
    if not is_there(target):
        return
    _set(connection, target, REMOVED)
    match target.row:
        case Post() as post:
            posted.removed(connection, at, post)
        case Comment() as comment:
            said.removed(connection, at, comment)
        case None:
            pass


def _set(connection: Any, target: Target, status: str) -> None:
    match target.row:
        case Post() as post:
            posts.change(connection, post, status=status)
        case Comment() as comment:
            comments.change(connection, comment, status=status)
        case None:
            pass
