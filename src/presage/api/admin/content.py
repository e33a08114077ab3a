"""Posts and comments as moderators see and change them: all there are, hidden and removed too."""

from __future__ import annotations

from functools import partial
from typing import Any

from presage.api.admin.moderation import action_on, check_right, tell_author
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import content, ids, pages
from presage.api.site.content import COMMENT, POST, Target
from presage.api.site.errors import invalid, not_found
from presage.api.site.options import event_for
from presage.api.site.strings import printed
from presage.site import moderation, posts
from presage.site.moderation import HIDE, REMOVE, RESTORE
from presage.site.posts import HIDDEN, REMOVED, VISIBLE, Post
from presage.wire.admin import moderation as wire

_KINDS = {HIDDEN: HIDE, REMOVED: REMOVE, VISIBLE: RESTORE}


async def list_all_posts(call: Call[wire.ListAllPosts, None]) -> wire.AdminPosts:
    """List posts, newest first."""
    query, services = call.query, services_of(call)
    keyset, event, author = pages.after(call, str), None, None
    if query.event_slug is not None:
        event = (await event_for(call, query.event_slug)).row.id
    if query.username is not None:
        person = services.site.people.by_username(query.username)
        if person is None:
            raise not_found()
        author = person.number
    ask = partial(
        posts.every,
        limit=pages.wanted(call),
        before=str(keyset[0]) if keyset else "",
        event=event,
        status=query.status,
        author=author,
    )
    cut = pages.cut(call, await services.reader.run(ask), lambda post: (post.id,))
    shown = [_shown(call, post) for post in cut.rows]
    return wire.AdminPosts(posts=shown, next_cursor=cut.next_cursor)


async def edit_any_post(call: Call[None, wire.EditAnyPost]) -> wire.ContentDone:
    """Hide, remove or restore a post, lock its comments, pin it."""
    body = call.body
    if body.status is None and body.locked is None and body.pinned is None:
        raise invalid("status", "or locked or pinned is needed")
    id = _id(call, POST, "post_id")

    def then(connection: Any, audit: int) -> None:
        target = _find(connection, call, POST, id)
        post = target.row
        assert isinstance(post, Post), "it is a post"
        changes: dict[str, Any] = {}
        if body.locked is not None:
            changes["locked"] = body.locked
        if body.pinned is not None:
            changes["pinned"] = int(body.pinned)
        post = posts.change(connection, post, **changes)
        if body.status is not None:
            _set(connection, call, target._replace(row=post), body.status, audit)

    return await _done(call, POST, id, then)


async def edit_any_comment(call: Call[None, wire.EditAnyComment]) -> wire.ContentDone:
    """Hide, remove or restore a comment."""
    id = _id(call, COMMENT, "comment_id")

    def then(connection: Any, audit: int) -> None:
        target = _find(connection, call, COMMENT, id)
        _set(connection, call, target, call.body.status, audit)

    return await _done(call, COMMENT, id, then)


def _id(call: AnyCall, kind: str, name: str) -> str:
    id = ids.row_id(content.PREFIXES[kind], call.path[name])
    if id is None:
        raise not_found()
    return id


def _find(connection: Any, call: AnyCall, kind: str, id: str) -> Target:
    target = content.find(connection, services_of(call).site, kind, id)
    if target is None or target.status == posts.DELETED:
        raise not_found()
    return target


def _set(connection: Any, call: AnyCall, target: Target, status: str, audit: int) -> None:
    if status == target.status:
        return
    check_right(call, target.author)
    if status == HIDDEN:
        content.hide(connection, target)
    elif status == VISIBLE:
        content.restore(connection, target)
    else:
        content.remove(connection, target, call.at)
    action = action_on(call, target, _KINDS[status], audit)
    moderation.add(connection, action)
    tell_author(connection, call, action)


async def _done(call: AnyCall, kind: str, id: str, then: Any) -> wire.ContentDone:
    shown = ids.shown(content.PREFIXES[kind], id)
    written = await write(call, f"{kind.lower()}.edit", shown, then)
    site = services_of(call).site
    now = await services_of(call).reader.run(lambda c: content.find(c, site, kind, id))
    assert now is not None, "it was just changed"
    return wire.ContentDone(id=shown, status=now.status, audit_id=written.audit_id)


def _shown(call: AnyCall, post: Post) -> wire.AdminPost:
    site = services_of(call).site
    event, person = site.events.by_id(post.event), site.people.find(post.author)
    return wire.AdminPost(
        id=ids.shown("pst", post.id),
        event_slug=event.slug if event is not None else "",
        author=person.username if person is not None else "",
        body=post.body,
        status=post.status,
        locked=post.locked,
        pinned=post.pinned > 0,
        likes=post.likes,
        comments=post.comments,
        created_at=printed(post.created_at),
    )
