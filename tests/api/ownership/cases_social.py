"""Posts, comments, moderation, members: what is one's own to change, and what is everybody's."""

from __future__ import annotations

import itertools
from typing import Final

from tests.api.ownership.cases_market import event
from tests.api.ownership.matrix import Case, owned, public
from tests.api.ownership.parties import Party
from tests.api.site.talking import quiet, told
from tests.api.site.world import World


def post(world: World, party: Party) -> str:
    quiet(world)
    world.now += 1_000
    body = {"eventSlug": event(world, party), "body": f"Number {world.now}"}
    answer = party.site.call("POST", "/api/posts", body)
    assert answer.status == 201, answer.body
    return str(answer.json["post"]["id"])


def comment(world: World, party: Party) -> str:
    at = f"/api/posts/{post(world, party)}/comments"
    answer = party.site.call("POST", at, {"body": f"To number {world.now}"})
    assert answer.status == 201, answer.body
    return str(answer.json["comment"]["id"])


def action(world: World, party: Party) -> str:
    """A post of one's own was hidden."""
    world.admin("PATCH", f"/posts/{post(world, party)}", status="HIDDEN")
    return str(told(world, party.site, "MODERATION_ACTION")[-1]["data"]["actionId"])


def new_event(world: World, party: Party) -> str:
    """An event that nobody watches yet."""
    ticker = f"NEW-{next(_COUNT)}"
    world.list_market(ticker)
    return f"{ticker}-E"


def somebody(world: World, party: Party) -> str:
    return world.join().id


def a_name(world: World, party: Party) -> str:
    return world.join().username


def of_somebody(world: World, party: Party) -> str:
    """A post that none of the parties has written."""
    quiet(world)
    world.now += 1_000
    body = {"eventSlug": event(world, party), "body": f"Number {world.now}"}
    return str(world.join().call("POST", "/api/posts", body).json["post"]["id"])


_COUNT: Final = itertools.count(1)

CASES: Final[dict[str, Case]] = {
    "EditPost": owned(post, body={"body": "changed"}),
    "DeletePost": owned(post),
    "ToggleLike": public(of_somebody),
    "ListComments": public(of_somebody),
    "CreateComment": public(of_somebody, body=lambda ids: {"body": f"About {ids[0]}"}),
    "EditComment": owned(comment, body={"body": "changed"}),
    "DeleteComment": owned(comment),
    "ReportContent": public(
        of_somebody,
        where="body",
        name="targetId",
        body={"targetType": "POST", "reason": "a test"},
    ),
    "AppealAction": owned(action, body={"reason": "a test"}),
    "FollowUser": public(somebody),
    "UnfollowUser": public(somebody),
    "BlockUser": public(somebody),
    "UnblockUser": public(somebody),
    "GetUserProfile": public(a_name),
    "WatchEvent": public(new_event, where="body", name="eventId"),
    "UnwatchEvent": public(event, where="query", name="eventId"),
}
