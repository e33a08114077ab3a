"""Comments on posts: read as threads, written and changed by their author.

What was removed is a stub as long as something hangs on it, and so is, for the two of them, what
somebody wrote who is blocked.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from presage.api.registry import Call
from presage.api.site import ids, mentions, pages, spam
from presage.api.site.authors import Levels, author, levels
from presage.api.site.errors import not_found, refuse
from presage.api.site.markdown import rendered
from presage.api.site.posts import EDITABLE, post_id, readable
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import clean, maybe_printed, printed
from presage.api.site.writing import submit
from presage.domain.ids import MemberId
from presage.identity.uuids import uuid7
from presage.site import blocks, comments, notifications, outbox, posts
from presage.site.comments import Comment, Page
from presage.site.posts import DELETED, HIDDEN, VISIBLE, Post
from presage.units import Micros
from presage.wire.site import posts as wire
from presage.wire.site.accounts import Deleted

LONGEST: Final = 1_000
_LEFT: Final = "COMMENT"


class _Read(NamedTuple):
    page: Page
    without: Collection[MemberId]
    levels: Levels


async def list_comments(call: Call[wire.ListComments, None]) -> wire.CommentsReply:
    """Read what was said about a post."""
    id, after = post_id(call), pages.after(call, int, str, str)
    if not site_of(call).settings.flag("posts"):
        return wire.CommentsReply(comments=[], next_cursor=None, enabled=False)

    def read(connection: Any) -> _Read:
        readable(connection, call, id)
        page = comments.page(connection, id, call.query.sort, pages.wanted(call), after)
        without = blocks.around(connection, call.caller.member)
        return _Read(page, without, levels(connection, (row.author for row in page.rows)))

    page, without, known = await services_of(call).reader.run(read)
    cut = pages.cut(call, page.rows, page.keyset)
    shown = [_shown(call, row, known, row.author in without) for row in cut.rows]
    return wire.CommentsReply(comments=shown, next_cursor=cut.next_cursor)


async def create_comment(call: Call[None, wire.CreateComment]) -> wire.CommentReply:
    """Comment on a post, or answer a comment."""
    body = clean(call.body.body, "body", low=1, high=LONGEST, lines=True)
    id, new, named = post_id(call), uuid7(call.at), mentions.mentioned(call, body)
    answered = _answered(call)

    def rows(connection: Any) -> None:
        post = _open(connection, call, id)
        parent = None
        if answered is not None:
            parent = comments.find(connection, answered)
            if parent is None or parent.post != id or not parent.is_shown:
                raise not_found()
        _check_blocks(connection, call, post, parent)
        comment = comments.new(new, id, parent, call.caller.member, body, call.at)
        doubt = spam.suspicion(connection, comment.author, body, call.at)
        comments.add(connection, comment)
        if doubt:
            comments.change(connection, comment, status=HIDDEN)
            spam.hold(connection, _LEFT, new, comment.author, doubt, call.at)
            return
        _tell(connection, call, post, parent, new)
        shown = {"postId": ids.shown("pst", id), "commentId": ids.shown("cmt", new)}
        mentions.tell(connection, call, named, f"/posts/{shown['postId']}", **shown)

    await submit(call, None, rows)

    def read(connection: Any) -> Comment | None:
        written = comments.find(connection, new)
        # After a crash the key was spent by the try before: it was written then.
        return written or comments.last_with(connection, call.caller.member, id, body)

    return wire.CommentReply(comment=await _read_back(call, read))


async def edit_comment(call: Call[None, wire.EditComment]) -> wire.CommentReply:
    """Change one's own comment, within 15 minutes."""
    body = clean(call.body.body, "body", low=1, high=LONGEST, lines=True)
    id = comment_id(call)

    def rows(connection: Any) -> None:
        comment = _mine(connection, call, id)
        if call.at > comment.created_at + EDITABLE:
            raise refuse("conflict", "This was written more than 15 minutes ago.")
        doubt = spam.suspicion(connection, comment.author, body, call.at)
        changed = comments.change(connection, comment, body=body, edited_at=call.at)
        if doubt and changed.is_shown:
            comments.change(connection, changed, status=HIDDEN)
            spam.hold_again(connection, _LEFT, id, comment.author, doubt, call.at)

    await submit(call, None, rows)
    return wire.CommentReply(comment=await _read_back(call, lambda c: comments.find(c, id)))


async def delete_comment(call: Call[None, None]) -> Deleted:
    """Take one's own comment back."""
    id = comment_id(call)

    def rows(connection: Any) -> None:
        comment = _mine(connection, call, id)
        comments.change(connection, comment, status=DELETED)
        removed(connection, call.at, comment)

    await submit(call, None, rows)
    return Deleted(deleted=True)


def removed(connection: Any, at: Micros, comment: Comment) -> None:
    """Say that a comment is gone, to whoever has counted it."""
    data = {"comment": ids.shown("cmt", comment.id)}
    outbox.add(connection, at, "comment.removed", comment.author, data)


def comment_id(call: AnyCall) -> str:
    """The id of the comment in the path. Raises: not_found."""
    id = ids.row_id("cmt", call.path["id"])
    if id is None:
        raise not_found()
    return id


def _answered(call: Call[None, wire.CreateComment]) -> str | None:
    if call.body.parent_id is None:
        return None
    id = ids.row_id("cmt", call.body.parent_id)
    if id is None:
        raise not_found()
    return id


def _open(connection: Any, call: AnyCall, id: str) -> Post:
    """A post that can be commented on. Raises: Refusal."""
    post = posts.find(connection, id)
    if post is None:
        raise not_found()
    if post.status != VISIBLE:
        raise refuse("conflict", "This post was removed.")
    if post.locked:
        raise refuse("conflict", "This post is locked.")
    return post


def _check_blocks(connection: Any, call: AnyCall, post: Post, parent: Comment | None) -> None:
    for other in {post.author, parent.author if parent is not None else post.author}:
        if blocks.between(connection, call.caller.member, other):
            raise refuse("blocked", "You and the author do not see each other.")


def _tell(connection: Any, call: AnyCall, post: Post, parent: Comment | None, new: str) -> None:
    """Whoever wrote the post, or the comment that this answers, is told."""
    member, shown = call.caller.member, ids.shown("cmt", new)
    data = {"comment": shown, "post": ids.shown("pst", post.id)}
    outbox.add(connection, call.at, "comment.created", member, data)
    person = site_of(call).people.find(member)
    assert person is not None, "the caller has a row"
    told = {post.author: "{who} commented on your post"}
    if parent is not None:
        told[parent.author] = "{who} answered your comment"
    for other, title in told.items():
        if other != member:
            notifications.tell(
                connection,
                call.at,
                other,
                "POST_COMMENTED",
                title,
                who=person.username,
                postId=data["post"],
                commentId=shown,
            )


def _mine(connection: Any, call: AnyCall, id: str) -> Comment:
    comment = comments.find(connection, id)
    if comment is None or comment.author != call.caller.member:
        raise not_found()
    if comment.status not in (VISIBLE, HIDDEN):
        raise not_found()
    return comment


async def _read_back(call: AnyCall, find: Any) -> wire.Comment:
    def read(connection: Any) -> tuple[Comment | None, Levels]:
        comment = find(connection)
        return comment, levels(connection, [comment.author] if comment else [])

    comment, known = await services_of(call).reader.run(read)
    if comment is None:
        raise not_found()
    return _shown(call, comment, known, hide=False)


def _shown(call: AnyCall, row: Comment, known: Levels, hide: bool) -> wire.Comment:
    own = row.status == HIDDEN and row.author == call.caller.member
    told = (row.is_shown or own) and not hide
    return wire.Comment(
        id=ids.shown("cmt", row.id),
        post_id=ids.shown("pst", row.post),
        parent_id=ids.shown("cmt", row.parent) if row.parent else None,
        depth=row.depth,
        author=author(site_of(call), row.author, known) if told else None,
        body=row.body if told else "",
        body_html=rendered(row.body) if told else "",
        status=_status(row, hide),
        created_at=printed(row.created_at),
        edited_at=maybe_printed(row.edited_at),
    )


def _status(row: Comment, hide: bool) -> wire.Visibility:
    if row.is_shown and not hide:
        return "VISIBLE"
    return "HIDDEN" if hide or row.status == HIDDEN else "REMOVED"
