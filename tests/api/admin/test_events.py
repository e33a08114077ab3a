"""Drafts, publishing and what may still be changed: events as operators write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from presage.units import SECOND
from tests.api.admin.world import DAY, rfc3339
from tests.api.site.world import World, code_of


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory: Path = tmp_path_factory.mktemp("exchange") / "data"
    world = World(directory)
    yield world
    world.close()


def later(world: World, days: int = 10) -> str:
    return rfc3339(world.now // SECOND + days * DAY)


def draft(world: World, title: str, **fields: Any) -> Any:
    """The draft as it is answered."""
    wanted = {"title": title, "category": "Economics", "closeAt": later(world), **fields}
    return world.admin("POST", "/events", **wanted)["event"]


def published(world: World, title: str, **fields: Any) -> Any:
    slug = draft(world, title, **fields)["slug"]
    return world.admin("POST", f"/events/{slug}/publish")["event"]


def refused(world: World, path: str, method: str = "POST", **body: Any) -> tuple[int, str, str]:
    answer = world.call(method, f"/api/admin{path}", {"reason": "a test", **body})
    details = answer.json.get("details") or [{"field": ""}]
    return answer.status, answer.json["code"], details[0]["field"]


def test_a_draft_is_seen_by_operators_only(world: World) -> None:
    made = draft(world, "Will it stay hidden?", tags=["a"], description="Long\nstory")
    assert (made["slug"], made["status"]) == ("will-it-stay-hidden", "DRAFT")
    assert made["eventTicker"] == "KXECONOMICS-WILL-IT-STAY-HIDDEN"
    assert made["seriesTicker"] == "KXECONOMICS"
    assert [one["label"] for one in made["options"]] == ["Yes"]
    assert made["options"][0]["marketTicker"] == "KXECONOMICS-WILL-IT-STAY-HIDDEN-YES"
    for path in ("events/will-it-stay-hidden", "events/by-slug/will-it-stay-hidden"):
        assert code_of(world.send("GET", f"/api/{path}")) == (404, "not_found")
    assert world.send("GET", "/api/events?q=hidden&status=all").json["events"] == []
    shown = world.admin("GET", "/events/will-it-stay-hidden")
    assert shown == {"event": made, "version": 1}
    listed = world.admin("GET", "/events?status=DRAFT&limit=200")["events"]
    assert made["id"] in [event["id"] for event in listed]


def test_published_it_is_on_both_apis(world: World) -> None:
    event = published(
        world,
        "Which one?",
        options=[{"label": "Ä", "openingProbBps": 3_000}, {"label": "B b"}, {"label": "ä?"}],
        mutuallyExclusive=True,
        rulesPrimary="As it says.",
        resolutionSource="The paper",
        description="Everything about it",
        tags=["x", "y"],
        featured=True,
        disputeWindowHours=2,
        tick=0.1,
    )
    assert event["status"] == "OPEN"
    tickers = [one["marketTicker"] for one in event["options"]]
    assert tickers == [f"KXECONOMICS-WHICH-ONE-{code}" for code in ("A", "BB", "A-2")]
    assert [one["tickCents"] for one in event["options"]] == [0.1] * 3
    seen = world.send("GET", "/api/events/which-one").json["event"]
    assert seen == event
    assert seen["resolutionSource"] == "The paper"
    assert world.send("GET", "/api/events?q=everything&featured=1").json["events"] != []
    market = world.send("GET", f"/trade-api/v2/markets/{tickers[0]}").json["market"]
    assert (market["yes_sub_title"], market["rules_primary"]) == ("Ä", "As it says.")
    assert market["settlement_timer_seconds"] == 7_200
    kalshi = world.send("GET", f"/trade-api/v2/events/{event['eventTicker']}").json["event"]
    assert kalshi["mutually_exclusive"] is True
    assert kalshi["category"] == "Economics"
    again = refused(world, "/events/which-one/publish")
    assert again[:2] == (409, "wrong_status")


def test_publishing_goes_on_where_it_broke_off(world: World) -> None:
    made = draft(world, "Broken off", seriesTicker=None, options=[{"label": "A"}, {"label": "B"}])
    # as if the process had ended after the event and its first market
    world.admin("POST", "/series", ticker="HALF")
    ticker = made["eventTicker"]
    world.admin("POST", "/events", event_ticker=ticker, series_ticker="HALF", title="Broken off")
    world.add_market(f"{ticker}-A", ticker)
    assert world.send("GET", "/api/events?q=broken").json["events"] == []
    assert code_of(world.send("GET", "/api/events/broken-off"))[0] == 404
    assert world.refused("DELETE", "/events/broken-off")[0] == 409
    event = world.admin("POST", "/events/broken-off/publish")["event"]
    assert len(event["options"]) == 2
    assert world.send("GET", "/api/events?q=broken").json["events"] != []


def test_names_that_are_taken_or_cannot_be(world: World) -> None:
    draft(world, "Taken", slug="taken-slug", eventTicker="TAKEN-1")
    more: dict[str, Any] = {"title": "Another", "category": "C", "closeAt": later(world)}
    assert refused(world, "/events", **more, slug="taken-slug") == (409, "conflict", "slug")
    taken = refused(world, "/events", **more, eventTicker="TAKEN-1")
    assert taken == (409, "ticker_exists", "eventTicker")
    for field, value in {
        "slug": "by-slug",
        "seriesTicker": "NOWHERE",
        "closeAt": "2001-01-01T00:00:00Z",
        "openAt": "2999-01-01T00:00:00Z",
        "options": [{"label": "A"}, {"label": "Ａ "}],
        "tick": 3,
        "title": " ",
        "tags": ["x" * 31],
    }.items():
        status, code, named = refused(world, "/events", **(more | {field: value}))
        assert (status, code) == (400, "validation_failed"), field
        assert named in (field, "closeAt", "tags[0]", "tags[...]"), named
    assert refused(world, "/events", title="No category", closeAt=later(world))[0] == 400
    assert refused(world, "/events", **more, unknown=1)[0] == 400
    same = draft(world, "Taken"), draft(world, "Taken")
    assert [one["slug"] for one in same] == ["taken", "taken-2"]


def test_a_draft_may_be_changed_and_thrown_away(world: World) -> None:
    made = draft(world, "First thought")
    path = f"/events/{made['id']}"
    changed = world.admin(
        "PATCH",
        path,
        version=1,
        title="Second thought",
        slug="second",
        options=[{"label": "No way"}],
    )
    assert changed["version"] == 2
    assert changed["event"]["title"] == "Second thought"
    assert [one["label"] for one in changed["event"]["options"]] == ["No way"]
    assert refused(world, path, "PATCH", version=1, title="x")[:2] == (409, "version_conflict")
    world.admin("DELETE", "/events/second")
    assert refused(world, path, "PATCH", title="x")[0] == 404
    assert draft(world, "Second", slug="second")["slug"] == "second"


def test_after_the_first_trade_the_words_stay(world: World) -> None:
    event = published(world, "Traded on")
    ticker = event["options"][0]["marketTicker"]
    world.admin("PATCH", "/events/traded-on", title="Traded on it", slug="traded-on-it")
    moved = world.send("GET", "/api/events/traded-on")
    assert (moved.status, moved.headers["location"]) == (301, "/api/events/traded-on-it")
    seen = world.send("GET", "/api/events/traded-on-it").json["event"]
    assert seen["title"] == "Traded on it"
    assert world.send("GET", "/api/events?q=on%20it").json["events"] != []
    world.order(world.one, ticker, "bid", "0.5000")
    world.order(world.two, ticker, "ask", "0.5000")
    path = "/events/traded-on-it"
    for field, value in {
        "title": "Other",
        "slug": "other-slug",
        "rulesPrimary": "Other",
        "description": "Other",
    }.items():
        assert refused(world, path, "PATCH", **{field: value})[:2] == (409, "wrong_status"), field
    sooner = refused(world, path, "PATCH", closeAt=later(world, 5))
    assert sooner == (409, "wrong_status", "closeAt")
    changed = world.admin(
        "PATCH", path, closeAt=later(world, 20), featured=True, tags=["new"], imageUrl="/x.png"
    )["event"]
    assert (changed["featured"], changed["tags"], changed["imageUrl"]) == (True, ["new"], "/x.png")
    assert changed["closeAt"] == later(world, 20).replace("Z", ".000Z")


def test_an_event_is_paused_resumed_and_closed_whole(world: World) -> None:
    event = published(world, "Through life", options=[{"label": "A"}, {"label": "B"}])
    ticker = event["options"][1]["marketTicker"]
    world.order(world.one, ticker, "bid", "0.5000")
    paused = world.admin("POST", "/events/through-life/pause", cancelOrders=True)["event"]
    assert [one["status"] for one in paused["options"]] == ["PAUSED", "PAUSED"]
    assert world.send("GET", f"/api/orderbook/{ticker}").json["yes"]["bids"] == []
    assert refused(world, "/events/through-life/pause")[:2] == (409, "wrong_status")
    assert world.admin("POST", "/events/through-life/resume")["event"]["status"] == "OPEN"
    assert world.admin("POST", "/events/through-life/close")["event"]["status"] == "CLOSED"
    assert refused(world, "/events/through-life/resume")[:2] == (409, "wrong_status")


def test_options_are_added_where_they_do_not_exclude_each_other(world: World) -> None:
    published(world, "Growing", options=[{"label": "A"}, {"label": "B"}])
    event = world.admin("POST", "/events/growing/options", label="C")["event"]
    assert [one["label"] for one in event["options"]] == ["A", "B", "C"]
    assert event["status"] == "OPEN"
    assert refused(world, "/events/growing/options", label=" c")[:2] == (409, "conflict")
    published(world, "Exclusive", options=[{"label": "A"}, {"label": "B"}], mutuallyExclusive=True)
    assert refused(world, "/events/exclusive/options", label="C")[:2] == (409, "wrong_status")


def test_clarifications_are_added_and_stay(world: World) -> None:
    published(world, "Clarified")
    world.admin("POST", "/events/clarified/clarify", text="One")
    world.now += SECOND
    event = world.admin("POST", "/events/clarified/clarify", text="Two\nlines")["event"]
    assert [one["text"] for one in event["clarifications"]] == ["One", "Two\nlines"]
    assert refused(world, "/events/clarified/clarify", text="")[0] == 400
    draft(world, "Not yet clear")
    assert refused(world, "/events/not-yet-clear/clarify", text="x")[:2] == (409, "wrong_status")


def test_categories_are_listed_with_those_that_are_only_used(world: World) -> None:
    published(world, "In its category", category="Odd Things")
    world.admin("POST", "/categories", name="Science & Art", position=3)
    listed = {one["slug"]: one for one in world.admin("GET", "/categories")["categories"]}
    assert listed["odd-things"] == {
        "slug": "odd-things",
        "name": "Odd Things",
        "position": 0,
        "listed": False,
    }
    assert listed["science-art"]["listed"]
    changed = world.admin("PATCH", "/categories/science-art", name="Science, Art", position=1)
    assert changed["category"]["name"] == "Science, Art"
    assert refused(world, "/categories/science-art", "PATCH", name="Other")[0] == 400
    assert refused(world, "/categories", name="science art")[:2] == (409, "conflict")
    world.admin("DELETE", "/categories/science-art")
    assert refused(world, "/categories/science-art", "DELETE")[0] == 404


def test_series_are_listed_changed_and_erased(world: World) -> None:
    world.admin("POST", "/series", ticker="LONELY", title="Nobody")
    first = world.admin("GET", "/series?limit=1")
    assert [one["ticker"] for one in first["series"]] == ["LONELY"]
    second = world.admin("GET", f"/series?limit=1&cursor={first['next_cursor']}")
    assert second["series"][0]["ticker"] != "LONELY"
    changed = world.admin("PATCH", "/series/LONELY", title="Somebody", tags=["a"])["series"]
    assert (changed["title"], changed["tags"], changed["events"]) == ("Somebody", ["a"], 0)
    told = world.send("GET", "/trade-api/v2/series/LONELY").json["series"]
    assert told["title"] == "Somebody"
    world.admin("DELETE", "/series/LONELY")
    published(world, "Keeps its series", category="Kept")
    assert refused(world, "/series/KXKEPT", "DELETE")[:2] == (409, "wrong_status")


def test_an_event_that_was_found_is_named_by_anything(world: World) -> None:
    event = published(world, "Any name")
    for name in ("any-name", event["id"], event["eventTicker"]):
        assert world.admin("GET", f"/events/{name}")["event"]["id"] == event["id"]
    assert world.refused("GET", "/events/nothing")[0] == 404
