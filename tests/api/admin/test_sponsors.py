"""Sponsors: written by operators, shown on events' pages between two dates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from presage.units import SECOND
from tests.api.admin.world import DAY, rfc3339
from tests.api.site.dealing import Table
from tests.api.site.world import World, code_of

ACME = {"name": "Acme", "url": "https://acme.example/", "text": "Rockets, mostly"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory: Path = tmp_path_factory.mktemp("exchange") / "data"
    world = World(directory)
    yield world
    world.close()


def later(world: World, days: int) -> str:
    return rfc3339(world.now // SECOND + days * DAY)


def created(world: World, **fields: Any) -> Any:
    return world.admin("POST", "/sponsors", **(ACME | fields))["sponsor"]


def shown(world: World, slug: str) -> Any:
    """What readers see, the same in three places."""
    alone = world.send("GET", f"/api/events/by-slug/{slug}/sponsor").json["sponsor"]
    page = world.send("GET", f"/api/events/{slug}").json["event"]["sponsor"]
    listed = world.send("GET", "/api/events?limit=200&status=all").json["events"]
    (in_list,) = (one["sponsor"] for one in listed if one["slug"] == slug)
    assert alone == page == in_list
    return alone


def test_a_sponsor_is_on_the_pages_it_was_given(world: World) -> None:
    one, other = Table(world), Table(world)
    acme = created(world, logoUrl="https://acme.example/logo.png")
    assert shown(world, one.slug) is None
    world.admin("PATCH", f"/events/{one.slug}", sponsor=acme["id"])
    assert shown(world, one.slug) == {
        "name": "Acme",
        "url": "https://acme.example/",
        "logoUrl": "https://acme.example/logo.png",
        "text": "Rockets, mostly",
        "disclosure": "Sponsored",
        "startsAt": None,
        "endsAt": None,
    }
    assert shown(world, other.slug) is None
    (listed,) = (row for row in world.admin("GET", "/sponsors")["sponsors"] if row["events"])
    assert listed["id"] == acme["id"]
    assert (listed["events"], listed["active"], listed["version"]) == ([one.slug], True, 1)
    world.restart()
    assert shown(world, one.slug)["name"] == "Acme"
    world.admin("PATCH", f"/events/{one.slug}", sponsor="")
    assert shown(world, one.slug) is None


def test_it_is_shown_between_its_dates_only(world: World) -> None:
    table = Table(world)
    acme = created(world, startsAt=later(world, 1), endsAt=later(world, 2))
    world.admin("PATCH", f"/events/{table.slug}", sponsor=acme["id"])
    assert shown(world, table.slug) is None
    world.now += DAY * SECOND
    assert shown(world, table.slug)["endsAt"] == acme["endsAt"]
    world.now += DAY * SECOND
    assert shown(world, table.slug) is None
    changed = world.admin("PATCH", f"/sponsors/{acme['id']}", endsAt=None, text="")["sponsor"]
    assert (changed["endsAt"], changed["active"], changed["version"]) == (None, True, 2)
    assert (changed["startsAt"], changed["text"], changed["url"]) == (
        acme["startsAt"], "", acme["url"],
    )  # fmt: skip
    assert shown(world, table.slug)["text"] == ""


def test_a_draft_has_one_from_the_start_and_traded_events_may_change_theirs(world: World) -> None:
    acme, other = created(world), created(world, name="Other")
    draft = world.admin(
        "POST", "/events", title="Who pays?", category="Economics", closeAt=later(world, 9),
        sponsor=acme["id"],
    )["event"]  # fmt: skip
    assert draft["sponsor"]["name"] == "Acme"
    event = world.admin("POST", "/events/who-pays/publish")["event"]
    assert event["sponsor"]["name"] == "Acme"
    ticker = event["options"][0]["marketTicker"]
    world.order(world.one, ticker, "bid", "0.5000")
    world.order(world.two, ticker, "ask", "0.5000")
    world.admin("PATCH", "/events/who-pays", sponsor=other["id"])
    assert shown(world, "who-pays")["name"] == "Other"
    world.admin("POST", "/events", title="Gone", category="C", closeAt=later(world, 9),
                sponsor=other["id"])  # fmt: skip
    world.admin("DELETE", "/events/gone")
    (row,) = (one for one in world.admin("GET", "/sponsors")["sponsors"] if one["name"] == "Other")
    assert row["events"] == ["who-pays"]


def test_erased_it_is_gone_from_every_page(world: World) -> None:
    table, acme = Table(world), created(world)
    world.admin("PATCH", f"/events/{table.slug}", sponsor=acme["id"])
    world.admin("DELETE", f"/sponsors/{acme['id']}")
    assert shown(world, table.slug) is None
    for method in ("PATCH", "DELETE"):
        for id in (acme["id"], "spn_zz", "x"):
            assert world.refused(method, f"/sponsors/{id}") == (404, "not_found")
    world.restart()
    assert shown(world, table.slug) is None
    acts = [row["action"] for row in world.admin("GET", "/audit")["rows"]]
    assert acts[0] == "sponsor.delete"


def test_what_cannot_be(world: World) -> None:
    table, acme = Table(world), created(world)
    for field, value in {
        "name": " ",
        "url": "http://acme.example/",
        "logoUrl": "javascript:alert(1)",
        "text": "x" * 141,
        "startsAt": "soon",
        "endsAt": later(world, -400),
        "colour": "red",
    }.items():
        wanted = ACME | {"startsAt": later(world, 0), field: value}
        for method, path in (("POST", "/sponsors"), ("PATCH", f"/sponsors/{acme['id']}")):
            assert world.refused(method, path, **wanted) == (400, "validation_failed"), field
    for url in ("https://a@b/", "https:///x", "https://a b/", 'https://a/"x'):
        assert world.refused("POST", "/sponsors", **(ACME | {"url": url}))[0] == 400, url
    version = world.refused("PATCH", f"/sponsors/{acme['id']}", version=7, name="X")
    assert version == (409, "version_conflict")
    for sponsor in ("spn_" + "0" * 32, "x", "evt_1"):
        refused = world.refused("PATCH", f"/events/{table.slug}", sponsor=sponsor)
        assert refused == (400, "validation_failed")
    assert code_of(world.send("GET", "/api/admin/sponsors")) == (401, "unauthenticated")


def test_the_list_has_pages(world: World) -> None:
    made = {created(world, name=f"Sponsor {number}")["id"] for number in range(5)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = world.admin("GET", f"/sponsors?limit=2{cursor}")
        seen += [one["id"] for one in page["sponsors"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert made <= set(seen)
    assert len(seen) == len(set(seen))
