"""Posts about an event: written, read, liked, changed, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from presage.units import SECOND
from tests.api.asking import request
from tests.api.site.world import Member, World, code_of

MINUTE = 60 * SECOND


@pytest.fixture(scope="module")
def slug(world: World) -> str:
    for name in ("POSTS_PER_TEN_MINUTES", "COMMENTS_PER_TEN_MINUTES", "LIKES_PER_HOUR"):
        world.set(name, 0)
    world.set("REPORTS_PER_DAY", 0)
    world.list_market("TALK-1", event={"title": "Talk"})
    found = world.send("GET", "/api/events/by-slug/TALK-1-E").json
    return str(found["slug"])


def post(world: World, who: Member, slug: str, body: str = "") -> dict[str, Any]:
    """A new post, a moment after whatever was before."""
    world.now += SECOND
    said = body or f"Number {world.now}"
    answer = who.call("POST", "/api/posts", {"eventSlug": slug, "body": said})
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.json["post"]
    return made


def bodies(answer: Any) -> list[str]:
    return [one["body"] for one in answer["posts"]]


def test_a_post_is_there_at_once_for_everybody(world: World, slug: str) -> None:
    ada = world.join()
    made = post(world, ada, slug, "  I say **yes**  ")
    assert made["body"] == "I say **yes**"
    assert made["bodyHtml"] == "<p>I say <strong>yes</strong></p>"
    assert made["author"] == {
        "id": ada.id,
        "username": ada.username,
        "avatarUrl": None,
        "level": 1,
    }
    assert (made["status"], made["likeCount"], made["editedAt"]) == ("VISIBLE", 0, None)
    read = world.send("GET", f"/api/posts?eventSlug={slug}")
    assert read.json["posts"][0] == made
    for name in ("TALK-1-E", world.send("GET", f"/api/events/by-slug/{slug}").json["id"]):
        assert world.send("GET", f"/api/posts?eventSlug={name}").json == read.json


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("![x](https://a.example/b.png)", '<p>!<a href="https://a.example/b.png"'),
        ("a\nb", "<p>a<br>\nb</p>"),
        (
            "[x](https://a.example)",
            '<p><a href="https://a.example" rel="nofollow ugc noopener">x</a></p>',
        ),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ('<img src=x onerror="a()">', "<p>&lt;img src=x onerror="),
    ],
)
def test_markdown_is_rendered_and_everything_else_escaped(
    world: World, slug: str, typed: str, shown: str
) -> None:
    made = post(world, world.join(), slug, typed)
    assert made["body"] == typed
    assert made["bodyHtml"].startswith(shown)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"body": "x"}, 400, "eventSlug"),
        ({"eventSlug": "talk"}, 400, "body"),
        ({"eventSlug": "talk", "body": "   "}, 400, "body"),
        ({"eventSlug": "talk", "body": "x" * 2_001}, 400, "body"),
        ({"eventSlug": "talk", "body": "a\u0007b"}, 400, "body"),
        ({"eventSlug": "no-such-event", "body": "x"}, 404, ""),
    ],
)
def test_what_cannot_be_posted(world: World, slug: str, body: Any, status: int, field: str) -> None:
    answer = world.join().call("POST", "/api/posts", body)
    assert answer.status == status
    assert not field or answer.json["details"][0]["field"] == field


def test_lists_need_an_event_that_is_there(world: World, slug: str) -> None:
    assert code_of(world.send("GET", "/api/posts")) == (400, "validation_failed")
    assert code_of(world.send("GET", "/api/posts?eventSlug=nothing")) == (404, "not_found")
    answer = world.send("GET", f"/api/posts?eventSlug={slug}&cursor=abc")
    assert code_of(answer) == (400, "bad_cursor")


def test_pages_hold_each_post_once_newest_first(world: World) -> None:
    world.list_market("PAGES-1")
    ada = world.join()
    made = [post(world, ada, "PAGES-1-E")["body"] for _ in range(5)]
    read: list[str] = []
    target = cursor = "/api/posts?eventSlug=PAGES-1-E&limit=2"
    while cursor:
        page = world.send("GET", target).json
        read += bodies(page)
        cursor = page["nextCursor"]
        target = f"/api/posts?eventSlug=PAGES-1-E&limit=2&cursor={cursor}"
    assert read == made[::-1]


def test_the_best_come_first_but_likes_age(world: World) -> None:
    world.list_market("TOP-1")
    ada, bob = world.join(), world.join()
    old = post(world, ada, "TOP-1-E", "old and liked")
    world.now += 30 * 60 * MINUTE
    good = post(world, ada, "TOP-1-E", "good")
    post(world, ada, "TOP-1-E", "newer")
    for who, one in ((ada, old), (bob, old), (bob, good)):
        assert who.call("POST", f"/api/posts/{one['id']}/like").status == 200
    top = world.send("GET", "/api/posts?eventSlug=TOP-1-E&sort=top").json
    assert bodies(top) == ["good", "newer", "old and liked"]
    first = world.send("GET", "/api/posts?eventSlug=TOP-1-E&sort=top&limit=1").json
    more = f"/api/posts?eventSlug=TOP-1-E&sort=top&limit=1&cursor={first['nextCursor']}"
    assert bodies(world.send("GET", more).json) == ["newer"]


def test_a_like_is_a_switch(world: World, slug: str) -> None:
    ada, bob = world.join(), world.join()
    id = post(world, ada, slug)["id"]
    like = f"/api/posts/{id}/like"
    assert bob.call("POST", like).json == {"liked": True, "likeCount": 1}
    assert ada.call("POST", like).json == {"liked": True, "likeCount": 2}
    mine = bob.get(f"/api/posts?eventSlug={slug}")["posts"]
    assert [one["likedByMe"] for one in mine if one["id"] == id] == [True]
    assert bob.call("POST", like).json == {"liked": False, "likeCount": 1}


def test_a_hundred_clicks_at_once_are_one_like(world: World, slug: str) -> None:
    ada, bob = world.join(), world.join()
    id = post(world, ada, slug)["id"]
    headers = ((b"authorization", f"Bearer {bob.key()}".encode()),)
    asked = [request("POST", f"/api/posts/{id}/like", headers) for _ in range(100)]
    answers = world.all_at_once(*asked)
    assert {(one.status, one.body) for one in answers} == {(200, b'{"liked":true,"likeCount":1}')}
    read = bob.get(f"/api/posts?eventSlug={slug}")["posts"][0]
    assert (read["id"], read["likeCount"], read["likedByMe"]) == (id, 1, True)


def test_a_hundred_different_members_like_at_once(world: World, slug: str) -> None:
    id = post(world, world.join(), slug)["id"]
    members = [world.join() for _ in range(12)]
    asked = [
        request("POST", f"/api/posts/{id}/like", ((b"authorization", f"Bearer {key}".encode()),))
        for key in [who.key() for who in members]
    ]
    counts = sorted(answer.json["likeCount"] for answer in world.all_at_once(*asked))
    assert counts == list(range(1, 13))


def test_a_click_that_fails_leaves_the_switch_usable(world: World, slug: str) -> None:
    bob = world.join()
    nowhere = "/api/posts/pst_" + "0" * 32 + "/like"
    for _ in range(2):
        assert code_of(bob.call("POST", nowhere)) == (404, "not_found")


def test_only_the_author_changes_a_post_and_only_for_a_while(world: World, slug: str) -> None:
    ada, bob = world.join(), world.join()
    id = post(world, ada, slug, "frist")["id"]
    at = f"/api/posts/{id}"
    assert code_of(bob.call("PATCH", at, {"body": "mine"})) == (404, "not_found")
    assert code_of(bob.call("DELETE", at)) == (404, "not_found")
    world.now += 15 * MINUTE
    changed = ada.call("PATCH", at, {"body": "first"}).json["post"]
    assert (changed["body"], changed["editedAt"] is None) == ("first", False)
    world.now += MINUTE
    assert code_of(ada.call("PATCH", at, {"body": "third"})) == (409, "conflict")


def test_what_was_taken_back_is_gone(world: World, slug: str) -> None:
    ada, bob = world.join(), world.join()
    id = post(world, ada, slug, "gone soon")["id"]
    assert ada.call("DELETE", f"/api/posts/{id}").json == {"deleted": True}
    assert "gone soon" not in bodies(world.send("GET", f"/api/posts?eventSlug={slug}").json)
    assert code_of(ada.call("DELETE", f"/api/posts/{id}")) == (404, "not_found")
    assert code_of(bob.call("POST", f"/api/posts/{id}/like")) == (404, "not_found")
    assert world.send("GET", f"/api/posts/{id}/comments").status == 404
    late = bob.call("POST", f"/api/posts/{id}/comments", {"body": "x"})
    assert code_of(late) == (409, "conflict")


def test_one_idempotency_key_is_one_post(world: World, slug: str) -> None:
    ada = world.join()
    body = {"eventSlug": slug, "body": "once and never again"}
    first = ada.call("POST", "/api/posts", body, idempotency_key="k1")
    again = ada.call("POST", "/api/posts", body, idempotency_key="k1")
    assert (again.status, again.json) == (201, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    read = bodies(world.send("GET", f"/api/posts?eventSlug={slug}&limit=200").json)
    assert read.count("once and never again") == 1


def test_the_muted_the_readers_and_the_flag(world: World, slug: str) -> None:
    ada = world.join()
    body = {"eventSlug": slug, "body": "x"}
    assert code_of(world.bearer(ada.key("read"), "POST", "/api/posts", body))[1] == "scope_missing"
    world.set("posts", False)
    try:
        assert code_of(ada.call("POST", "/api/posts", body)) == (403, "feature_disabled")
        read = world.send("GET", f"/api/posts?eventSlug={slug}").json
        assert read == {"posts": [], "nextCursor": None, "enabled": False}
    finally:
        world.set("posts", True)


def test_posts_have_a_cap(world: World, slug: str) -> None:
    ada = world.join()
    world.set("POSTS_PER_TEN_MINUTES", 2)
    try:
        post(world, ada, slug)
        post(world, ada, slug)
        over = ada.call("POST", "/api/posts", {"eventSlug": slug, "body": "third"})
        assert code_of(over) == (429, "rate_limited")
        assert int(over.headers["retry-after"]) >= 1
    finally:
        world.set("POSTS_PER_TEN_MINUTES", 0)


def test_events_count_what_is_said(world: World) -> None:
    world.list_market("COUNT-1")
    ada = world.join()
    id = post(world, ada, "COUNT-1-E")["id"]
    ada.call("POST", f"/api/posts/{id}/comments", {"body": "and this"})
    shown = world.send("GET", "/api/events/COUNT-1-E").json["event"]
    assert shown["commentCount"] == 2


def test_the_same_text_three_times_waits_for_a_moderator(world: World, slug: str) -> None:
    ada = world.join()
    for _ in range(2):
        assert post(world, ada, slug, "buy my course")["status"] == "VISIBLE"
    assert post(world, ada, slug, "buy my course")["status"] == "HIDDEN"
    read = bodies(world.send("GET", f"/api/posts?eventSlug={slug}&limit=200").json)
    assert read.count("buy my course") == 2
    mine = bodies(ada.get(f"/api/posts?eventSlug={slug}&limit=200"))
    assert mine.count("buy my course") == 3


def test_a_newcomer_with_many_links_waits_too(world: World, slug: str) -> None:
    links = " ".join(f"https://{name}.example" for name in "ab")
    assert post(world, world.join(), slug, links)["status"] == "VISIBLE"
    assert post(world, world.join(), slug, links + " www.c.example")["status"] == "HIDDEN"
