"""Hours, maintenance that pauses by itself, announcements, and fees that change later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from presage.units import SECOND
from tests.api.admin.world import DAY, START, World, rfc3339
from tests.wire.contract import GENERATIONS, faults, needs_reference

NOW: Final = START // SECOND
HOUR: Final = 3_600
TRADE: Final = "/trade-api/v2"


class Owner:
    """Holds the one process that has the exchange open."""

    def __init__(self, directory: Path) -> None:
        self.world = World(directory)

    def restart(self, later: int = 0) -> World:
        """Another process, `later` seconds after this one ended."""
        self.world.now += later * SECOND
        self.world = self.world.restarted()
        return self.world


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data")
    yield owner
    owner.world.close()


@pytest.fixture
def world(owner: Owner) -> World:
    return owner.world


def asked(world: World, path: str) -> Any:
    answer = world.call("GET", TRADE + path)
    assert answer.status == 200, answer.body
    return answer.json


def at(world: World, seconds: int, micros: int = 0) -> None:
    """Let it be so long after the start, and the writer see it."""
    world.now = START + seconds * SECOND + micros
    world.do(world.running.services.gateway.inspect(lambda engine: None))


def switches(world: World) -> tuple[bool, bool]:
    status = asked(world, "/exchange/status")
    return status["exchange_active"], status["trading_active"]


def plan(world: World, start: int, end: int, **more: Any) -> int:
    body = {"start_datetime": rfc3339(NOW + start), "end_datetime": rfc3339(NOW + end)} | more
    return int(world.admin("POST", "/maintenance_windows", **body)["window"]["id"])


def later_fees(world: World, path: str, after: int, **fees: Any) -> str:
    body = {"scheduled_ts": rfc3339(NOW + after)} | fees
    return str(world.admin("PATCH", path, **body)["change_id"])


def upcoming(world: World) -> list[str]:
    return [one["id"] for one in asked(world, "/series/fee_changes")["series_fee_change_arr"]]


def test_maintenance_pauses_and_resumes_by_itself(world: World) -> None:
    plan(world, HOUR, 2 * HOUR)
    seen = []
    for moment, micros in ((HOUR, -1), (HOUR, 0), (2 * HOUR, -1), (2 * HOUR, 0)):
        at(world, moment, micros)
        seen.append(switches(world))
    assert seen == [(True, True), (True, False), (True, False), (True, True)]


def test_a_restart_in_the_middle_of_maintenance(owner: Owner) -> None:
    world = owner.world
    plan(world, HOUR, 3 * HOUR, exchange=True)
    ticker = world.list_market()
    at(world, HOUR)
    assert switches(world) == (False, False)
    world = owner.restart(HOUR)
    assert switches(world) == (False, False)
    at(world, 3 * HOUR)
    assert switches(world) == (True, True)
    world.order(world.one, ticker, "bid", "0.4000")


def test_a_start_in_the_middle_of_maintenance_is_a_pause(owner: Owner) -> None:
    plan(owner.world, HOUR, 3 * HOUR)
    world = owner.restart(2 * HOUR)
    at(world, 2 * HOUR)
    assert switches(world) == (True, False)
    world = owner.restart(2 * HOUR)
    at(world, 4 * HOUR)
    assert switches(world) == (True, True)


def test_what_is_taken_back_does_not_happen(world: World) -> None:
    number = plan(world, HOUR, 2 * HOUR)
    windows = world.admin("GET", "/maintenance_windows")["maintenance_windows"]
    assert [one["id"] for one in windows] == [number]
    assert len(asked(world, "/exchange/schedule")["schedule"]["maintenance_windows"]) == 1
    world.admin("DELETE", f"/maintenance_windows/{number}")
    at(world, HOUR)
    assert switches(world) == (True, True)
    assert world.refused("DELETE", f"/maintenance_windows/{number}") == (404, "not_found")
    running = plan(world, 0, 2 * HOUR)
    assert switches(world) == (True, False)
    resumed = world.admin("POST", "/exchange/resume")
    assert resumed["trading_active"] is False, "the window is still on"
    world.admin("DELETE", f"/maintenance_windows/{running}")
    assert switches(world) == (True, True)
    over = plan(world, 2 * HOUR, 3 * HOUR)
    at(world, 3 * HOUR)
    world.admin("DELETE", f"/maintenance_windows/{over}")


def test_fees_change_at_their_time_and_not_before(world: World) -> None:
    ticker = world.list_market()
    change = later_fees(world, "/series/RAIN-1-S/fees", HOUR, fee_type="flat", fee_multiplier="2")
    assert upcoming(world) == [change]
    fills = []
    for moment, micros in ((HOUR, -1), (HOUR, 0)):
        world.now = START + moment * SECOND + micros
        world.order(world.two, ticker, "ask", "0.4000", "1.00")
        world.order(world.one, ticker, "bid", "0.4000", "1.00")
        path = f"{TRADE}/portfolio/fills?limit=1"
        fills.append(world.call("GET", path, None, world.one).json["fills"][0]["fee_cost"])
    assert fills[0] != fills[1]
    assert upcoming(world) == []
    (made,) = asked(world, "/series/fee_changes?show_historical=true")["series_fee_change_arr"]
    assert made == {
        "id": change,
        "series_ticker": "RAIN-1-S",
        "fee_type": "flat",
        "fee_multiplier": 2,
        "scheduled_ts": rfc3339(NOW + HOUR),
    }


def test_a_restart_in_the_middle_of_a_scheduled_change(owner: Owner) -> None:
    world = owner.world
    world.list_market()
    series = later_fees(world, "/series/RAIN-1-S/fees", HOUR, fee_type="flat")
    event = later_fees(world, "/events/RAIN-1-E/fees", 2 * HOUR, fee_type="quadratic")
    world = owner.restart(HOUR // 2)
    assert upcoming(world) == [series]
    world = owner.restart(HOUR)
    at(world, HOUR + HOUR // 2)
    assert world.admin("GET", "/series/RAIN-1-S/fees")["fee_type"] == "flat"
    assert world.admin("GET", "/events/RAIN-1-E/fees")["fee_type"] == ""
    at(world, 2 * HOUR)
    assert world.admin("GET", "/events/RAIN-1-E/fees")["fee_type"] == "quadratic"
    (told,) = asked(world, "/events/fee_changes")["event_fee_changes"]
    assert (told["id"], told["scheduled_ts"]) == (event, rfc3339(NOW + 2 * HOUR))


def test_a_change_of_fees_is_taken_back(world: World) -> None:
    world.list_market()
    change = later_fees(world, "/series/RAIN-1-S/fees", HOUR, fee_type="flat")
    world.admin("DELETE", f"/fee_changes/{change}")
    assert upcoming(world) == []
    assert world.refused("DELETE", f"/fee_changes/{change}") == (404, "plan_not_found")
    assert world.refused("DELETE", "/fee_changes/nonsense") == (404, "not_found")
    at(world, HOUR)
    assert world.admin("GET", "/series/RAIN-1-S/fees")["fee_type"] == "quadratic"


def test_hours_and_announcements_are_told(world: World) -> None:
    session = {"weekday": "monday", "open_time": "08:00", "close_time": "12:00"}
    week = {
        "start_time": rfc3339(NOW),
        "end_time": rfc3339(NOW + 7 * DAY),
        "sessions": [session, session | {"open_time": "13:00", "close_time": "20:00"}],
    }
    world.admin("PUT", "/trading_hours", standard_hours=[week])
    (hours,) = asked(world, "/exchange/schedule")["schedule"]["standard_hours"]
    assert hours["monday"][1] == {"open_time": "13:00", "close_time": "20:00"}
    assert hours["tuesday"] == []
    world.admin("PUT", "/trading_hours", standard_hours=[])
    (always,) = asked(world, "/exchange/schedule")["schedule"]["standard_hours"]
    assert all(len(always[day]) == 1 for day in ("monday", "sunday"))
    first = world.admin("POST", "/announcements", message="Hello", type="warning")["id"]
    world.admin("POST", "/announcements", message="Again")
    world.admin("PATCH", f"/announcements/{first}", status="inactive")
    told = asked(world, "/exchange/announcements")["announcements"]
    assert {(one["message"], one["type"], one["status"]) for one in told} == {
        ("Hello", "warning", "inactive"),
        ("Again", "info", "active"),
    }
    world.admin("DELETE", f"/announcements/{first}")
    left = world.admin("GET", "/announcements")["announcements"]
    assert [one["message"] for one in left] == ["Again"]


def test_enforced_hours_open_and_close_trading(owner: Owner) -> None:
    """The start is a Thursday, 28 May 2026, 20:26:40 UTC: 16:26 in New York."""
    world = owner.world
    session = {"weekday": "thursday", "open_time": "08:00", "close_time": "17:00"}
    friday = {"weekday": "friday", "open_time": "00:00", "close_time": "23:59"}
    week = {
        "start_time": rfc3339(NOW),
        "end_time": rfc3339(NOW + 7 * DAY),
        "sessions": [session, friday],
    }
    world.admin("PUT", "/trading_hours", standard_hours=[week], enforce=True)
    five, midnight = 33 * 60 + 20, 33 * 60 + 20 + 7 * HOUR
    assert switches(world) == (True, True)
    at(world, five, -1)
    assert switches(world) == (True, True)
    at(world, five)
    assert switches(world) == (True, False)
    assert asked(world, "/exchange/schedule")["schedule"]["maintenance_windows"] == []
    assert world.refused("DELETE", "/maintenance_windows/0") == (404, "not_found")
    world = owner.restart()
    at(world, midnight, -1)
    assert switches(world) == (True, False)
    at(world, midnight)
    assert switches(world) == (True, True)
    at(world, midnight + DAY)
    assert switches(world) == (True, False)
    world.admin("PUT", "/trading_hours", standard_hours=[week])
    assert switches(world) == (True, True), "announced only"
    (act,) = world.admin("GET", "/audit?limit=1")["rows"]
    assert act["action"] == "hours.set"
    assert world.admin("GET", "/audit/verify")["ok"]


@needs_reference
@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_calendar_fits_its_description(world: World, generation: str) -> None:
    world.list_market()
    plan(world, HOUR, 2 * HOUR)
    world.admin("POST", "/announcements", message="Hello")
    later_fees(world, "/series/RAIN-1-S/fees", HOUR, fee_type="flat")
    later_fees(world, "/events/RAIN-1-E/fees", HOUR, fee_type="")
    for operation, path in (
        ("GetExchangeSchedule", "/exchange/schedule"),
        ("GetExchangeAnnouncements", "/exchange/announcements"),
        ("GetSeriesFeeChanges", "/series/fee_changes"),
        ("GetEventFeeChanges", "/events/fee_changes"),
        ("GetUserDataTimestamp", "/exchange/user_data_timestamp"),
    ):
        body = asked(world, path)
        assert any(body.values())
        assert faults(generation, operation, body) == [], operation


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/maintenance_windows", {"start_datetime": rfc3339(NOW)}, 400),
        (
            "POST",
            "/maintenance_windows",
            {"start_datetime": rfc3339(NOW - 9), "end_datetime": rfc3339(NOW - 1)},
            400,
        ),
        ("DELETE", "/maintenance_windows/x", {}, 404),
        ("DELETE", "/announcements/99", {}, 404),
        ("PATCH", "/announcements/99", {"status": "active"}, 404),
        ("POST", "/announcements", {"message": " "}, 400),
        ("PATCH", "/series/NONE/fees", {"fee_type": "flat"}, 404),
        ("PUT", "/trading_hours", {"standard_hours": [{}]}, 400),
    ],
)
def test_bad_writes_are_refused(
    world: World, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    assert world.refused(method, path, **body)[0] == status


def test_fees_cannot_change_in_the_past(world: World) -> None:
    world.list_market()
    body = {"fee_type": "flat", "scheduled_ts": rfc3339(NOW)}
    assert world.refused("PATCH", "/series/RAIN-1-S/fees", **body)[0] == 400
