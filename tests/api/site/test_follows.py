"""Following and blocking."""

from __future__ import annotations

import pytest

from presage.site import follows
from presage.units import SECOND
from tests.api.asking import JSON_TYPE, request
from tests.api.site.talking import DAY, comment, happened, quiet, say, told
from tests.api.site.world import PASSWORD, Member, World, code_of

EVENT = "FOLLOW-1-E"


@pytest.fixture(scope="module")
def pair(world: World) -> tuple[Member, Member]:
    quiet(world)
    world.list_market("FOLLOW-1")
    return world.join(), world.join()


def test_following_counts_once(world: World, pair: tuple[Member, Member]) -> None:
    ada, bob = pair
    for name in (bob.id, bob.username, bob.id):
        answer = ada.call("POST", f"/api/follow/{name}")
        assert (answer.status, answer.json) == (200, {"following": True, "followerCount": 1})
    assert len(told(world, bob, "NEW_FOLLOWER")) == 1
    for _ in range(2):
        answer = ada.call("DELETE", f"/api/follow/{bob.username}")
        assert (answer.status, answer.json) == (200, {"following": False, "followerCount": 0})
    changes = [row.data["followers"] for row in happened(world, "follow.changed")]
    assert changes == [1, 0]


def test_a_hundred_follows_at_once_are_one(world: World) -> None:
    ada, bob = world.join(), world.join()
    headers = ((b"authorization", f"Bearer {ada.key()}".encode()), JSON_TYPE)
    asked = [request("POST", f"/api/follow/{bob.id}", headers) for _ in range(100)]
    answers = world.all_at_once(*asked)
    assert {one.json["followerCount"] for one in answers} == {1}
    assert len(told(world, bob, "NEW_FOLLOWER")) == 1


def test_whom_nobody_can_follow(world: World, pair: tuple[Member, Member]) -> None:
    ada, _ = pair
    assert code_of(ada.call("POST", f"/api/follow/{ada.id}")) == (400, "validation_failed")
    for name in ("usr_" + "0" * 32, "nobody_at_all", "%27"):
        assert code_of(ada.call("POST", f"/api/follow/{name}")) == (404, "not_found")
    reader = world.bearer(ada.key("read"), "POST", f"/api/follow/{pair[1].id}")
    assert code_of(reader) == (403, "scope_missing")


def test_a_block_works_both_ways(world: World) -> None:
    ada, bob, eve = world.join(), world.join(), world.join()
    ada.call("POST", f"/api/follow/{bob.id}")
    bob.call("POST", f"/api/follow/{ada.id}")
    post = say(world, ada, EVENT, "of ada")
    theirs = comment(world, bob, post, "of bob")
    assert bob.call("POST", f"/api/blocks/{ada.username}").json == {"blocked": True}
    assert bob.call("POST", f"/api/blocks/{ada.id}").json == {"blocked": True}
    for one, other in ((ada, bob), (bob, ada)):
        assert code_of(one.call("POST", f"/api/follow/{other.id}")) == (403, "blocked")
        assert one.call("DELETE", f"/api/follow/{other.id}").json["followerCount"] == 0
    assert code_of(bob.call("POST", f"/api/posts/{post}/like")) == (403, "blocked")
    said = bob.call("POST", f"/api/posts/{post}/comments", {"body": "x"})
    assert code_of(said) == (403, "blocked")
    read = bob.get(f"/api/posts?eventSlug={EVENT}")["posts"]
    assert post not in [one["id"] for one in read]
    stub = ada.get(f"/api/posts/{post}/comments")["comments"][0]
    assert (stub["id"], stub["body"], stub["author"]) == (theirs, "", None)
    seen = eve.get(f"/api/posts/{post}/comments")["comments"][0]
    assert seen["body"] == "of bob"
    say(world, ada, EVENT, f"what about you, @{bob.username}")
    assert told(world, bob, "MENTION") == []
    # Only who blocked can take it back.
    ada.call("DELETE", f"/api/blocks/{bob.id}")
    assert code_of(ada.call("POST", f"/api/follow/{bob.id}")) == (403, "blocked")
    assert bob.call("DELETE", f"/api/blocks/{ada.id}").json == {"blocked": False}
    assert ada.call("POST", f"/api/follow/{bob.id}").status == 200


def test_nobody_blocks_themselves_or_nobody(world: World, pair: tuple[Member, Member]) -> None:
    ada, _ = pair
    assert code_of(ada.call("POST", f"/api/blocks/{ada.id}")) == (400, "validation_failed")
    assert code_of(ada.call("POST", "/api/blocks/usr_" + "0" * 32)) == (404, "not_found")


def test_who_leaves_may_have_any_number_of_followers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follows, "_AT_ONCE", 2)
    ada = world.join()
    fans = [world.join() for _ in range(5)]
    for fan in fans:
        fan.call("POST", f"/api/follow/{ada.id}")
    assert ada.click("DELETE", "/api/me", {"password": PASSWORD}).status == 200
    for fan in fans:
        assert fan.get(f"/api/users/{fan.username}")["user"]["followingCount"] == 0


def test_who_leaves_follows_nobody_and_what_was_said_stays_without_a_name(world: World) -> None:
    ada, bob = world.join(), world.join()
    ada.call("POST", f"/api/follow/{bob.id}")
    post = say(world, ada, EVENT, "my last words")
    gone = ada.click("DELETE", "/api/me", {"password": PASSWORD})
    assert gone.status == 200, gone.body
    profile = world.send("GET", f"/api/users/{bob.username}").json["user"]
    assert profile["followerCount"] == 0
    listed = world.send("GET", f"/api/posts?eventSlug={EVENT}").json["posts"]
    (left,) = [one for one in listed if one["id"] == post]
    assert left["author"]["username"].startswith("closed")
    assert world.send("GET", f"/api/users/{ada.username}").status == 404
    assert code_of(bob.call("POST", f"/api/follow/{ada.id}")) == (404, "not_found")


def test_what_others_do_is_told_and_counted(world: World) -> None:
    ada, bob, eve = world.join(), world.join(), world.join()
    world.now += 8 * DAY
    world.work()
    post = say(world, ada, EVENT, "tell me")
    for who in (bob, eve):
        assert who.call("POST", f"/api/follow/{ada.id}").status == 200
        assert who.call("POST", f"/api/posts/{post}/like").status == 200
    comment(world, bob, post, f"hello @{eve.username}")
    world.work()
    mine = ada.get("/api/me/notifications")["notifications"]
    titles = {one["type"]: one["title"] for one in mine}
    assert titles["NEW_FOLLOWER"] == f"{eve.username} and 1 other follows you"
    assert titles["POST_LIKED"] == f"{eve.username} and 1 other liked your post"
    assert titles["POST_COMMENTED"] == f"{bob.username} commented on your post"
    theirs = eve.get("/api/me/notifications?type=MENTION")["notifications"]
    assert [one["title"] for one in theirs] == [f"{bob.username} mentioned you"]
    assert ada.get("/api/me/xp")["xp"] >= 2
    before = ada.get("/api/me/xp")["xp"]
    world.now += 11 * 60 * SECOND
    world.work()
    assert ada.get("/api/me/xp")["xp"] == before + 5
