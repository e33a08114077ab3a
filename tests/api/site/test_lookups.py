"""Events and options are found by each of their names, and by no other."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from presage.api.auth import ANONYMOUS
from presage.api.registry import Call
from presage.api.site import options
from presage.api.site.errors import Refusal
from presage.api.site.options import Option, Wanted
from presage.api.site.routes import SITE
from tests.api.asking import request
from tests.api.site.world import World, code_of


def call_of(world: World) -> Call[Any, Any]:
    asked = request("GET", "/api/events")
    services = world.running.services
    return Call(services, SITE.operations[0], asked, ANONYMOUS, {}, None, None, world.now)


def option_for(world: World, name: str) -> Option:
    return world.do(options.option_for(call_of(world), name))


def by_label(world: World, event: str, label: str) -> Wanted:
    return world.do(options.option_by_label(call_of(world), event, label))


def find(world: World, name: str) -> Any:
    answer = world.send("GET", f"/api/events/by-slug/{name}")
    assert answer.status == 200, answer.body
    return answer.json


def two_way(world: World, ticker: str, title: str) -> None:
    """An event with two options."""
    world.list_market(ticker, yes_sub_title="Ärger", event={"title": title})
    world.add_market(f"{ticker}-B", f"{ticker}-E", yes_sub_title="Bo")


def test_an_event_of_the_other_api_has_a_slug_of_its_title(world: World) -> None:
    world.list_market("SLUG-1", event={"title": "Wird es Ärger geben? (2027)"})
    world.list_market("SLUG-2", event={"title": "Wird es Ärger geben? 2027"})
    first = find(world, "wird-es-arger-geben-2027")
    assert first["eventTicker"] == "SLUG-1-E"
    assert first["status"] == "OPEN"
    second = find(world, "wird-es-arger-geben-2027-2")
    assert second["eventTicker"] == "SLUG-2-E"
    for name in (second["id"], "SLUG-2-E"):
        assert find(world, name) == second


def test_events_that_come_together_get_one_name_each(world: World) -> None:
    for number in range(5):
        world.list_market(f"MANY-{number}", event={"title": "Many"})

    async def ask() -> None:
        await asyncio.gather(*(options.event_for(call_of(world), "MANY-0-E") for _ in range(20)))

    world.do(ask())
    known = world.running.services.site.events
    assert {known.by_ticker(f"MANY-{number}-E").slug for number in range(5)} == {  # type: ignore[union-attr]
        "many",
        "many-2",
        "many-3",
        "many-4",
        "many-5",
    }


def test_nothing_has_this_name(world: World) -> None:
    for name in ("nothing-here", "evt_" + "0" * 32, "EVT", "x" * 90, "%20", "by-slug"):
        answer = world.send("GET", f"/api/events/by-slug/{name}")
        assert code_of(answer) == (404, "not_found")


def test_an_option_is_found_by_id_and_by_ticker(world: World) -> None:
    world.list_market("OPT-1")
    by_ticker = option_for(world, "OPT-1")
    assert by_ticker.id.startswith("opt_")
    assert option_for(world, by_ticker.id).card is by_ticker.card
    for name in ("OPT-1-E", "opt_" + "0" * 32, "", "opt-1", by_ticker.event.id):
        with pytest.raises(Refusal) as refused:
            option_for(world, name)
        assert refused.value.code == "not_found"


def test_labels_are_compared_without_case_and_width(world: World) -> None:
    two_way(world, "LAB-1", "Labels")
    for label in ("Ärger", " ärger ", "A\u0308RGER", "Ärger"):
        assert by_label(world, "labels", label).option.card.ticker == "LAB-1"
    assert not by_label(world, "labels", "ｂｏ").flipped
    for label in ("Yes", "No", "Arger"):
        with pytest.raises(Refusal):
            by_label(world, "labels", label)


def test_the_only_option_of_an_event_answers_to_yes_and_no(world: World) -> None:
    world.list_market("ONE-1", event={"title": "Only one"})
    world.list_market("ONE-2", yes_sub_title="No", event={"title": "Only no"})
    assert option_for(world, "ONE-1").label == "Yes"
    yes, no = by_label(world, "only-one", "YES"), by_label(world, "only-one", "no")
    assert yes.option.card is no.option.card
    assert (yes.flipped, no.flipped) == (False, True)
    # an option that bears the label is meant as it is
    assert not by_label(world, "only-no", "No").flipped
    assert not by_label(world, "only-no", "Yes").flipped


def test_both_forms_must_agree(world: World) -> None:
    two_way(world, "BOTH-1", "Both forms")
    a, b = option_for(world, "BOTH-1").id, option_for(world, "BOTH-1-B").id

    def wanted(*asked: str | None) -> Wanted:
        return world.do(options.option_wanted(call_of(world), *asked))

    assert wanted(a, "both-forms", "ärger").option.id == a
    assert wanted(b, None, None).option.id == b
    assert wanted(None, "both-forms", "Bo").option.id == b
    for asked in ((a, "both-forms", "Bo"), (None, None, None), (None, "both-forms", None)):
        with pytest.raises(Refusal) as refused:
            wanted(*asked)
        assert refused.value.status == 400
        assert refused.value.fields


def test_names_survive_a_restart(world: World) -> None:
    world.list_market("STAY-1", event={"title": "It stays"})
    before = find(world, "it-stays")
    again = world.restarted()
    world.running, world._runner = again.running, again._runner
    assert find(world, "it-stays") == before
    assert (
        msgspec.structs.asdict(world.running.services.site.events.by_slug("it-stays"))[  # type: ignore[arg-type]
            "ticker"
        ]
        == "STAY-1-E"
    )
