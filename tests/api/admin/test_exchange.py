"""The exchange's switches and figures."""

from __future__ import annotations

import sqlite3

from tests.api.admin.world import World

STATUS = "/trade-api/v2/exchange/status"


def switches(world: World) -> tuple[bool, bool]:
    status = world.call("GET", STATUS).json
    return status["exchange_active"], status["trading_active"]


def test_pausing_stops_trading_and_resuming_starts_it(world: World) -> None:
    world.admin("POST", "/exchange/pause")
    assert switches(world) == (True, False)
    world.admin("POST", "/exchange/pause", exchange_active=False)
    assert switches(world) == (False, False)
    world.admin("POST", "/exchange/pause", trading_active=True)
    assert switches(world) == (False, True)
    world.admin("POST", "/exchange/resume")
    assert switches(world) == (True, True)


def test_the_overview_counts_and_balances(world: World) -> None:
    before = world.admin("GET", "/overview")
    ticker = world.list_market("COUNT")
    world.order(world.one, ticker, "bid", "0.4000")
    world.order(world.two, ticker, "ask", "0.4000", "4.00")
    after = world.admin("GET", "/overview")
    assert after["events"] == before["events"] + 1
    assert after["markets"] == {"active": 1}
    assert after["resting_orders"] == 1
    assert after["escrow"] == "4.0000"
    assert after["reserved"] == "2.4000"
    assert after["fees"] == "0.0672"
    assert after["ledger"]["world"] == "-20000.0000"
    assert after["balanced"] is True
    assert after["seq"] > before["seq"]
    assert after["database"] == f"sqlite {sqlite3.sqlite_version}"
