"""Following members, and blocking them. A block works both ways and ends what was followed."""

from __future__ import annotations

from typing import Any

from presage.api.registry import Call
from presage.api.site import ids
from presage.api.site.authors import person_for
from presage.api.site.errors import invalid, refuse
from presage.api.site.services import AnyCall, site_of
from presage.api.site.writing import submit
from presage.domain.ids import MemberId
from presage.identity.people import Person
from presage.site import blocks, follows, notifications, outbox
from presage.wire.site import follows as wire


async def follow_user(call: Call[None, None]) -> wire.FollowReply:
    """Follow a member."""
    member, other = call.caller.member, _other(call)
    reply = wire.FollowReply(following=True, follower_count=0)

    def rows(connection: Any) -> None:
        if blocks.between(connection, member, other.number):
            raise refuse("blocked", "You and this member do not see each other.")
        new = not follows.has(connection, member, other.number)
        if new and follows.following(connection, member) >= follows.MOST:
            raise refuse("limit_reached", f"Nobody follows more than {follows.MOST} members.")
        follows.add(connection, member, other.number, call.at)
        reply.follower_count = follows.followers(connection, other.number)
        if new:
            _changed(connection, call, other.number, reply.follower_count, following=True)
            _tell(connection, call, other)

    await submit(call, None, rows)
    return reply


async def unfollow_user(call: Call[None, None]) -> wire.FollowReply:
    """Follow a member no more."""
    member, other = call.caller.member, _other(call)
    reply = wire.FollowReply(following=False, follower_count=0)

    def rows(connection: Any) -> None:
        was = follows.remove(connection, member, other.number)
        reply.follower_count = follows.followers(connection, other.number)
        if was:
            _changed(connection, call, other.number, reply.follower_count, following=False)

    await submit(call, None, rows)
    return reply


async def block_user(call: Call[None, None]) -> wire.BlockReply:
    """Have nothing more to do with a member."""
    member, other = call.caller.member, _other(call)

    def rows(connection: Any) -> None:
        if blocks.count(connection, member) >= blocks.MOST:
            raise refuse("limit_reached", f"Nobody blocks more than {blocks.MOST} members.")
        if not blocks.add(connection, member, other.number, call.at):
            return
        for follower, followed in ((member, other.number), (other.number, member)):
            follows.remove(connection, follower, followed)
        outbox.add(connection, call.at, "member.blocked", member, {"blocked": other.number})

    await submit(call, None, rows)
    return wire.BlockReply(blocked=True)


async def unblock_user(call: Call[None, None]) -> wire.BlockReply:
    """Take a block back."""
    member, other = call.caller.member, _other(call)
    await submit(call, None, lambda rows: _unblock(rows, member, other.number))
    return wire.BlockReply(blocked=False)


def _unblock(connection: Any, member: MemberId, other: MemberId) -> None:
    blocks.remove(connection, member, other)


def _other(call: AnyCall) -> Person:
    """The member in the path, who is not the caller. Raises: Refusal."""
    person = person_for(call, call.path["userId"])
    if person.number == call.caller.member:
        raise invalid("userId", "is you")
    return person


def _changed(
    connection: Any, call: AnyCall, followed: MemberId, followers: int, *, following: bool
) -> None:
    data = {"followed": followed, "followers": followers, "following": following}
    outbox.add(connection, call.at, "follow.changed", call.caller.member, data)


def _tell(connection: Any, call: AnyCall, other: Person) -> None:
    person = site_of(call).people.find(call.caller.member)
    assert person is not None, "the caller has a row"
    notifications.tell(
        connection,
        call.at,
        other.number,
        "NEW_FOLLOWER",
        "{who} follows you",
        url=f"/users/{person.username}",
        who=person.username,
        bundle="followers",
        userId=ids.shown("usr", person.id),
    )
