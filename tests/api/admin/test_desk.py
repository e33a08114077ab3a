"""The desk: who approves what, how often money is moved, and what stays on record of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from presage.site import withdrawals
from tests.api.asking import JSON_TYPE, request
from tests.api.site.paying import (
    HOUR,
    Provider,
    act,
    deposit,
    opened_desk,
    spendable,
    staff,
    told,
    withdraw,
)
from tests.api.site.trading import number_of
from tests.api.site.world import Member, World, code_of


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = opened_desk(tmp_path_factory.mktemp("desk") / "data")
    yield world
    world.close()


@pytest.fixture
def provider(world: World) -> Iterator[Provider]:
    provider = Provider(world)
    yield provider
    provider.close()


def newest_act(world: World) -> dict[str, Any]:
    row: dict[str, Any] = world.admin("GET", "/audit?limit=1")["rows"][0]
    return row


# Withdrawals


def test_a_withdrawal_by_hand_is_approved_and_marked_as_paid(world: World) -> None:
    ann, admin = world.join(), staff(world)
    balance, available = spendable(ann)
    id = withdraw(ann, 4_000)["id"]
    path = f"/withdrawals/{id}"
    assert code_of(act(admin, "POST", f"{path}/mark-paid")) == (409, "conflict")
    approved = act(admin, "POST", f"{path}/approve").json["withdrawal"]
    assert (approved["status"], approved["approvals"], approved["approvalsNeeded"]) == (
        "APPROVED",
        1,
        1,
    )
    assert code_of(ann.click("DELETE", f"/api/withdrawals/{id}")) == (409, "conflict")
    world.work()
    assert spendable(ann) == (balance, available - 4_000)
    paid = act(admin, "POST", f"{path}/mark-paid", reference="bank 7").json["withdrawal"]
    assert (paid["status"], paid["reference"], paid["paidCents"]) == ("PAID", "bank 7", 4_000)
    assert spendable(ann) == (balance - 4_000, available - 4_000)
    for verb in ("approve", "reject", "mark-paid"):
        assert code_of(act(admin, "POST", f"{path}/{verb}")) == (409, "conflict")
    assert spendable(ann) == (balance - 4_000, available - 4_000)
    assert {"WITHDRAWAL_PAID", "WITHDRAWAL_APPROVED", "WITHDRAWAL_REQUESTED"} <= set(told(ann))


@pytest.mark.parametrize("approved_first", [False, True])
def test_one_that_is_turned_down_is_given_back(world: World, approved_first: bool) -> None:
    ann, admin = world.join(), staff(world)
    before, id = spendable(ann), withdraw(ann, 4_000)["id"]
    if approved_first:
        act(admin, "POST", f"/withdrawals/{id}/approve")
    done = act(admin, "POST", f"/withdrawals/{id}/reject", note="Wrong name").json["withdrawal"]
    assert (done["status"], done["note"]) == ("REJECTED", "Wrong name")
    assert spendable(ann) == before
    assert "WITHDRAWAL_REJECTED" in told(ann)


def test_a_large_one_needs_two_people(world: World) -> None:
    ann, one, two = world.join(), staff(world), staff(world)
    small, large = withdraw(ann, 1_000)["id"], withdraw(ann, 1_001)["id"]
    world.set("WITHDRAWAL_DUAL_CENTS", 1_000)
    approve = f"/withdrawals/{large}/approve"
    try:
        assert act(one, "POST", f"/withdrawals/{small}/approve").json["withdrawal"]["status"] == (
            "APPROVED"
        )
        first = act(one, "POST", approve).json["withdrawal"]
        assert (first["status"], first["approvals"], first["approvalsNeeded"]) == (
            "PENDING_REVIEW",
            1,
            2,
        )
        assert code_of(act(one, "POST", approve)) == (403, "forbidden")
        second = act(two, "POST", approve).json["withdrawal"]
        assert (second["status"], second["approvals"]) == ("APPROVED", 2)
    finally:
        world.set("WITHDRAWAL_DUAL_CENTS", 100_000)


def test_the_first_and_a_new_destination_wait(world: World) -> None:
    ann, admin = world.join(), staff(world)
    world.set("WITHDRAWAL_WAIT_HOURS", 24)
    try:
        first = withdraw(ann, 500, to="DE1")
        assert code_of(act(admin, "POST", f"/withdrawals/{first['id']}/approve")) == (
            409,
            "conflict",
        )
        world.now += 24 * HOUR
        admin = Member(world, admin.email, world.login(admin.email))
        assert act(admin, "POST", f"/withdrawals/{first['id']}/approve").status == 200
        again = withdraw(ann, 500, to="DE1")
        assert again["readyAt"] > again["createdAt"], "the first is not paid yet"
        act(admin, "POST", f"/withdrawals/{first['id']}/mark-paid")
        known, other = withdraw(ann, 500, to="DE1"), withdraw(ann, 500, to="DE2")
        assert known["readyAt"] == known["createdAt"]
        assert act(admin, "POST", f"/withdrawals/{known['id']}/approve").status == 200
        assert act(admin, "POST", f"/withdrawals/{other['id']}/approve").status == 409
    finally:
        world.set("WITHDRAWAL_WAIT_HOURS", 0)


def test_a_gateway_that_pays_by_itself_is_handed_it_once(world: World, provider: Provider) -> None:
    ann, admin = world.join(), staff(world)
    world.set("WITHDRAWAL_FEE_BPS", 100)
    balance, _ = spendable(ann)
    id = withdraw(ann, 2_000, "hosted")["id"]
    world.set("WITHDRAWAL_FEE_BPS", 0)
    act(admin, "POST", f"/withdrawals/{id}/approve")
    for verb in ("mark-paid", "reject"):
        assert code_of(act(admin, "POST", f"/withdrawals/{id}/{verb}")) == (409, "conflict")
    provider.status = 500
    world.work()
    assert [one[0] for one in provider.asked] == ["/v1/payouts"]
    provider.status = 200
    world.work()
    assert len(provider.asked) == 1, "not again so soon"
    world.now += 30 * 1_000_000
    world.work()
    world.work()
    (_, first, _), (_, second, headers) = provider.asked
    assert first == second
    assert second == {
        "id": id,
        "amountCents": 1_980,
        "currency": "USD",
        "destination": {"account": "DE1"},
    }
    assert headers["idempotency-key"] == id
    assert ann.get("/api/withdrawals")["withdrawals"][0]["status"] == "SENT"
    assert code_of(provider.call_back("payout.paid", id, 2_000)) == (409, "conflict")
    assert provider.call_back("payout.paid", id, 1_980).json["applied"]
    assert not provider.call_back("payout.paid", id, 1_980).json["applied"]
    assert ann.get("/api/withdrawals")["withdrawals"][0]["status"] == "PAID"
    assert spendable(ann)[0] == balance - 2_000


def test_a_payout_that_fails_is_given_back(world: World, provider: Provider) -> None:
    ann, admin = world.join(), staff(world)
    before = spendable(ann)
    refused, failed = withdraw(ann, 700, "hosted")["id"], withdraw(ann, 900, "hosted")["id"]
    provider.status, provider.reply = 422, {"reason": "No such account"}
    act(admin, "POST", f"/withdrawals/{refused}/approve")
    world.work()
    provider.status, provider.reply = 200, None
    act(admin, "POST", f"/withdrawals/{failed}/approve")
    world.work()
    assert provider.call_back("payout.failed", failed, 900, reason="Came back").json["applied"]
    shown = ann.get("/api/withdrawals")["withdrawals"]
    assert {(one["status"], one["note"]) for one in shown} == {
        ("FAILED", "No such account"),
        ("FAILED", "Came back"),
    }
    assert spendable(ann) == before


def test_a_callback_that_is_faster_than_the_answer_counts(world: World, provider: Provider) -> None:
    ann, admin = world.join(), staff(world)
    id = withdraw(ann, 600, "hosted")["id"]
    act(admin, "POST", f"/withdrawals/{id}/approve")
    assert provider.call_back("payout.paid", id, 600).json["applied"]
    world.work()
    assert provider.asked == []
    assert ann.get("/api/withdrawals")["withdrawals"][0]["status"] == "PAID"


def test_nobody_decides_about_their_own_money(world: World) -> None:
    admin = staff(world)
    mine, out = deposit(admin)["deposit"]["id"], withdraw(admin, 100)["id"]
    for path in (
        f"/deposits/{mine}/confirm",
        f"/withdrawals/{out}/approve",
        f"/withdrawals/{out}/reject",
    ):
        assert code_of(act(admin, "POST", path)) == (403, "forbidden")
    body = {"amountCents": 100, "kind": "ISSUE"}
    assert code_of(act(admin, "POST", f"/users/{admin.id}/funds", **body)) == (403, "forbidden")


def test_who_has_read_an_older_version_is_told(world: World) -> None:
    ann, admin = world.join(), staff(world)
    id = withdraw(ann, 300)["id"]
    path = f"/api/admin/withdrawals/{id}/approve"
    body = {"reason": "a test"}
    stale = (*admin.browser(), (b"if-match", b'"2"'))
    assert code_of(world.send("POST", path, body, stale)) == (409, "version_conflict")
    wrong = act(admin, "POST", f"/withdrawals/{id}/approve", version=7)
    assert code_of(wrong) == (409, "version_conflict")
    fresh = (*admin.browser(), (b"if-match", b'"1"'))
    assert world.send("POST", path, body, fresh).status == 200


@pytest.mark.parametrize("kind", ["deposits", "withdrawals"])
def test_the_queue_is_searched_and_paged(world: World, kind: str) -> None:
    ann = world.join()
    ids = []
    for cents in (100, 200, 300):
        world.now += 1_000
        made = deposit(ann, cents)["deposit"] if kind == "deposits" else withdraw(ann, cents)
        ids.append(made["id"])
    status = "PENDING" if kind == "deposits" else "PENDING_REVIEW"
    first = world.admin("GET", f"/{kind}?userId={ann.username}&status={status}&limit=2")
    assert [one["id"] for one in first[kind]] == ids[:0:-1]
    assert {one["username"] for one in first[kind]} == {ann.username}
    cursor = first["nextCursor"]
    rest = world.admin(
        "GET", f"/{kind}?userId={ann.username}&status={status}&limit=2&cursor={cursor}"
    )
    assert [one["id"] for one in rest[kind]] == ids[:1]
    assert world.refused("GET", f"/{kind}?userId=nobody-here")[0] == 404
    assert world.refused("GET", f"/{kind}?status=LOST")[0] == 400
    assert world.refused("GET", f"/{kind}?cursor=x") == (400, "bad_cursor")
    verb = "confirm" if kind == "deposits" else "approve"
    for unknown in ("nonsense", "dep_" + "0" * 32):
        assert world.refused("POST", f"/{kind}/{unknown}/{verb}") == (404, "not_found")
    for reason in ({}, {"reason": "  "}, {"reason": "ok"}, {"reason": "x" * 501}):
        answer = world.call("POST", f"/api/admin/{kind}/{ids[0]}/{verb}", reason)
        assert (answer.status, answer.json["details"][0]["field"]) == (400, "reason")


def test_a_decision_is_on_record_with_who_from_where_and_what_was_before(world: World) -> None:
    ann, admin = world.join(), staff(world)
    id = deposit(ann)["deposit"]["id"]
    headers = (*admin.browser(), JSON_TYPE)
    asked = request(
        "POST", f"/api/admin/deposits/{id}/confirm", headers, b'{"reason": "seen"}', "198.51.100.7"
    )
    answer = world.all_at_once(asked)[0]
    row = newest_act(world)
    assert row["id"] == answer.json["auditId"]
    assert (row["action"], row["reason"], row["ip"]) == ("deposit.confirm", "seen", "198.51.100.7")
    assert row["actor"] == number_of(admin)
    assert row["request_id"] == answer.headers["x-request-id"]
    assert row["params"]["before"] == {"status": "PENDING", "version": 1}
    (line, _) = world.admin("GET", f"/ledger?userId={ann.id}&kind=deposit:applied")["postings"]
    assert line["amountMicros"] in (50_000_000, -50_000_000)
    before = newest_act(world)["id"]
    assert act(admin, "POST", f"/deposits/{id}/confirm").status == 409
    assert newest_act(world)["id"] == before, "what was refused is not on record"


@pytest.mark.parametrize("verb", ["confirm", "approve", "funds"])
def test_a_hundred_people_at_the_desk_do_it_once(world: World, verb: str) -> None:
    ann, admin = world.join(), staff(world)
    before = spendable(ann)
    extra: dict[str, Any] = {}
    headers = (*admin.browser(), JSON_TYPE)
    if verb == "confirm":
        path = f"/deposits/{deposit(ann, 400)['deposit']['id']}/confirm"
    elif verb == "approve":
        path = f"/withdrawals/{withdraw(ann, 400)['id']}/approve"
    else:
        path, extra = f"/users/{ann.id}/funds", {"amountCents": 400, "kind": "ISSUE"}
        headers += ((b"idempotency-key", b"once"),)
    body = json.dumps({"reason": "a test", **extra}).encode()
    asked = [request("POST", f"/api/admin{path}", headers, body) for _ in range(100)]
    statuses = sorted(one.status for one in world.all_at_once(*asked))
    assert statuses == [200] + [409] * 99
    changes = [now - then for now, then in zip(spendable(ann), before, strict=True)]
    assert changes == ([0, -400] if verb == "approve" else [400, 400])


def test_what_may_become_of_a_withdrawal_ends(world: World) -> None:
    ends = {"PAID", "REJECTED", "FAILED", "CANCELLED"}
    reached = {status for following in withdrawals.NEXT.values() for status in following}
    assert reached - withdrawals.NEXT.keys() == ends
