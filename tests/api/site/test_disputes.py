"""Outcomes are disputed and decided; nothing is paid while a dispute is open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from presage.units import SECOND
from tests.api.asking import JSON_TYPE, request
from tests.api.site.outcomes import REASON, Case, cents, decide, stamp
from tests.api.site.talking import happened, told, with_role
from tests.api.site.trading import market_of
from tests.api.site.world import Member, World, code_of


@pytest.fixture(scope="module")
def judge(world: World) -> Member:
    """An administrator who has resolved nothing, and is at the browser for as long as it takes."""
    world.admin("PATCH", "/settings", settings={"ADMIN_LOGIN_HOURS": 720})
    return with_role(world, "admin")


@pytest.fixture
def bonded(world: World) -> Iterator[None]:
    world.set("DISPUTE_BOND_CENTS", 500)
    yield
    world.set("DISPUTE_BOND_CENTS", 0)


def test_a_dispute_stops_the_payout_at_once(world: World) -> None:
    case = Case(world, disputeWindowHours=2)
    case.resolve("YES")
    answer = case.dispute(
        case.no, evidenceUrl="https://example.com/b", optionId=case.ids[0], proposedOutcome="no"
    )
    assert answer.status == 201
    shown = answer.json["dispute"]
    assert answer.json["event"] == {"status": "DISPUTED", "disputeWindowEndsAt": None}
    assert shown | {"id": "", "createdAt": ""} == {
        "id": "",
        "eventSlug": case.slug,
        "optionId": case.ids[0],
        "reason": REASON,
        "evidenceUrl": "https://example.com/b",
        "proposedOutcome": "NO",
        "bondCents": 0,
        "round": 1,
        "status": "OPEN",
        "decisionNote": None,
        "createdAt": "",
        "decidedAt": None,
    }
    case.wait(48)
    event = case.event()
    assert (event["status"], event["disputes"]) == ("DISPUTED", 1)
    assert event["resolution"]["disputeWindowEndsAt"] is None
    deed = event["resolution"]["history"][-1]
    assert (deed["action"], deed["note"], deed["by"], deed["status"]) == (
        "DISPUTED",
        REASON,
        None,
        "OPEN",
    )
    assert world.refused("POST", f"/events/{case.slug}/finalize") == (409, "wrong_status")


def test_who_may_dispute_what_and_when(world: World) -> None:
    case = Case(world, closed=False)
    closed = (409, "dispute_window_closed")
    assert code_of(case.dispute(case.yes)) == closed
    case.act("close")
    assert code_of(case.dispute(case.yes)) == closed
    case.resolve("YES", disputeWindowHours=1)
    assert code_of(case.dispute(world.join())) == (403, "forbidden")
    missing = case.yes.call("POST", "/api/events/no-such/dispute", {"reason": REASON})
    assert code_of(missing) == (404, "not_found")
    other = Case(world)
    assert code_of(case.dispute(case.yes, optionId=other.ids[0])) == (404, "not_found")
    assert code_of(case.dispute(case.yes, optionId="opt_x")) == (404, "not_found")
    for wrong in (
        {"reason": "too short"},
        {"reason": " " * 40},
        {"reason": "x" * 2_001},
        {"evidenceUrl": "http://example.com"},
        {"evidenceUrl": "https://a@example.com"},
        {"proposedOutcome": "MAYBE"},
    ):
        assert code_of(case.dispute(case.yes, **wrong)) == (400, "validation_failed"), wrong
    world.now += 3_600 * SECOND  # the window is over, whether or not anybody has looked
    assert code_of(case.dispute(case.yes)) == closed
    case.wait(0)
    assert case.event()["status"] == "RESOLVED"
    assert code_of(case.dispute(case.yes)) == closed


def test_off_and_muted(world: World) -> None:
    case = Case(world)
    case.resolve("YES")
    world.set("disputes", False)
    assert code_of(case.dispute(case.yes)) == (403, "feature_disabled")
    world.set("disputes", True)
    world.admin("PATCH", f"/users/{case.yes.id}", status="MUTED")
    assert case.dispute(case.yes).status == 201
    world.admin("PATCH", f"/users/{case.no.id}", status="SUSPENDED")
    assert code_of(case.dispute(case.no)) == (403, "suspended")


def test_an_option_that_is_not_alone_has_to_be_named(world: World) -> None:
    case = Case(world, "A", "B")
    case.resolve("YES", "YES")
    assert code_of(case.dispute(case.no, proposedOutcome="NO")) == (400, "validation_failed")
    assert case.dispute(case.no, proposedOutcome="NO", optionId=case.ids[1]).status == 201
    statuses = [one["status"] for one in case.event()["options"]]
    assert statuses == ["RESOLVING", "DISPUTED"]
    assert case.dispute(case.yes, proposedOutcome="VOID").status == 201
    assert {one["status"] for one in case.event()["options"]} == {"DISPUTED"}


def test_where_one_option_happens_all_are_held(world: World) -> None:
    case = Case(world, "A", "B", "C", exclusive=True)
    case.resolve("YES")
    assert [one["result"] for one in case.event()["options"]] == ["YES", "NO", "NO"]
    case.disputed(case.no, optionId=case.ids[1])
    assert {one["status"] for one in case.event()["options"]} == {"DISPUTED"}


def test_once_a_round_and_a_hundred_at_once_are_one(world: World, bonded: None) -> None:
    case = Case(world)
    case.resolve("YES")
    before = cents(case.no)[0]
    headers = ((b"authorization", f"Bearer {case.no.key()}".encode()), JSON_TYPE)
    body = json.dumps({"reason": REASON}).encode()
    target = f"/api/events/{case.slug}/dispute"
    answers = world.all_at_once(*[request("POST", target, headers, body) for _ in range(100)])
    assert sorted(answer.status for answer in answers) == [201] + [409] * 99
    assert {code_of(one)[1] for one in answers if one.status == 409} == {"already_disputed"}
    assert cents(case.no) == (before - 500, 500)
    assert case.event()["disputes"] == 1


def test_the_same_request_again_has_the_same_answer(world: World, bonded: None) -> None:
    case = Case(world)
    case.resolve("YES")
    body = {"reason": REASON}
    first, again = (
        case.no.call("POST", f"/api/events/{case.slug}/dispute", body, idempotency_key="k")
        for _ in range(2)
    )
    assert (first.status, again.json) == (201, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    assert cents(case.no)[1] == 500


def test_the_bond_is_the_members_and_cannot_be_spent(
    world: World, bonded: None, judge: Member
) -> None:
    case = Case(world)
    me = case.no.get("/api/auth/me")["user"]
    case.resolve("YES", disputeWindowHours=1)
    dispute = case.disputed(case.no)
    now = case.no.get("/api/auth/me")["user"]
    assert now["balanceCents"] == me["balanceCents"]
    assert now["availableCents"] == me["availableCents"] - 500
    assert now["reservedCents"] == me["reservedCents"] + 500
    assert code_of(case.no.click("DELETE", "/api/me", {"password": "correct horse battery"})) == (
        409,
        "conflict",
    )
    world.restart()
    assert cents(case.no)[1] == 500
    assert decide(world, judge, dispute, "REJECT").status == 200
    after = case.no.get("/api/auth/me")["user"]
    assert (after["availableCents"], after["reservedCents"]) == (me["availableCents"], 0)


def test_too_little_for_the_bond(world: World) -> None:
    case = Case(world)
    case.resolve("YES")
    have = cents(case.no)[0]
    world.set("DISPUTE_BOND_CENTS", have + 1)
    answer = case.dispute(case.no)
    world.set("DISPUTE_BOND_CENTS", 0)
    assert code_of(answer) == (402, "insufficient_funds")
    problem = answer.json
    assert (problem["requiredCents"], problem["availableCents"], problem["shortfallCents"]) == (
        have + 1,
        have,
        1,
    )
    assert case.event()["status"] == "RESOLVING"
    assert case.event()["disputes"] == 0


def test_a_rejected_dispute_lets_the_clock_go_on(world: World, judge: Member, bonded: None) -> None:
    case = Case(world, disputeWindowHours=3)
    case.resolve("YES")
    case.wait(2.5)
    dispute = case.disputed(case.no)
    case.wait(10)
    answer = decide(world, judge, dispute, "REJECT", note="The figures are what they are.")
    assert answer.status == 200, answer.body
    assert [one["status"] for one in answer.json["disputes"]] == ["REJECTED"]
    event = answer.json["event"]
    assert event["status"] == "RESOLVING"
    # Half an hour was left: it is an hour at least.
    ends = stamp(world.now + 3_600 * SECOND)
    assert event["resolution"]["disputeWindowEndsAt"] == ends
    assert [deed["action"] for deed in event["resolution"]["history"]] == [
        "RESOLVED",
        "DISPUTED",
        "STANDS",
    ]
    assert cents(case.no)[1] == 0
    (notice,) = told(world, case.no, "DISPUTE_DECIDED")
    assert notice["body"] == "The figures are what they are."
    case.wait(0.9)
    assert case.event()["status"] == "RESOLVING"
    case.wait(0.1)
    assert case.event()["status"] == "RESOLVED"
    again = decide(world, judge, dispute, "REJECT")
    assert code_of(again) == (409, "conflict")


def test_a_frivolous_dispute_loses_its_bond(world: World, judge: Member, bonded: None) -> None:
    case = Case(world)
    case.resolve("YES")
    dispute = case.disputed(case.no)
    have = cents(case.no)[0]
    wrong = decide(world, judge, dispute, "UPHOLD", frivolous=True)
    assert code_of(wrong) == (400, "validation_failed")
    assert decide(world, judge, dispute, "REJECT", frivolous=True).status == 200
    assert cents(case.no) == (have, 0)
    assert told(world, case.no, "DISPUTE_DECIDED")[0]["body"] == "Your bond is lost."


def test_an_upheld_dispute_amends_the_outcome(world: World, judge: Member, bonded: None) -> None:
    case = Case(world)
    case.resolve("YES")
    dispute = case.disputed(case.no, proposedOutcome="NO")
    joined = case.disputed(case.yes, proposedOutcome="VOID")
    answer = decide(world, judge, dispute, "UPHOLD", note="Right.")
    assert answer.status == 200, answer.body
    decided = {one["id"]: one["status"] for one in answer.json["disputes"]}
    assert decided == {dispute: "UPHELD", joined: "REJECTED"}
    event = case.event()
    assert event["options"][0]["status"] == "AMENDED"
    assert event["status"] == "RESOLVING"
    assert event["resolution"]["outcomes"][0]["result"] == "NO"
    assert event["resolution"]["resolvedBy"] == judge.username
    assert event["resolution"]["disputeWindowEndsAt"] == stamp(world.now + 12 * 3_600 * SECOND)
    assert cents(case.no)[1] == cents(case.yes)[1] == 0
    assert [one.data for one in happened(world, "dispute.upheld")] == [{"dispute": dispute}]
    world.work()
    sources = {one["source"] for one in case.no.get("/api/me/xp")["recent"]}
    assert "DISPUTE" in sources
    have = cents(case.no)[0]
    case.wait(12)
    assert case.event()["status"] == "RESOLVED"
    assert cents(case.no)[0] == have + 1_000


def test_a_voided_event_leaves_everybody_as_before(world: World, judge: Member) -> None:
    case = Case(world, closed=False)
    case.act("close")
    case.resolve("YES")
    dispute = case.disputed(case.no, proposedOutcome="VOID")
    assert decide(world, judge, dispute, "VOID").status == 200
    event = case.event()
    assert event["status"] == "VOIDED"
    assert event["options"][0]["result"] == "VOID"
    for who in (case.yes, case.no):
        assert cents(who) == (case.start[who.username], 0)
    assert case.event()["resolution"]["history"][-1]["action"] == "VOIDED"


def test_nobody_decides_about_an_outcome_of_their_own(world: World, judge: Member) -> None:
    case = Case(world)
    resolver = with_role(world, "admin")
    said = [{"optionId": case.ids[0], "result": "YES"}]
    body = {"reason": "a test", "outcomes": said}
    path = f"/api/admin/events/{case.slug}"
    assert resolver.click("POST", f"{path}/resolve", body).status == 200
    dispute = case.disputed(case.no, proposedOutcome="NO")
    assert code_of(decide(world, resolver, dispute, "REJECT")) == (403, "forbidden")
    assert decide(world, judge, dispute, "UPHOLD").status == 200
    # The outcome is the judge's now.
    again = case.disputed(case.yes)
    assert code_of(decide(world, judge, again, "REJECT")) == (403, "forbidden")
    assert decide(world, resolver, again, "REJECT").status == 200


def test_who_determined_a_market_by_its_verb_is_its_resolver_too(
    world: World, judge: Member
) -> None:
    case = Case(world)
    world.admin("POST", f"/markets/{case.tickers[0]}/determine", result="yes")
    dispute = case.disputed(case.no)
    body = {"decision": "REJECT"}
    assert world.refused("POST", f"/disputes/{dispute}/decide", **body) == (403, "forbidden")
    verbs: dict[str, dict[str, Any]] = {"amend": {"result": "no"}, "void": {}}
    for verb, more in verbs.items():
        refusal = world.refused("POST", f"/markets/{case.tickers[0]}/{verb}", **more)
        assert refusal == (409, "wrong_status"), verb
    assert decide(world, judge, dispute, "REJECT").status == 200


def test_three_rounds_and_no_more(world: World, judge: Member) -> None:
    other = with_role(world, "admin")
    case = Case(world)
    case.resolve("YES")
    for at, (who, result) in enumerate([(judge, "NO"), (other, "YES"), (judge, "NO")], 1):
        disputer = case.no if result == "NO" else case.yes
        answer = case.dispute(disputer, proposedOutcome=result)
        assert answer.json["dispute"]["round"] == at
        decided = decide(world, who, answer.json["dispute"]["id"], "UPHOLD")
        assert decided.status == 200, decided.body
    assert code_of(case.dispute(case.yes)) == (409, "dispute_window_closed")
    case.wait(12)
    assert case.event()["resolution"]["outcomes"][0]["result"] == "NO"


def test_what_others_still_dispute_stays_held(world: World, judge: Member) -> None:
    case = Case(world, "A", "B")
    case.resolve("YES", "YES")
    one = case.disputed(case.no, optionId=case.ids[0])
    two = case.disputed(case.yes)
    assert decide(world, judge, one, "REJECT").status == 200
    assert {option["status"] for option in case.event()["options"]} == {"DISPUTED"}
    said = [{"optionId": case.ids[1], "result": "SCALAR", "settlementValueCents": 25.5}]
    assert decide(world, judge, two, "UPHOLD", newOutcomes=said).status == 200
    options = case.event()["options"]
    assert [option["status"] for option in options] == ["RESOLVING", "AMENDED"]
    assert [option["settlementValueCents"] for option in options] == [100, 25.5]


def test_upholding_has_to_change_something(world: World, judge: Member) -> None:
    case = Case(world, "A", "B")
    case.resolve("YES", "NO")
    dispute = case.disputed(case.no, optionId=case.ids[0])
    wrong: list[dict[str, Any]] = [
        {},
        {"newOutcomes": [{"optionId": case.ids[0], "result": "YES"}]},
        {"newOutcomes": [{"optionId": case.ids[1], "result": "YES"}]},
        {"newOutcomes": [{"optionId": "opt_x", "result": "YES"}]},
        {"newOutcomes": [{"optionId": case.ids[0], "result": "SCALAR"}]},
        {"newOutcomes": [{"optionId": case.ids[0], "result": "NO", "settlementValueCents": 3}]},
    ]
    for more in wrong:
        assert code_of(decide(world, judge, dispute, "UPHOLD", **more)) == (
            400,
            "validation_failed",
        ), more
    said = [{"optionId": case.ids[0], "result": "NO"}]
    for decision in ("REJECT", "VOID"):
        answer = decide(world, judge, dispute, decision, newOutcomes=said)
        assert code_of(answer) == (400, "validation_failed")
    assert case.event()["options"][0]["status"] == "DISPUTED"


def test_the_queue_says_what_is_overdue(world: World, judge: Member) -> None:
    case = Case(world)
    case.resolve("YES")
    dispute = case.disputed(case.no)
    case.wait(73)
    listed = judge.click("GET", f"/api/admin/disputes?status=open&eventSlug={case.slug}").json
    (found,) = listed["disputes"]
    assert found["id"] == dispute
    assert (found["username"], found["openHours"], found["overdue"]) == (
        case.no.username,
        73,
        True,
    )
    assert found["mayDecide"] is True
    world.work()
    world.work()
    assert [one["data"]["dispute"] for one in told(world, judge, "EVENT_DISPUTED")].count(
        dispute
    ) == 1
    assert listed["overdue"] >= 1
    pages: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = judge.click("GET", f"/api/admin/disputes?limit=2&cursor={cursor}").json
        pages += [one["id"] for one in page["disputes"]]
        cursor = page["nextCursor"]
    assert dispute in pages
    assert len(pages) == len(set(pages))
    assert decide(world, judge, dispute, "REJECT").status == 200
    missing = judge.click("GET", "/api/admin/disputes?eventSlug=no-such")
    assert code_of(missing) == (404, "not_found")


def test_who_may_do_what(world: World, judge: Member) -> None:
    case = Case(world)
    case.resolve("YES")
    dispute = case.disputed(case.no)
    allowed = {
        ("resolve", "resolver"): True,
        ("resolve", "moderator"): False,
        ("void", "resolver"): False,
        ("finalize", "resolver"): False,
        ("decide", "resolver"): False,
    }
    for (verb, role), may in allowed.items():
        who = with_role(world, role)
        path = f"disputes/{dispute}/decide" if verb == "decide" else f"events/{case.slug}/{verb}"
        said = [{"optionId": case.ids[0], "result": "YES"}]
        bodies: dict[str, dict[str, Any]] = {
            "resolve": {"outcomes": said},
            "decide": {"decision": "REJECT"},
        }
        body = {"reason": "a test", **bodies.get(verb, {})}
        answer = who.click("POST", f"/api/admin/{path}", body)
        assert (answer.status != 403) is may, (verb, role, answer.body)
    assert market_of(world, case.tickers[0])
    assert case.event()["status"] == "DISPUTED"
