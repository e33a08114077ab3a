"""Bookmarked events and price alerts."""

from __future__ import annotations

from typing import Any

import pytest

from presage.site import watchlist
from presage.units import SECOND
from tests.api.admin.world import rfc3339
from tests.api.asking import JSON_TYPE, request
from tests.api.site.talking import DAY, told
from tests.api.site.world import Member, World, code_of


@pytest.fixture(scope="module")
def ada(world: World) -> Member:
    for number in range(4):
        world.list_market(f"WATCH-{number}", event={"title": f"Watch {number}"})
    return world.join()


def watch(world: World, who: Member, event: str, **alert: Any) -> Any:
    world.now += SECOND
    body = {"eventSlug": event} | ({"alert": alert} if alert else {})
    answer = who.call("POST", "/api/watchlist", body)
    assert answer.status in (200, 201), answer.body
    return answer


def slugs(page: Any) -> list[str]:
    return [one["event"]["eventTicker"] for one in page["items"]]


def test_watching_once_and_no_more(world: World, ada: Member) -> None:
    first = watch(world, ada, "WATCH-0-E")
    assert first.status == 201
    assert first.json["item"]["alert"] is None
    again = watch(world, ada, "watch-0")
    assert (again.status, again.json) == (200, first.json)
    watched = ada.get("/api/events/WATCH-0-E")["event"]
    assert watched["isWatched"] is True
    listed = ada.get("/api/events?q=watch&status=all")["events"]
    assert {one["eventTicker"]: one["isWatched"] for one in listed}["WATCH-1-E"] is False
    for removed in (True, False):
        answer = ada.call("DELETE", f"/api/watchlist?eventId={watched['id']}")
        assert answer.json == {"removed": removed}
    assert ada.get("/api/watchlist") == {"items": [], "nextCursor": None}


def test_the_list_is_the_members_own_and_pages(world: World, ada: Member) -> None:
    who, other = world.join(), world.join()
    for number in (2, 0, 1):
        watch(world, who, f"WATCH-{number}-E")
    watch(world, other, "WATCH-3-E")
    first = who.get("/api/watchlist?limit=2")
    assert slugs(first) == ["WATCH-1-E", "WATCH-0-E"]
    more = who.get(f"/api/watchlist?limit=2&cursor={first['nextCursor']}")
    assert (slugs(more), more["nextCursor"]) == (["WATCH-2-E"], None)
    assert code_of(other.call("GET", f"/api/watchlist?cursor={first['nextCursor']}"))[0] == 400


def test_a_hundred_bookmarks_at_once_are_one(world: World, ada: Member) -> None:
    who = world.join()
    headers = ((b"authorization", f"Bearer {who.key()}".encode()), JSON_TYPE)
    body = b'{"eventSlug":"WATCH-1-E"}'
    asked = [request("POST", "/api/watchlist", headers, body) for _ in range(100)]
    statuses = sorted(answer.status for answer in world.all_at_once(*asked))
    assert statuses == [200] * 99 + [201]
    assert len(who.get("/api/watchlist")["items"]) == 1


def test_a_list_has_an_end(world: World, ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchlist, "MOST", 1)
    who = world.join()
    watch(world, who, "WATCH-0-E")
    full = who.call("POST", "/api/watchlist", {"eventSlug": "WATCH-1-E"})
    assert code_of(full) == (409, "limit_reached")


def test_what_cannot_be_watched(world: World, ada: Member) -> None:
    option = ada.get("/api/events/WATCH-1-E")["event"]["options"][0]["id"]
    here = {"eventSlug": "WATCH-0-E"}
    for body, status in (
        ({}, 400),
        ({"eventSlug": "no-such"}, 404),
        ({"eventSlug": "WATCH-0-E", "eventId": "WATCH-1-E"}, 400),
        (here | {"alert": {"optionId": option, "aboveProbBps": 5_000}}, 404),
        (here | {"alert": {"optionId": "WATCH-0"}}, 400),
        (here | {"alert": {"optionId": "WATCH-0", "aboveProbBps": 10_000}}, 400),
        (here | {"alert": {"optionId": "WATCH-0", "aboveProbBps": "9"}}, 400),
    ):
        assert ada.call("POST", "/api/watchlist", body).status == status, body
    assert ada.call("DELETE", "/api/watchlist").status == 400
    assert ada.call("DELETE", "/api/watchlist", {"eventSlug": "none"}).status == 404


def quote(world: World, ticker: str, bid: str, ask: str) -> None:
    """Move the mark: everything else leaves the book."""
    for who in (world.one, world.two):
        resting = world.call("GET", "/trade-api/v2/portfolio/orders?status=resting", None, who)
        for order in resting.json["orders"]:
            world.call("DELETE", f"/trade-api/v2/portfolio/events/orders/{order['order_id']}",
                       None, who)  # fmt: skip
    world.order(world.one, ticker, "bid", bid, "1.00")
    world.order(world.two, ticker, "ask", ask, "1.00")
    world.work()


def test_an_alert_is_told_once_a_crossing(world: World, ada: Member) -> None:
    who = world.join()
    world.list_market("ALERT-1", event={"title": "Alert"})
    quote(world, "ALERT-1", "0.4000", "0.4200")
    kept = watch(world, who, "ALERT-1-E", optionId="ALERT-1", aboveProbBps=6_000).json["item"]
    assert kept["alert"]["aboveProbBps"] == 6_000
    assert kept["alert"]["belowProbBps"] is None

    def count() -> int:
        return len(told(world, who, "PRICE_ALERT"))

    world.work()
    assert count() == 0
    quote(world, "ALERT-1", "0.6000", "0.6200")
    assert count() == 1
    assert told(world, who, "PRICE_ALERT")[0]["data"]["probBps"] == 6_100
    quote(world, "ALERT-1", "0.5800", "0.6000")  # not 200 back
    quote(world, "ALERT-1", "0.6100", "0.6300")
    assert count() == 1
    quote(world, "ALERT-1", "0.5600", "0.5800")
    quote(world, "ALERT-1", "0.6100", "0.6300")
    assert count() == 2


def test_an_alert_on_what_was_crossed_waits_for_the_next_time(world: World, ada: Member) -> None:
    who = world.join()
    world.list_market("ALERT-2", event={"title": "Alert"})
    quote(world, "ALERT-2", "0.2000", "0.2200")
    watch(world, who, "ALERT-2-E", optionId="ALERT-2", belowProbBps=3_000)
    world.work()
    assert told(world, who, "PRICE_ALERT") == []
    quote(world, "ALERT-2", "0.4000", "0.4200")
    quote(world, "ALERT-2", "0.2000", "0.2200")
    assert len(told(world, who, "PRICE_ALERT")) == 1


def test_who_watches_is_told_once_that_the_event_closes(world: World, ada: Member) -> None:
    who = world.join()
    close = rfc3339(world.now // SECOND + 3 * 86_400)
    world.list_market("CLOSING-1", close_time=close, event={"title": "Closing"})
    watch(world, who, "CLOSING-1-E")
    world.work()
    assert told(world, who, "EVENT_CLOSING") == []
    world.now += 2 * DAY + SECOND
    for _ in range(2):
        world.work()
        watch(world, who, "CLOSING-1-E")
    (notice,) = told(world, who, "EVENT_CLOSING")
    assert (notice["url"], notice["data"]) == (
        "/events/closing",
        {"eventTicker": "CLOSING-1-E"},
    )
