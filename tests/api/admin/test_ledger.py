"""The ledger is searched and added up; the log is searched, and changes to it are noticed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from presage.workers.ledger_check import LedgerCheck, Unsound
from tests.api.site.paying import act, deposit, opened_desk, staff, withdraw
from tests.api.site.trading import new_market, number_of, settle, trade
from tests.api.site.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = opened_desk(tmp_path_factory.mktemp("desk") / "data")
    yield world
    world.close()


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
