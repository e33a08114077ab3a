"""The desk: who approves what, how often money is moved, and what stays on record of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from presage.site import withdrawals
from presage.workers.ledger_check import LedgerCheck, Unsound
from tests.api.asking import JSON_TYPE, request
from tests.api.site.paying import Provider, act, deposit, spendable, staff, withdraw
from tests.api.site.trading import new_market, number_of, settle, trade
from tests.api.site.world import Member, World, code_of

HOUR = 3_600 * 1_000_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory: Path = tmp_path_factory.mktemp("desk") / "data"
    world = World(directory)
    world.set("deposits", True)
    world.set("withdrawals", True)
    world.set("DEPOSITS_PER_DAY", 0)
    world.set("WITHDRAWAL_WAIT_HOURS", 0)
    world.work()
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


def told(member: Member) -> list[str]:
    member.world.work()
    return [one["type"] for one in member.get("/api/me/notifications")["notifications"]]


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


# Play money


def test_play_money_is_issued_and_burned(world: World) -> None:
    ann, admin = world.join(), staff(world)
    balance = spendable(ann)[0]
    path = f"/users/{ann.username}/funds"
    done = act(admin, "POST", path, amountCents=1_500, kind="issue").json
    assert (done["order"]["status"], done["balanceCents"]) == ("DONE", balance + 1_500)
    assert "FUNDS_ISSUED" in told(ann)
    done = act(admin, "POST", path, amountCents=-500, kind="BURN").json
    assert done["balanceCents"] == spendable(ann)[0] == balance + 1_000
    lacking = act(admin, "POST", path, amountCents=900_000, kind="BURN")
    assert code_of(lacking) == (402, "insufficient_balance")
    for wrong in (
        {"amountCents": 0, "kind": "ISSUE"},
        {"amountCents": -5, "kind": "ISSUE"},
        {"amountCents": 5, "kind": "MINT"},
        {"amountCents": 5, "kind": "ISSUE", "extra": 1},
        {"amountCents": 100_000_001, "kind": "ISSUE"},
        {"amountCents": 5, "kind": "ISSUE", "confirms": "fnd_1"},
    ):
        assert code_of(act(admin, "POST", path, **wrong)) == (400, "validation_failed")
    body = {"amountCents": 5, "kind": "ISSUE"}
    assert act(admin, "POST", "/users/nobody-here/funds", **body).status == 404


def test_a_large_amount_needs_a_second_person(world: World) -> None:
    ann, one, two = world.join(), staff(world), staff(world)
    balance = spendable(ann)[0]
    path, body = f"/users/{ann.id}/funds", {"amountCents": 1_000_001, "kind": "ISSUE"}
    asked = act(one, "POST", path, **body).json
    assert asked["order"]["status"] == "WAITING"
    assert spendable(ann)[0] == balance
    listed = world.admin("GET", "/funds?status=WAITING")["orders"]
    assert [order["id"] for order in listed] == [asked["order"]["id"]]
    body["confirms"] = asked["order"]["id"]
    assert code_of(act(one, "POST", path, **body)) == (403, "forbidden")
    other = body | {"amountCents": 2_000_000}
    assert code_of(act(two, "POST", path, **other)) == (409, "conflict")
    bob = world.join()
    assert code_of(act(two, "POST", f"/users/{bob.id}/funds", **body)) == (409, "conflict")
    done = act(two, "POST", path, **body).json
    assert (done["order"]["status"], done["order"]["confirmedBy"]) == ("DONE", number_of(two))
    assert spendable(ann)[0] == balance + 1_000_001
    assert code_of(act(two, "POST", path, **body)) == (409, "conflict")
    unknown = body | {"confirms": "fnd_" + "0" * 32}
    assert code_of(act(two, "POST", path, **unknown)) == (404, "not_found")


def bulk(admin: Member, key: str, **body: Any) -> Any:
    headers = (*admin.browser(), (b"idempotency-key", key.encode()))
    wanted = {"reason": "a gift", **body}
    return admin.world.send("POST", "/api/admin/funds/bulk", wanted, headers)


def test_many_get_the_same_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("presage.site.funds.AT_ONCE", 2)
    monkeypatch.setattr("presage.workers.fund_orders.AT_ONCE", 2)
    admin, people = staff(world), [world.join() for _ in range(5)]
    left_out = world.join()
    before = [spendable(one)[0] for one in people]
    names = [one.username for one in people]
    first = bulk(admin, "a", usernames=names, amountCents=250)
    assert first.json["order"]["status"] == "RUNNING"
    again = bulk(admin, "a", usernames=names, amountCents=250)
    assert again.headers["idempotency-replayed"] == "true"
    world.work()
    assert [spendable(one)[0] for one in people] == [cents + 250 for cents in before]
    assert spendable(left_out)[0] == before[0]
    id, orders = first.json["order"]["id"], world.admin("GET", "/funds")["orders"]
    (order,) = [one for one in orders if one["id"] == id]
    assert (order["status"], order["paid"], order["members"]) == ("DONE", 5, 5)
    assert "FUNDS_ISSUED" in told(people[0])


def test_everybody_gets_the_same_but_who_has_left(world: World) -> None:
    admin, ann, gone = staff(world), world.join(), world.join()
    gone_number = number_of(gone)
    gone.click("DELETE", "/api/me", {"password": "correct horse battery"})
    before = spendable(ann)[0]
    done = bulk(admin, "all", all=True, amountCents=3)
    assert done.json["order"]["members"] is None
    late = world.join()
    world.work()
    assert spendable(ann)[0] == before + 3
    late_gets = world.admin("GET", f"/ledger?userId={late.id}&kind=admin_issue")["postings"]
    assert late_gets == [], "who comes later is not meant"
    rows = world.admin("GET", "/ledger?kind=admin_issue&limit=200")["postings"]
    assert f"cash:{gone_number << 32}" not in {row["account"] for row in rows}
    assert world.admin("GET", "/ledger/check")["ok"]


def test_bulk_asks_for_a_key_and_for_whom(world: World) -> None:
    admin, ann = staff(world), world.join()
    missing = act(admin, "POST", "/funds/bulk", all=True, amountCents=1)
    assert missing.json["details"][0]["field"] == "Idempotency-Key"
    assert code_of(bulk(admin, "b", amountCents=1)) == (400, "validation_failed")
    both = bulk(admin, "c", amountCents=1, all=True, usernames=[ann.username])
    assert code_of(both) == (400, "validation_failed")
    assert code_of(bulk(admin, "d", amountCents=1, usernames=["nobody-here"]))[0] == 404
    assert code_of(bulk(admin, "e", amountCents=1, usernames=[admin.username]))[0] == 403
    large = bulk(admin, "f", amountCents=600_000, usernames=[ann.username, world.join().username])
    assert large.json["order"]["status"] == "WAITING"


# The ledger and the log


def test_the_ledger_is_searched(world: World) -> None:
    ann, admin = world.join(), staff(world)
    act(admin, "POST", f"/users/{ann.id}/funds", amountCents=7, kind="ISSUE")
    (house, line) = world.admin("GET", f"/ledger?userId={ann.id}&kind=admin_issue")["postings"]
    assert (house["account"], house["amountMicros"]) == ("house:bonus", -70_000)
    assert (line["amountMicros"], line["userId"]) == (70_000, ann.id)
    assert line["account"].startswith("cash:")
    both = world.admin("GET", f"/ledger?cause={line['cause']}")["postings"]
    assert sum(one["amountMicros"] for one in both) == 0
    assert {one["movementId"] for one in both} == {line["movementId"]}
    first = world.admin("GET", f"/ledger?account={line['account']}&limit=1")
    second = world.admin(
        "GET", f"/ledger?account={line['account']}&limit=1&cursor={first['nextCursor']}"
    )
    assert first["postings"] == [line] != second["postings"]
    at = line["at"]
    found = world.admin("GET", f"/ledger?account={line['account']}&from={at}&to={at}")["postings"]
    assert line in found
    assert world.refused("GET", "/ledger?from=yesterday") == (400, "validation_failed")


def test_what_trading_did_to_a_member_s_cash_adds_up(world: World) -> None:
    ann, bob = world.join(), world.join()
    before = ann.get("/api/auth/me")["user"]["balanceMicros"]
    ticker = new_market(world)
    trade(ann, bob, ticker, 4_000, 3)
    world.now += 1_000
    trade(ann, bob, ticker, 5_000, 2)
    settle(world, ticker, 10_000)
    first = world.admin("GET", f"/ledger?userId={ann.username}&kind=trade&limit=1")
    cursor = first["nextCursor"]
    second = world.admin("GET", f"/ledger?userId={ann.username}&kind=trade&limit=1&cursor={cursor}")
    assert second["nextCursor"] is None
    newer, older = first["postings"][0], second["postings"][0]
    assert older["amountMicros"] == -1_200_000 - older["feeMicros"]
    assert older["afterMicros"] == before + older["amountMicros"]
    assert newer["afterMicros"] == older["afterMicros"] + newer["amountMicros"]
    (payout,) = world.admin("GET", f"/ledger?userId={ann.id}&kind=settle")["postings"]
    assert (payout["amountMicros"], payout["movementId"]) == (5_000_000, ticker)
    now = ann.get("/api/auth/me")["user"]["balanceMicros"]
    assert now == before + sum(one["amountMicros"] for one in (older, newer, payout))
    assert world.refused("GET", "/ledger?kind=trade") == (400, "validation_failed")
    wrong = f"/ledger?userId={ann.id}&kind=settle&cursor={cursor}"
    assert world.refused("GET", wrong) == (400, "bad_cursor")


def test_the_ledger_is_sound_and_an_error_would_be_seen(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker = new_market(world)
    trade(ann, bob, ticker)
    sound = world.admin("GET", "/ledger/check")
    assert (sound["ok"], sound["problems"], sound["totalMicros"]) == (True, [], 0)
    assert sound["markets"] > 0
    card = world.running.services.markets.by_ticker(ticker)
    assert card is not None
    market = card.id
    gateway = world.running.services.gateway

    def spoil(engine: Any, by: int) -> None:
        engine.state.markets[market].escrow += by

    world.do(gateway.inspect(lambda engine: spoil(engine, 1)))
    try:
        broken = world.admin("GET", "/ledger/check")
        chore = LedgerCheck(gateway)
        with pytest.raises(Unsound, match="escrow does not back"):
            world.do(chore.step(world.now))
    finally:
        world.do(gateway.inspect(lambda engine: spoil(engine, -1)))
    assert not broken["ok"]
    assert broken["problems"] == [
        "all accounts sum to 1, not to nothing",
        f"market {ticker}: escrow does not back what is held",
    ]


def test_the_log_is_searched_and_handed_out_as_a_file(world: World) -> None:
    ann, admin = world.join(), staff(world)
    act(admin, "POST", f"/users/{ann.id}/funds", amountCents=7, kind="ISSUE")
    number = number_of(admin)
    (row,) = world.admin("GET", f"/audit?actor={number}&action=funds.issue")["rows"]
    assert row["reason"] == "a test"
    assert world.admin("GET", f"/audit?actor={number}&action=funds.burn")["rows"] == []
    assert world.admin("GET", f"/audit?actor={number}&to={row['at']}")["rows"][0] == row
    assert world.admin("GET", f"/audit?actor={number}&from=2099-01-01T00:00:00Z")["rows"] == []
    act(admin, "POST", f"/users/{ann.id}/funds", amountCents=7, kind="ISSUE", reason="=1+1")
    answer = world.call("GET", f"/api/admin/audit/export?actor={number}")
    assert answer.headers["content-type"].startswith("text/csv")
    head, newest, *_ = answer.body.decode().split("\r\n")
    assert head == "id,at,actor,action,subject,reason,params,hash,ip,request_id"
    assert ",'=1+1," in newest


@pytest.mark.parametrize("column", ["host", "request", "params"])
def test_a_log_that_somebody_has_changed_does_not_verify(tmp_path: Path, column: str) -> None:
    world = World(tmp_path / "data")
    try:
        ann, admin = world.join(), staff(world)
        for cents in (1, 2, 3):
            act(admin, "POST", f"/users/{ann.id}/funds", amountCents=cents, kind="ISSUE")
        whole = world.admin("GET", "/audit/verify")
        assert (whole["ok"], whole["rows"]) == (True, 4)
        with sqlite3.connect(tmp_path / "data" / "exchange.db") as connection:
            connection.execute(f"UPDATE audit SET {column} = '' WHERE id = 3")
        connection.close()
        report = world.admin("GET", "/audit/verify")
        assert report["ok"] is False
        assert "row 3 " in report["problem"]
    finally:
        world.close()


def test_the_overview_says_what_waits(world: World) -> None:
    ann, admin = world.join(), staff(world)
    before = world.admin("GET", "/overview")
    id = deposit(ann)["deposit"]["id"]
    withdraw(ann, 100)
    new_market(world)
    after = act(admin, "GET", "/overview").json
    added = {name: after["queues"][name] - before["queues"][name] for name in after["queues"]}
    assert (added["deposits"], added["withdrawals"]) == (1, 1)
    assert after["open_events"] == before["open_events"] + 1
    assert (after["balanced"], after["job_errors"]) == (True, [])
    act(admin, "POST", f"/deposits/{id}/fail")
    assert world.admin("GET", "/overview")["queues"]["deposits"] == before["queues"]["deposits"]


def test_payouts_of_decided_markets_are_frozen(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker = world.list_market("FROZEN", settlement_timer_seconds=3_600)
    trade(ann, bob, ticker)
    before = world.admin("GET", "/overview")
    world.admin("POST", f"/markets/{ticker}/close")
    world.admin("POST", f"/markets/{ticker}/determine", result="yes")
    after = world.admin("GET", "/overview")
    assert after["frozen_markets"] == before["frozen_markets"] + 1
    assert float(after["frozen_escrow"]) > float(before["frozen_escrow"])


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
