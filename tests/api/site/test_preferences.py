"""Preferences, and the rules of changing a username."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from presage.site.streaks import DAY
from tests.api.asking import request
from tests.api.site.world import World, code_of

_COUNT = itertools.count(1)

DEFAULTS = {
    "bio": "",
    "darkMode": False,
    "timeZone": "UTC",
    "locale": "en",
    "oddsFormat": "CENTS",
    "publicPositions": False,
    "showOnLeaderboard": True,
    "allowCopying": True,
    "allowChallenges": True,
    "confirmTrades": True,
}


def fresh_name() -> str:
    return f"somebody_{next(_COUNT)}"


def test_only_what_is_named_changes(world: World) -> None:
    ann = world.join(firstName="Ann")
    before = ann.get("/api/me/preferences")["preferences"]
    assert DEFAULTS.items() <= before.items()
    assert before["username"] == ann.username
    assert before["emailNotifications"]["SECURITY"]
    assert not before["emailNotifications"]["MENTION"]
    change = {
        "bio": "  I like rain.\nAnd snow. ",
        "darkMode": True,
        "timeZone": "Europe/Berlin",
        "oddsFormat": "percent",
        "defaultSlippageCents": 10,
        "emailNotifications": {"MENTION": True},
        "unknownKey": 1,
    }
    answer = ann.call("PATCH", "/api/me/preferences", change)
    assert answer.status == 200
    after = ann.get("/api/me/preferences")["preferences"]
    assert after == answer.json["preferences"]
    expected = before | {
        "bio": "I like rain.\nAnd snow.",
        "darkMode": True,
        "timeZone": "Europe/Berlin",
        "oddsFormat": "PERCENT",
        "defaultSlippageCents": 10,
        "emailNotifications": before["emailNotifications"] | {"MENTION": True},
    }
    assert after == expected
    ann.call("PATCH", "/api/me/preferences", {"allowCopying": False})
    assert ann.get("/api/me/preferences")["preferences"] == expected | {"allowCopying": False}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bio", "x" * 281),
        ("bio", "a\x07b"),
        ("darkMode", "yes"),
        ("darkMode", None),
        ("username", "ab"),
        ("username", "x" * 21),
        ("username", "Ann"),
        ("username", "admin"),
        ("username", "usr_1234"),
        ("displayName", "x" * 51),
        ("displayName", "a\nb"),
        ("timeZone", "Middle/Earth"),
        ("timeZone", "../../etc/passwd"),
        ("locale", "tlh"),
        ("oddsFormat", "ROMAN"),
        ("defaultSlippageCents", 11),
        ("defaultSlippageCents", -1),
        ("emailNotifications", {"GOSSIP": True}),
        ("emailNotifications", {"SECURITY": False}),
        ("emailNotifications", {"DEPOSIT_CONFIRMED": False}),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    world: World, field: str, value: Any
) -> None:
    ann = world.join()
    before = ann.get("/api/me/preferences")
    answer = ann.call("PATCH", "/api/me/preferences", {"darkMode": True, field: value})
    assert code_of(answer) == (400, "validation_failed")
    assert answer.json["details"][0]["field"].partition(".")[0] == field
    assert ann.get("/api/me/preferences") == before


def test_a_bio_of_280_characters_fits(world: World) -> None:
    ann = world.join()
    answer = ann.call("PATCH", "/api/me/preferences", {"bio": "ü" * 280})
    assert answer.json["preferences"]["bio"] == "ü" * 280


def test_a_username_changes_once_in_thirty_days(world: World) -> None:
    ann = world.join()
    ann.key()
    new, newer = fresh_name(), fresh_name()
    answer = ann.call("PATCH", "/api/me/preferences", {"username": new, "displayName": "Ann"})
    assert answer.json["preferences"]["username"] == new
    me = ann.get("/api/auth/me")["user"]
    assert (me["username"], me["displayName"]) == (new, "Ann")
    soon = ann.call("PATCH", "/api/me/preferences", {"username": newer})
    assert code_of(soon) == (409, "limit_reached")
    same = ann.call("PATCH", "/api/me/preferences", {"username": new})
    assert same.status == 200
    world.now += 30 * DAY
    assert ann.call("PATCH", "/api/me/preferences", {"username": newer}).status == 200


def test_a_name_that_was_given_up_is_kept_for_its_owner_for_ninety_days(world: World) -> None:
    ann, bob = world.join(), world.join()
    ann.key(), bob.key()
    old = ann.username
    assert code_of(bob.call("PATCH", "/api/me/preferences", {"username": old})) == (
        409,
        "username_taken",
    )
    assert ann.call("PATCH", "/api/me/preferences", {"username": fresh_name()}).status == 200
    world.now += 89 * DAY
    reserved = bob.call("PATCH", "/api/me/preferences", {"username": old})
    assert code_of(reserved) == (409, "username_taken")
    assert ann.call("PATCH", "/api/me/preferences", {"username": old}).status == 200
    assert ann.call("PATCH", "/api/me/preferences", {"username": fresh_name()}).status == 409
    world.now += 30 * DAY
    assert ann.call("PATCH", "/api/me/preferences", {"username": fresh_name()}).status == 200
    world.now += 90 * DAY
    assert bob.call("PATCH", "/api/me/preferences", {"username": old}).status == 200


def test_of_many_who_want_one_name_one_gets_it(world: World) -> None:
    everybody, name = [world.join() for _ in range(8)], fresh_name()
    body = f'{{"username": "{name}"}}'.encode()
    kind = (b"content-type", b"application/json")
    asked = [
        request(
            "PATCH",
            "/api/me/preferences",
            ((b"authorization", f"Bearer {one.key()}".encode()), kind),
            body,
        )
        for one in everybody
    ]
    answers = world.all_at_once(*asked)
    assert sorted(one.status for one in answers) == [200] + [409] * 7
