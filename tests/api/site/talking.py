"""What tests of talk, reports and moderation do again and again."""

from __future__ import annotations

from typing import Any

import msgspec

from presage.identity import members, people
from presage.site import outbox
from presage.units import SECOND
from tests.api.site.world import Member, World

DAY = 86_400 * SECOND


def quiet(world: World) -> None:
    """No caps on what is said."""
    for name in ("POSTS_PER_TEN_MINUTES", "COMMENTS_PER_TEN_MINUTES", "REPORTS_PER_DAY"):
        world.set(name, 0)


def say(world: World, who: Member, event: str, body: str) -> str:
    """A post; its id."""
    world.now += SECOND
    answer = who.call("POST", "/api/posts", {"eventSlug": event, "body": body})
    assert answer.status == 201, answer.body
    return str(answer.json["post"]["id"])


def comment(world: World, who: Member, post: str, body: str, parent: str | None = None) -> str:
    """A comment; its id."""
    world.now += SECOND
    wanted = {"body": body} | ({"parentId": parent} if parent else {})
    answer = who.call("POST", f"/api/posts/{post}/comments", wanted)
    assert answer.status == 201, answer.body
    return str(answer.json["comment"]["id"])


def with_role(world: World, role: str) -> Member:
    """Somebody new who helps to run the site."""
    who = world.join()
    number = number_of(world, who)
    services = world.running.services

    def rows(connection: Any) -> None:
        profile = people.find(connection, number)
        row = members.find(connection, number)
        assert profile is not None
        assert row is not None
        changed = people.change(connection, msgspec.structs.replace(profile, role=role))
        services.site.people.put(people.person(row, changed))

    world.do(services.gateway.submit(None, rows))
    return who


def number_of(world: World, who: Member) -> int:
    """The engine's number of a member."""
    person = world.running.services.site.people.by_username(who.username)
    assert person is not None
    return person.number


def happened(world: World, topic: str) -> list[outbox.Happening]:
    """What the outbox says about a topic, oldest first."""
    reader = world.running.services.reader
    rows = world.do(reader.run(lambda connection: outbox.following(connection, 0, 10_000)))
    return [row for row in rows if row.topic == topic]


def told(world: World, who: Member, type: str) -> list[dict[str, Any]]:
    """What a member is to be notified of."""
    number = number_of(world, who)
    rows = [row.data for row in happened(world, "notify") if row.member == number]
    return [row for row in rows if row["type"] == type]
