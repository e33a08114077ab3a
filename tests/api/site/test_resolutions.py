"""Operators resolve, void and finalize events; they are paid when the time for disputes is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from presage.units import SECOND
from tests.api.site.outcomes import Case, cents, stamp
from tests.api.site.talking import told
from tests.api.site.trading import trade
from tests.api.site.world import World


@pytest.fixture
def bonded(world: World) -> Iterator[None]:
    world.set("DISPUTE_BOND_CENTS", 500)
    yield
    world.set("DISPUTE_BOND_CENTS", 0)


def test_an_event_is_resolved_and_paid_when_its_window_is_over(world: World) -> None:
    case = Case(world, disputeWindowHours=2)
    assert case.event()["resolution"] is None
    done = case.resolve("YES", evidenceUrl="https://example.com/a", note="As *announced*.")
    assert done["event"]["status"] == "RESOLVING"
    seen = case.event()["resolution"]
    at, ends = stamp(world.now), stamp(world.now + 7_200 * SECOND)
    outcome = {"optionId": case.ids[0], "result": "YES", "settlementValueCents": 100}
    assert seen["history"][0] | {"by": ""} == {
        "at": at,
        "action": "RESOLVED",
        "by": "",
        "note": "As *announced*.",
        "evidenceUrl": "https://example.com/a",
        "outcomes": [outcome],
        "disputeWindowEndsAt": ends,
        "disputeId": None,
        "status": None,
    }
    assert seen | {"history": [], "resolvedBy": ""} == {
        "state": "RESOLVING",
        "outcomes": [outcome],
        "evidenceUrl": "https://example.com/a",
        "note": "As *announced*.",
        "resolvedBy": "",
        "determinedAt": at,
        "disputeWindowEndsAt": ends,
        "finalizedAt": None,
        "history": [],
    }
    case.wait(1.9)
    assert case.event()["status"] == "RESOLVING"
    case.wait(0.1)
    after = case.event()
    assert after["status"] == "RESOLVED"
    assert after["resolution"]["finalizedAt"] == stamp(world.now)
    assert after["resolution"]["disputeWindowEndsAt"] is None


def test_a_dry_run_says_who_would_get_what_and_changes_nothing(world: World) -> None:
    case = Case(world)
    said = [{"optionId": case.ids[0], "result": "SCALAR", "settlementValueCents": 30}]
    ran = world.admin("POST", f"/events/{case.slug}/resolve?dryRun=1", outcomes=said)
    assert ran["dryRun"] is True
    assert ran["payouts"]["totalCents"] == 1_000
    assert ran["payouts"]["holders"] == 2
    got = {
        one["username"]: (one["side"], one["quantity"], one["payoutCents"], one["profitCents"])
        for one in ran["payouts"]["payouts"]
    }
    assert got == {
        case.yes.username: ("YES", 10, 300, -100),
        case.no.username: ("NO", 10, 700, 100),
    }
    assert case.event()["status"] == "CLOSED"
    before = cents(case.yes)[0]
    case.resolve("NO", disputeWindowHours=0)
    assert case.event()["status"] == "RESOLVED"
    assert cents(case.yes)[0] == before


def test_a_dry_run_of_a_void_is_what_a_void_pays(world: World) -> None:
    case = Case(world)
    trade(world.join(), world.join(), Case(world, closed=False).tickers[0])
    said = [{"optionId": case.ids[0], "result": "VOID"}]
    ran = world.admin("POST", f"/events/{case.slug}/resolve?dryRun=1", outcomes=said)
    before = {who.username: cents(who)[0] for who in (case.yes, case.no)}
    would = {one["username"]: one["payoutCents"] for one in ran["payouts"]["payouts"]}
    case.act("void")
    for who in (case.yes, case.no):
        came = cents(who)[0] - before[who.username]
        assert 0 <= came - would[who.username] <= 1, "both are rounded down"
    assert case.event()["status"] == "VOIDED"


def test_what_cannot_be_resolved(world: World) -> None:
    case = Case(world, "A", "B", exclusive=True, closed=False)
    path = f"/events/{case.slug}/resolve"

    def refused(*outcomes: dict[str, Any], **body: Any) -> tuple[int, str]:
        return world.refused("POST", path, outcomes=outcomes, **body)

    yes = [{"optionId": id, "result": "YES"} for id in case.ids]
    assert refused(yes[0]) == (409, "wrong_status")
    case.act("close")
    assert refused(*yes) == (409, "values_exceed_one")
    assert refused(yes[0], yes[0]) == (400, "validation_failed")
    assert refused(yes[0], disputeWindowHours=169) == (400, "validation_failed")
    assert refused() == (400, "validation_failed")
    assert refused({"optionId": "opt_x", "result": "YES"}) == (400, "validation_failed")
    assert refused(yes[0], evidenceUrl="ftp://x") == (400, "validation_failed")
    assert case.event()["status"] == "CLOSED"
    case.resolve("YES")
    case.resolve("NO", "YES", note="A slip of the pen.")
    assert case.event()["resolution"]["history"][-1]["action"] == "AMENDED"
    case.disputed(case.no)
    assert refused(yes[0]) == (409, "wrong_status")


def test_voiding_ends_disputes_and_gives_the_bonds_back(world: World, bonded: None) -> None:
    case = Case(world)
    case.resolve("YES")
    case.disputed(case.no)
    case.disputed(case.yes)
    case.act("void", note="The question was unclear.")
    assert case.event()["status"] == "VOIDED"
    for who in (case.yes, case.no):
        assert cents(who) == (case.start[who.username], 0)
        assert told(world, who, "DISPUTE_DECIDED")[0]["data"]["status"] == "VOIDED"
    assert world.refused("POST", f"/events/{case.slug}/void") == (409, "wrong_status")


def test_an_open_event_is_settled_at_a_value(world: World) -> None:
    case = Case(world, closed=False)
    wrong = world.refused("POST", f"/events/{case.slug}/void", mode="SETTLE_AT")
    assert wrong == (400, "validation_failed")
    before = cents(case.yes)[0], cents(case.no)[0]
    case.act("void", mode="SETTLE_AT", valueCents=50)
    assert case.event()["status"] == "RESOLVED"
    assert (cents(case.yes)[0], cents(case.no)[0]) == (before[0] + 500, before[1] + 500)


def test_finalizing_pays_before_the_window_is_over(world: World) -> None:
    case = Case(world)
    assert world.refused("POST", f"/events/{case.slug}/finalize") == (409, "wrong_status")
    case.resolve("YES")
    before = cents(case.yes)[0]
    case.act("finalize")
    assert case.event()["status"] == "RESOLVED"
    assert cents(case.yes)[0] == before + 1_000
    assert case.event()["resolution"]["history"][-1]["action"] == "FINALIZED"
