"""Outcomes are corrected after they were paid: by two administrators, for everybody at once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.api.asking import JSON_TYPE, Answer, request
from tests.api.site.outcomes import Case, cents, stamp
from tests.api.site.paying import act, kalshis, staff
from tests.api.site.trading import new_market, number_of, trade
from tests.api.site.world import Member, World, code_of


@pytest.fixture(scope="module")
def ann(world: World) -> Member:
    return staff(world)


@pytest.fixture(scope="module")
def bob(world: World) -> Member:
    return staff(world)


class Paid(Case):
    """A case whose options were paid."""

    def __init__(self, world: World, *results: str, labels: str = "", **event: Any) -> None:
        super().__init__(world, *labels.split(), **event)
        self.resolve(*results, disputeWindowHours=0)
        assert self.event()["status"] == "RESOLVED"

    @property
    def path(self) -> str:
        return f"/events/{self.slug}/reopen-resolution"

    def said(self, *results: str, **more: Any) -> dict[str, Any]:
        outcomes = [
            {"optionId": id, "result": result}
            for id, result in zip(self.ids, results, strict=False)
        ]
        return {"outcomes": outcomes, **more}

    def reopen(self, who: Member, *results: str, **more: Any) -> Answer:
        self.world.now += 1_000_000
        return act(who, "POST", self.path, **self.said(*results, **more))

    def corrected(self, one: Member, two: Member, *results: str, **more: Any) -> Any:
        """Both want it; it must be done."""
        answers = [self.reopen(who, *results, **more) for who in (one, two)]
        assert [answer.status for answer in answers] == [200, 200], answers[-1].body
        return answers[-1].json


def results(case: Case) -> list[str]:
    return [one["result"] for one in case.event()["resolution"]["outcomes"]]


def test_two_administrators_correct_an_outcome(world: World, ann: Member, bob: Member) -> None:
    case = Paid(world, "YES")
    before = {who.username: cents(who)[0] for who in (case.yes, case.no)}
    note = {"note": "The count was *wrong*.", "evidenceUrl": "https://example.com/b"}
    asked = case.reopen(ann, "NO", **note).json
    assert asked["reopening"]["status"] == "WAITING"
    assert asked["reopening"]["askedBy"] == number_of(ann)
    assert results(case) == ["YES"]
    assert cents(case.yes)[0] == before[case.yes.username]
    done = case.reopen(bob, "NO", **note).json
    assert (done["reopening"]["status"], done["reopening"]["decidedBy"]) == (
        "DONE",
        number_of(bob),
    )
    assert done["event"]["status"] == "RESOLVED"
    assert cents(case.yes)[0] == before[case.yes.username] - 1_000
    assert cents(case.no)[0] == before[case.no.username] + 1_000
    seen = case.event()["resolution"]
    deed = seen["history"][-1]
    assert (deed["action"], deed["by"], deed["note"]) == ("CORRECTED", ann.username, note["note"])
    assert (deed["at"], deed["evidenceUrl"]) == (stamp(world.now), note["evidenceUrl"])
    assert (seen["outcomes"][0]["result"], seen["note"]) == ("NO", note["note"])
    log = world.admin("GET", "/audit?action=event.reopen-resolution&limit=2")
    assert [row["actor"] for row in log["rows"]] == [number_of(bob), number_of(ann)]


def test_what_is_printed_elsewhere_follows(world: World, ann: Member, bob: Member) -> None:
    case = Paid(world, "YES")
    ticker, market = case.tickers[0], f"/trade-api/v2/markets/{case.tickers[0]}"
    closed = f"/api/positions?status=closed&eventSlug={case.slug}"
    assert world.send("GET", market).json["market"]["result"] == "yes"
    case.corrected(ann, bob, "NO")
    printed = world.send("GET", market).json["market"]
    assert (printed["result"], printed["settlement_value_dollars"]) == ("no", "0.0000")
    assert printed["status"] == "finalized"
    (settled,) = kalshis(case.yes, "settlements")
    assert (settled["ticker"], settled["market_result"], settled["revenue"]) == (ticker, "no", 0)
    (position,) = case.yes.get(closed)["positions"]
    assert position["realizedPnlCents"] == -400


def test_the_ledger_keeps_what_was_paid_and_what_was_taken_back(
    world: World, ann: Member, bob: Member
) -> None:
    case = Paid(world, "YES")
    case.corrected(ann, bob, "NO")
    for who, paid, added in ((case.yes, 10, -10), (case.no, 0, 10)):
        for kind, dollars in (("settle", paid), ("correction", added)):
            path = f"/ledger?userId={who.id}&kind={kind}"
            rows = world.admin("GET", path)["postings"]
            assert sum(row["amountMicros"] for row in rows) == dollars * 1_000_000
    assert world.admin("GET", "/ledger/check")["ok"] is True


def test_nobody_confirms_their_own_wish(world: World, ann: Member, bob: Member) -> None:
    case = Paid(world, "YES")
    assert case.reopen(ann, "NO").status == 200
    assert code_of(case.reopen(ann, "NO")) == (403, "forbidden")
    assert code_of(case.reopen(bob, "NO", note="Otherwise.")) == (409, "conflict")
    scalar = {"optionId": case.ids[0], "result": "SCALAR", "settlementValueCents": 50}
    other = act(bob, "POST", case.path, outcomes=[scalar])
    assert code_of(other) == (409, "conflict")
    assert results(case) == ["YES"]
    # What waits can be taken back, by either; then there is room for another wish.
    back = act(bob, "POST", case.path, withdraw=True).json["reopening"]
    assert (back["status"], back["decidedBy"]) == ("WITHDRAWN", number_of(bob))
    assert code_of(act(bob, "POST", case.path, withdraw=True)) == (409, "conflict")
    asked = act(bob, "POST", case.path, outcomes=[scalar]).json["reopening"]
    assert (asked["status"], asked["askedBy"]) == ("WAITING", number_of(bob))
    assert act(ann, "POST", case.path, outcomes=[scalar]).status == 200
    assert results(case) == ["SCALAR"]


def test_a_dry_run_says_what_everybody_gains_or_loses(
    world: World, ann: Member, bob: Member
) -> None:
    case = Paid(world, "YES")
    before = {who.username: cents(who)[0] for who in (case.yes, case.no)}
    ran = act(ann, "POST", f"{case.path}?dryRun=1", **case.said("NO")).json
    assert ran["dryRun"] is True
    assert "reopening" not in ran
    told = ran["changes"]
    assert (told["movedCents"], told["coverCents"], told["holders"]) == (1_000, 0, 2)
    got = {one["username"]: (one["side"], one["payoutCents"]) for one in told["changes"]}
    assert got == {case.yes.username: ("YES", 0), case.no.username: ("NO", 1_000)}
    change = {one["username"]: one["changeCents"] for one in told["changes"]}
    case.corrected(ann, bob, "NO")
    for who in (case.yes, case.no):
        assert cents(who)[0] - before[who.username] == change[who.username]


def test_the_house_pays_for_who_has_spent_it(world: World, ann: Member, bob: Member) -> None:
    case = Paid(world, "YES")
    poor = number_of(case.yes)
    left = cents(case.yes)[0] - 250
    world.admin(
        "POST", f"/members/{poor}/funds", kind="withdrawal", amount=f"{left // 100}.{left % 100:02}"
    )
    had = cents(case.yes)[0], cents(case.no)[0]
    ran = act(ann, "POST", f"{case.path}?dryRun=1", **case.said("NO")).json["changes"]
    assert 740 <= ran["coverCents"] <= 750
    case.corrected(ann, bob, "NO")
    assert cents(case.yes)[0] == 0
    assert cents(case.no)[0] == had[1] + 1_000
    assert world.admin("GET", "/ledger/check")["problems"] == []
    # She is paid again: the house has its part back, and she has what she had.
    case.corrected(ann, bob, "YES")
    assert (cents(case.yes)[0], cents(case.no)[0]) == had


def test_the_other_options_of_an_exclusive_event_follow(
    world: World, ann: Member, bob: Member
) -> None:
    case = Paid(world, "YES", labels="A B", exclusive=True)
    assert results(case) == ["YES", "NO"]
    said = [{"optionId": case.ids[1], "result": "YES"}]
    for who in (ann, bob):
        assert act(who, "POST", case.path, outcomes=said).status == 200
    assert results(case) == ["NO", "YES"]
    assert case.event()["resolution"]["history"][-1]["outcomes"] == [
        {"optionId": case.ids[0], "result": "NO", "settlementValueCents": 0},
        {"optionId": case.ids[1], "result": "YES", "settlementValueCents": 100},
    ]
    yes = [{"optionId": id, "result": "YES"} for id in case.ids]
    assert code_of(act(ann, "POST", case.path, outcomes=yes)) == (409, "values_exceed_one")


def test_what_is_not_corrected(world: World, ann: Member) -> None:
    case = Paid(world, "YES")
    assert code_of(case.reopen(ann, "YES")) == (409, "wrong_status")
    assert code_of(case.reopen(ann, "VOID")) == (409, "wrong_status")
    assert code_of(case.reopen(ann)) == (400, "validation_failed")
    assert code_of(case.reopen(ann, "NO", withdraw=True)) == (400, "validation_failed")
    assert code_of(case.reopen(ann, "NO", other=1)) == (400, "validation_failed")
    assert code_of(case.reopen(ann, "NO", evidenceUrl="ftp://x")) == (400, "validation_failed")
    foreign = {"outcomes": [{"optionId": "opt_x", "result": "NO"}]}
    assert code_of(act(ann, "POST", case.path, **foreign)) == (400, "validation_failed")
    missing = act(ann, "POST", "/events/no-such/reopen-resolution", **case.said("NO"))
    assert code_of(missing) == (404, "not_found")
    known = Case(world)
    known.resolve("YES")
    path = f"/events/{known.slug}/reopen-resolution"
    said = {"outcomes": [{"optionId": known.ids[0], "result": "NO"}]}
    assert code_of(act(ann, "POST", path, **said)) == (409, "wrong_status")
    known.act("void")
    assert code_of(act(ann, "POST", path, **said)) == (409, "wrong_status")
    assert code_of(act(ann, "POST", f"{path}?dryRun=1", **said)) == (409, "wrong_status")


def test_only_administrators_and_only_play_money(world: World, ann: Member) -> None:
    case = Paid(world, "YES")
    for role in ("resolver", "moderator", "auditor"):
        assert code_of(case.reopen(staff(world, role), "NO"))[0] == 403
    nobody = world.send("POST", f"/api/admin{case.path}", case.said("NO"))
    assert code_of(nobody) == (401, "unauthenticated")
    world.running.services.site.real_money = True
    try:
        assert code_of(case.reopen(ann, "NO")) == (403, "forbidden")
    finally:
        world.running.services.site.real_money = False


def test_a_repeated_request_is_answered_again(world: World, ann: Member, bob: Member) -> None:
    case = Paid(world, "YES")
    body = json.dumps({"reason": "a test", **case.said("NO")}).encode()

    def ask(who: Member, key: bytes) -> Answer:
        headers = (*who.browser(), JSON_TYPE, (b"idempotency-key", key))
        made = request("POST", f"/api/admin{case.path}", headers, body)
        return world.all_at_once(made)[0]

    first, again = ask(ann, b"one"), ask(ann, b"one")
    assert (first.status, again.status) == (200, 200)
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    before = cents(case.no)[0]
    assert ask(bob, b"two").body == ask(bob, b"two").body
    assert cents(case.no)[0] == before + 1_000


def test_of_a_hundred_confirmations_one_counts(world: World, ann: Member, bob: Member) -> None:
    case = Paid(world, "YES")
    assert case.reopen(ann, "NO").status == 200
    before = cents(case.no)[0]
    body = json.dumps({"reason": "a test", **case.said("NO")}).encode()
    headers = (*bob.browser(), JSON_TYPE)
    asked = [request("POST", f"/api/admin{case.path}", headers, body) for _ in range(100)]
    answers = world.all_at_once(*asked)
    assert Counter(code_of(one) if one.status != 200 else 200 for one in answers) == {
        200: 1,
        (409, "wrong_status"): 99,
    }
    assert cents(case.no)[0] == before + 1_000


def test_holders_are_told_and_keep_what_they_earned(world: World, ann: Member, bob: Member) -> None:
    case = Paid(world, "YES")
    world.work()
    earned = case.yes.get("/api/me/xp")["xp"]
    assert earned
    case.corrected(ann, bob, "NO")
    world.work()
    told = case.yes.get("/api/me/notifications")["notifications"]
    mine = [one for one in told if one["title"].startswith("Outcome corrected")]
    assert [(one["type"], one["title"], one["body"]) for one in mine] == [
        (
            "POSITION_SETTLED",
            f"Outcome corrected: {case.tickers[0]}",
            "The outcome was wrong. 10 contracts pay 0.00, not 10.00: -10.00.",
        )
    ]
    assert case.yes.get("/api/me/xp")["xp"] == earned


def test_a_restart_keeps_what_waits_and_what_was_done(
    world: World, ann: Member, bob: Member
) -> None:
    case, waits = Paid(world, "YES"), Paid(world, "YES")
    case.corrected(ann, bob, "NO")
    assert waits.reopen(ann, "NO").status == 200
    world.restart()
    assert results(case) == ["NO"]
    assert waits.reopen(bob, "NO").json["reopening"]["status"] == "DONE"
    assert results(waits) == ["NO"]
    trade(case.yes, case.no, new_market(world))
