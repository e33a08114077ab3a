"""Threads of comments: their order, their depth, and what is left of what was removed."""

from __future__ import annotations

from typing import Any

import pytest

from presage.units import SECOND
from tests.api.site.world import Member, World, code_of

MINUTE = 60 * SECOND


@pytest.fixture(scope="module")
def ada(world: World) -> Member:
    for name in ("POSTS_PER_TEN_MINUTES", "COMMENTS_PER_TEN_MINUTES"):
        world.set(name, 0)
    world.list_market("TALK-1", event={"title": "Talk"})
    return world.join()


@pytest.fixture
def at(world: World, ada: Member) -> str:
    """The comments of a new post."""
    world.now += SECOND
    body = {"eventSlug": "TALK-1-E", "body": f"Post {world.now}"}
    return f"/api/posts/{ada.call('POST', '/api/posts', body).json['post']['id']}/comments"


def say(world: World, who: Member, at: str, body: str, parent: Any = None) -> dict[str, Any]:
    world.now += SECOND
    wanted = {"body": body, **({"parentId": parent["id"]} if parent else {})}
    answer = who.call("POST", at, wanted)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.json["comment"]
    return made


def thread(world: World, at: str, sort: str = "old", limit: int = 50) -> list[str]:
    """All pages of it, a comment's depth before its text."""
    found: list[str] = []
    target = more = f"{at}?sort={sort}&limit={limit}"
    while target:
        page = world.send("GET", target).json
        found += [f"{one['depth']} {one['body']}" for one in page["comments"]]
        cursor = page["nextCursor"]
        target = f"{more}&cursor={cursor}" if cursor else ""
    return found


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_threads_are_read_from_top_to_bottom(
    world: World, ada: Member, at: str, limit: int
) -> None:
    tag = f"{world.now}"
    a = say(world, ada, at, f"a{tag}")
    b = say(world, ada, at, f"b{tag}")
    aa = say(world, ada, at, f"aa{tag}", a)
    bb = say(world, ada, at, f"bb{tag}", b)
    aaa = say(world, ada, at, f"aaa{tag}", aa)
    deeper = say(world, ada, at, f"deeper{tag}", aaa)
    say(world, ada, at, f"b2{tag}", b)
    say(world, ada, at, f"b3{tag}", b)
    say(world, ada, at, f"c{tag}")
    assert (deeper["depth"], deeper["parentId"]) == (3, aa["id"])
    assert (bb["depth"], bb["parentId"], b["parentId"]) == (2, b["id"], None)
    in_a = ["1 a", "2 aa", "3 aaa", "3 deeper"]
    in_b = ["1 b", "2 bb", "2 b2", "2 b3"]

    def read(sort: str) -> list[str]:
        return [one.removesuffix(tag) for one in thread(world, at, sort, limit)]

    assert read("old") == [*in_a, *in_b, "1 c"]
    assert read("new") == ["1 c", *in_b, *in_a]
    assert read("top") == [*in_a, *in_b, "1 c"]
    say(world, ada, at, f"b4{tag}", b)
    assert read("top") == [*in_b, "2 b4", *in_a, "1 c"]


def test_the_post_counts_its_visible_comments(world: World, ada: Member, at: str) -> None:
    one = say(world, ada, at, f"one {at}")
    say(world, ada, at, f"two {at}", one)
    post = at.removesuffix("/comments").rpartition("/")[2]

    def count() -> int:
        listed = world.send("GET", "/api/posts?eventSlug=TALK-1-E&limit=200").json["posts"]
        return next(int(item["commentCount"]) for item in listed if item["id"] == post)

    assert count() == 2
    ada.call("DELETE", f"/api/comments/{one['id']}")
    assert count() == 1


def test_what_is_taken_back_is_a_stub_while_something_hangs_on_it(
    world: World, ada: Member, at: str
) -> None:
    top = say(world, ada, at, f"top {at}")
    middle = say(world, ada, at, f"middle {at}", top)
    leaf = say(world, ada, at, f"leaf {at}", middle)
    for one in (top, middle):
        assert ada.call("DELETE", f"/api/comments/{one['id']}").json == {"deleted": True}
    page = world.send("GET", at).json["comments"]
    stub = page[0]
    assert (stub["body"], stub["bodyHtml"], stub["author"], stub["status"]) == (
        "",
        "",
        None,
        "REMOVED",
    )
    assert [one["id"] for one in page] == [top["id"], middle["id"], leaf["id"]]
    ada.call("DELETE", f"/api/comments/{leaf['id']}")
    assert world.send("GET", at).json["comments"] == []
    answer = ada.call("POST", at, {"body": "too late", "parentId": leaf["id"]})
    assert code_of(answer) == (404, "not_found")


def test_only_the_author_changes_a_comment(world: World, ada: Member, at: str) -> None:
    bob = world.join()
    one = f"/api/comments/{say(world, ada, at, f'tpyo {at}')['id']}"
    assert code_of(bob.call("PATCH", one, {"body": "x"})) == (404, "not_found")
    assert code_of(bob.call("DELETE", one)) == (404, "not_found")
    assert ada.call("PATCH", one, {"body": "typo"}).json["comment"]["body"] == "typo"
    world.now += 16 * MINUTE
    assert code_of(ada.call("PATCH", one, {"body": "x"})) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"body": " "}, 400),
        ({"body": "x" * 1_001}, 400),
        ({"body": "x", "parentId": "cmt_" + "0" * 32}, 404),
        ({"body": "x", "parentId": "what"}, 404),
    ],
)
def test_what_cannot_be_said(world: World, ada: Member, at: str, body: Any, status: int) -> None:
    assert ada.call("POST", at, body).status == status


def test_an_answer_stays_with_its_post(world: World, ada: Member, at: str) -> None:
    here = say(world, ada, at, f"here {at}")
    world.now += SECOND
    other = ada.call("POST", "/api/posts", {"eventSlug": "TALK-1-E", "body": f"Other {at}"})
    there = f"/api/posts/{other.json['post']['id']}/comments"
    answer = ada.call("POST", there, {"body": "x", "parentId": here["id"]})
    assert code_of(answer) == (404, "not_found")


def test_nothing_is_said_under_a_locked_post(world: World, ada: Member, at: str) -> None:
    post = at.removesuffix("/comments").rpartition("/")[2]
    world.admin("PATCH", f"/posts/{post}", locked=True)
    assert code_of(ada.call("POST", at, {"body": "x"})) == (409, "conflict")
    assert world.send("GET", at).status == 200
    world.admin("PATCH", f"/posts/{post}", locked=False)
    assert ada.call("POST", at, {"body": f"open again {at}"}).status == 201


def test_unknown_posts_have_no_comments(world: World, ada: Member) -> None:
    for id in ("pst_" + "0" * 32, "what"):
        answer = world.send("GET", f"/api/posts/{id}/comments")
        assert code_of(answer) == (404, "not_found")
        assert code_of(ada.call("POST", f"/api/posts/{id}/comments", {"body": "x"}))[0] == 404
