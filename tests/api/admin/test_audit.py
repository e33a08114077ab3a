"""What operators did stays on record, and so does the life of each order."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from presage.projections import history
from tests.api.admin.world import World


def test_an_act_is_on_record_with_who_why_and_what(world: World) -> None:
    world.admin("POST", "/series", ticker="LOG", title="Log", reason=" because ")
    (row,) = world.admin("GET", "/audit?subject=LOG")["rows"]
    assert (row["actor"], row["action"], row["reason"]) == (1, "series.create", "because")
    assert row["params"] == {"ticker": "LOG", "title": "Log"}


def test_a_refused_act_leaves_no_row(world: World) -> None:
    before = world.admin("GET", "/audit?limit=1")["rows"]
    world.list_market("REFUSED")
    newest = world.admin("GET", "/audit?limit=1")["rows"][0]["id"]
    world.refused("POST", "/markets/REFUSED/open")
    assert world.admin("GET", "/audit?limit=1")["rows"][0]["id"] == newest
    assert not before or newest > before[0]["id"]


def test_the_log_is_paged_newest_first(world: World) -> None:
    for number in range(5):
        world.admin("POST", "/series", ticker=f"PAGE-{number}")
    first = world.admin("GET", "/audit?limit=3")
    second = world.admin("GET", f"/audit?limit=3&before={first['next']}")
    ids = [row["id"] for row in first["rows"] + second["rows"]]
    assert ids == list(range(ids[0], ids[0] - 6, -1))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("UPDATE audit SET reason = 'other' WHERE id = 2", "row 2 "),
        ("DELETE FROM audit WHERE id = 2", "row 2 "),
        ("DELETE FROM audit WHERE id = 4", "names row 4, which is missing"),
    ],
)
def test_a_changed_log_is_noticed(tmp_path: Path, damage: str, problem: str) -> None:
    world = World(tmp_path / "data")
    try:
        for number in range(4):
            world.admin("POST", "/series", ticker=f"CHAIN-{number}")
        whole = world.admin("GET", "/audit/verify")
        assert whole == {"ok": True, "rows": 4, "commands": 4, "problem": ""}
        with sqlite3.connect(tmp_path / "data" / "exchange.db") as connection:
            connection.execute(damage)
        connection.close()
        report = world.admin("GET", "/audit/verify")
        assert report["ok"] is False
        assert problem in report["problem"]
    finally:
        world.close()


def life(world: World, order: str) -> list[tuple[str, list[str]]]:
    """(command, facts) of each entry of an order's life."""
    trail = world.admin("GET", f"/orders/{order}/audit")
    return [(one["command"], [fact["fact"] for fact in one["facts"]]) for one in trail["entries"]]


def test_the_whole_life_of_an_order_is_told(world: World) -> None:
    ticker = world.list_market("TRAIL")
    order = world.order(world.one, ticker, "bid", "0.4000")
    world.order(world.two, ticker, "bid", "0.3000")
    world.order(world.two, ticker, "ask", "0.4000", "4.00")
    path = f"/trade-api/v2/portfolio/events/orders/{order}"
    decrease = {"reduce_by": "1.00"}
    assert world.call("POST", f"{path}/decrease", decrease, world.one).status == 200
    assert world.call("DELETE", path, None, world.one).status == 200
    assert life(world, order) == [
        ("PlaceOrder", ["OrderPlaced", "OrderRested"]),
        ("PlaceOrder", ["Traded"]),
        ("DecreaseOrder", ["OrderReduced"]),
        ("CancelOrder", ["OrderCanceled"]),
    ]
    trail = world.admin("GET", f"/orders/{order}/audit")
    assert (trail["over"], trail["next_seq"]) == (True, None)
    traded = trail["entries"][1]["facts"][0]
    assert (traded["market"], traded["price"], traded["count"]) == (ticker, "0.4000", "4.00")
    assert traded["maker"]["order"] == order
    assert traded["maker"]["account"] == {"member": 2, "subaccount": 0}


def test_what_the_clock_did_to_an_order_is_told(world: World) -> None:
    ticker = world.list_market("CLOCK")
    order = world.order(world.one, ticker, "bid", "0.4000")
    world.admin("POST", f"/markets/{ticker}/close")
    assert life(world, order)[-1] == ("CloseMarket", ["OrderCanceled"])


def test_a_long_life_is_told_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "WINDOW", 2)
    monkeypatch.setattr("presage.api.admin.audit._WINDOWS", 1)
    ticker = world.list_market("PARTS")
    order = world.order(world.one, ticker, "bid", "0.1000")
    for number in range(5):
        world.admin("POST", "/series", ticker=f"PARTS-{number}")
    world.order(world.two, ticker, "ask", "0.1000")
    told: list[Any] = []
    after, calls = "", 0
    while True:
        part = world.admin("GET", f"/orders/{order}/audit{after}")
        told += [fact["fact"] for entry in part["entries"] for fact in entry["facts"]]
        calls += 1
        if part["next_seq"] is None:
            break
        after = f"?after={part['next_seq']}"
    assert told == ["OrderPlaced", "OrderRested", "Traded"]
    assert calls > 2
    assert part["over"]


def test_an_order_that_never_was_is_not_found(world: World) -> None:
    ticker = world.list_market("NEVER")
    order = world.order(world.one, ticker, "bid", "0.1000")
    broken = ("0" if order[0] != "0" else "1") + order[1:]
    for name in ("nonsense", "0" * 32, broken):
        assert world.refused("GET", f"/orders/{name}/audit") == (404, "not_found")
