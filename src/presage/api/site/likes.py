"""Liking a post, and not any more: each click turns it round, clicks at the same time are one."""

from __future__ import annotations

import asyncio
from typing import Any

from presage.api.registry import Call
from presage.api.site import ids
from presage.api.site.errors import refuse
from presage.api.site.posts import post_id, readable
from presage.api.site.services import site_of
from presage.api.site.writing import submit
from presage.site import blocks, likes, notifications, outbox, posts
from presage.wire.site.posts import LikeReply


async def toggle_like(call: Call[None, None]) -> LikeReply:
    """Like a post, or no longer."""
    clicks, member, id = site_of(call).clicks, call.caller.member, post_id(call)
    running = clicks.running(member, id)
    if running is not None:
        return await asyncio.shield(running)
    answer = clicks.begin(member, id)
    try:
        reply = await _toggle(call, id)
        answer.set_result(reply)
        return reply
    finally:
        clicks.end(member, id)


async def _toggle(call: Call[None, None], id: str) -> LikeReply:
    member = call.caller.member
    person = site_of(call).people.find(member)
    assert person is not None, "the caller has a row"
    reply = LikeReply(liked=False, like_count=0)

    def rows(connection: Any) -> None:
        post = readable(connection, call, id)
        if blocks.between(connection, member, post.author):
            raise refuse("blocked", "You and the author do not see each other.")
        reply.liked = likes.toggle(connection, id, member, post.author, call.at)
        reply.like_count = post.likes + (1 if reply.liked else -1)
        posts.change(connection, post, likes=reply.like_count)
        if not reply.liked:
            return
        shown = ids.shown("pst", id)
        data = {"post": shown, "author": post.author, "likes": reply.like_count}
        outbox.add(connection, call.at, "post.liked", member, data)
        if post.author != member:
            notifications.tell(
                connection,
                call.at,
                post.author,
                "POST_LIKED",
                "{who} liked your post",
                who=person.username,
                bundle=f"like:{id}",
                postId=shown,
            )

    await submit(call, None, rows)
    return reply
