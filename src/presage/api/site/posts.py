"""Posts about an event: read by everybody, written, changed and taken back by their author."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from presage.api.registry import Call
from presage.api.site import ids, mentions, pages, spam
from presage.api.site.authors import Levels, author, levels
from presage.api.site.errors import not_found, refuse
from presage.api.site.markdown import rendered
from presage.api.site.money import contracts
from presage.api.site.options import event_for, option_id
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import clean, maybe_printed, printed
from presage.api.site.writing import submit
from presage.domain.ids import MemberId, account_id
from presage.identity.uuids import uuid7
from presage.site import blocks, likes, outbox, posts, preferences
from presage.site.posts import DELETED, HIDDEN, VISIBLE, Post
from presage.units import SECOND, Micros
from presage.wire.site import posts as wire
from presage.wire.site.accounts import Deleted

LONGEST: Final = 2_000
EDITABLE: Final[Micros] = 900 * SECOND
_LEFT: Final = "POST"


class _Read(NamedTuple):
    rows: list[Post]
    liked: set[str]
    levels: Levels
    public: set[MemberId]
    """Authors whose positions everybody may see."""


async def list_posts(call: Call[wire.ListPosts, None]) -> wire.PostsReply:
    """List what members say about an event."""
    top = call.query.sort == "top"
    shape: tuple[type[int] | type[str], ...] = (int, int, str) if top else (int, str)
    after = pages.after(call, *shape)
    if not site_of(call).settings.flag("posts"):
        return wire.PostsReply(posts=[], next_cursor=None, enabled=False)
    event = await event_for(call, call.query.event_slug)
    reader = call.caller.member

    def read(connection: Any) -> _Read:
        without = blocks.around(connection, reader)
        found = posts.page(
            connection,
            event.row.id,
            pages.wanted(call),
            after,
            top=top,
            reader=reader,
            without=without,
        )
        return _with_likes(connection, found, reader)

    found = await services_of(call).reader.run(read, tables=False)
    cut = pages.cut(call, found.rows, lambda post: posts.keyset(post, top=top))
    shown = [_shown(call, post, found) for post in cut.rows]
    return wire.PostsReply(posts=shown, next_cursor=cut.next_cursor)


async def create_post(call: Call[None, wire.CreatePost]) -> wire.PostReply:
    """Say something about an event."""
    body = clean(call.body.body, "body", low=1, high=LONGEST, lines=True)
    event = await event_for(call, call.body.event_slug)
    member, named = call.caller.member, mentions.mentioned(call, body)
    post = Post(id=uuid7(call.at), event=event.row.id, author=member, body=body, created_at=call.at)

    def rows(connection: Any) -> None:
        doubt = spam.suspicion(connection, member, body, call.at)
        posts.add(connection, post)
        if doubt:
            posts.change(connection, post, status=HIDDEN)
            spam.hold(connection, _LEFT, post.id, member, doubt, call.at)
            return
        shown = ids.shown("pst", post.id)
        data = {"post": shown, "event": event.row.slug}
        outbox.add(connection, call.at, "post.created", member, data)
        mentions.tell(connection, call, named, f"/events/{event.row.slug}", postId=shown)

    await submit(call, None, rows)

    def read(connection: Any) -> Post | None:
        written = posts.find(connection, post.id)
        # After a crash the key was spent by the try before: it was written then.
        return written or posts.last_with(connection, member, post.event, body)

    return wire.PostReply(post=await _read_back(call, read))


async def edit_post(call: Call[None, wire.EditPost]) -> wire.PostReply:
    """Change one's own post, within 15 minutes."""
    body = clean(call.body.body, "body", low=1, high=LONGEST, lines=True)
    id = post_id(call)

    def rows(connection: Any) -> None:
        post = _mine(connection, call, id)
        if call.at > post.created_at + EDITABLE:
            raise refuse("conflict", "This was written more than 15 minutes ago.")
        doubt = spam.suspicion(connection, post.author, body, call.at)
        changed = posts.change(connection, post, body=body, edited_at=call.at)
        if doubt and changed.status == VISIBLE:
            posts.change(connection, changed, status=HIDDEN)
            spam.hold_again(connection, _LEFT, id, post.author, doubt, call.at)

    await submit(call, None, rows)
    return wire.PostReply(post=await _read_back(call, lambda c: posts.find(c, id)))


async def delete_post(call: Call[None, None]) -> Deleted:
    """Take one's own post back."""
    id = post_id(call)

    def rows(connection: Any) -> None:
        post = _mine(connection, call, id)
        posts.change(connection, post, status=DELETED)
        removed(connection, call.at, post)

    await submit(call, None, rows)
    return Deleted(deleted=True)


def removed(connection: Any, at: Micros, post: Post) -> None:
    """Say that a post is gone, to whoever has counted it."""
    outbox.add(connection, at, "post.removed", post.author, {"post": ids.shown("pst", post.id)})


def post_id(call: AnyCall) -> str:
    """The id of the post in the path. Raises: not_found."""
    id = ids.row_id("pst", call.path["id"])
    if id is None:
        raise not_found()
    return id


def readable(connection: Any, call: AnyCall, id: str) -> Post:
    """A post that the caller may see. Raises: not_found."""
    post = posts.find(connection, id)
    if post is None:
        raise not_found()
    own = post.status == HIDDEN and post.author == call.caller.member
    if post.status != VISIBLE and not own:
        raise not_found()
    return post


def _mine(connection: Any, call: AnyCall, id: str) -> Post:
    post = posts.find(connection, id)
    if post is None or post.author != call.caller.member:
        raise not_found()
    if post.status not in (VISIBLE, HIDDEN):
        raise not_found()
    return post


def _with_likes(connection: Any, rows: list[Post], reader: int) -> _Read:
    liked = likes.of_member(connection, reader, [post.id for post in rows])
    authors = {post.author for post in rows}
    public = preferences.open_handed(connection, authors)
    return _Read(rows, liked, levels(connection, authors), public)


async def _read_back(call: AnyCall, find: Any) -> wire.Post:
    def read(connection: Any) -> _Read:
        post = find(connection)
        return _with_likes(connection, [post] if post else [], call.caller.member)

    found = await services_of(call).reader.run(read, tables=False)
    if not found.rows:
        raise not_found()
    return _shown(call, found.rows[0], found)


async def shown_newest(call: AnyCall, member: int, limit: int) -> list[wire.Post]:
    """The newest visible posts of a member."""

    def read(connection: Any) -> _Read:
        rows = posts.of_author(connection, member, limit)
        return _with_likes(connection, rows, call.caller.member)

    found = await services_of(call).reader.run(read, tables=False)
    return [_shown(call, post, found) for post in found.rows]


def _shown(call: AnyCall, post: Post, read: _Read) -> wire.Post:
    site = site_of(call)
    event = site.events.by_id(post.event)
    return wire.Post(
        id=ids.shown("pst", post.id),
        event_slug=event.slug if event is not None else "",
        author=author(site, post.author, read.levels),
        body=post.body,
        body_html=rendered(post.body),
        like_count=post.likes,
        comment_count=post.comments,
        liked_by_me=post.id in read.liked,
        author_position=_position(call, post) if post.author in read.public else None,
        status="VISIBLE" if post.status == VISIBLE else "HIDDEN",
        locked=post.locked,
        pinned=post.pinned > 0,
        created_at=printed(post.created_at),
        edited_at=maybe_printed(post.edited_at),
    )


def _position(call: AnyCall, post: Post) -> wire.AuthorPosition | None:
    """What the author holds most of in the event."""
    services = services_of(call)
    row = services.site.events.by_id(post.event)
    card = None if row is None else services.markets.event(row.ticker)
    if card is None:
        return None
    account = services.accounts.find(account_id(post.author, 0, card.shard))
    held = account.positions if account is not None else {}
    counts = [(abs(held.get(one.id, 0)), one.id) for one in card.markets]
    count, market = max(counts, default=(0, 0))
    if not count:
        return None
    return wire.AuthorPosition(
        option_id=option_id(services.ids, market),
        side="YES" if held[market] > 0 else "NO",
        quantity=contracts(count),
    )
