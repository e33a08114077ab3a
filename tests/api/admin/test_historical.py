"""Where history begins, as operators move it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from presage.units import SECOND
from tests.api.admin.world import DAY, START, World, rfc3339

NOW: Final = START // SECOND
PATH: Final = "/historical/cutoff"
FIELDS: Final = (
    "market_settled_ts",
    "trades_created_ts",
    "orders_updated_ts",
    "market_positions_last_updated_ts",
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    yield world
    world.close()


def at(world: World, seconds: int) -> None:
    world.now = START + seconds * SECOND
    world.do(world.running.services.gateway.inspect(lambda engine: None))


def told(world: World) -> list[str]:
    body = world.call("GET", "/trade-api/v2/historical/cutoff").json
    return [body[name] for name in FIELDS]


def moved(world: World, **body: Any) -> dict[str, Any]:
    done = world.admin("PUT", PATH, **body)
    return dict(done["historical_cutoff"])


def test_all_of_them_or_one(world: World) -> None:
    week, day = rfc3339(NOW - 7 * DAY), rfc3339(NOW - DAY)
    shown = moved(world, before=week)
    assert [shown[name] for name in FIELDS] == [week] * 4 == told(world)
    moved(world, orders_updated_ts=day)
    assert told(world) == [week, week, day, week]
    moved(world, before=day, trades_created_ts=week)
    assert told(world) == [day, week, day, day]
    assert world.admin("GET", PATH) == dict(zip(FIELDS, told(world), strict=True)) | {
        "live_days": 0
    }


def test_cutoffs_never_go_back_nor_into_the_future(world: World) -> None:
    moved(world, before=rfc3339(NOW - DAY))
    for when in (NOW - 2 * DAY, NOW + 1):
        for field in FIELDS:
            body = {"reason": "a test", field: rfc3339(when)}
            answer = world.call("PUT", f"/api/admin{PATH}", body)
            assert (answer.status, answer.json["code"]) == (400, "invalid_times")
            assert field.replace("_", " ") in answer.json["error"].lower().replace("_", " ")
    assert world.refused("PUT", PATH) == (400, "validation_failed")
    assert world.refused("PUT", PATH, live_days=-1) == (400, "validation_failed")
    assert world.refused("PUT", PATH, before="yesterday") == (400, "validation_failed")
    assert told(world) == [rfc3339(NOW - DAY)] * 4


def test_it_is_on_record_and_outlives_a_restart(world: World, tmp_path: Path) -> None:
    day = rfc3339(NOW - DAY)
    world.admin("PUT", PATH, before=day, reason="the disk is small")
    (act,) = world.admin("GET", "/audit?limit=1")["rows"]
    assert (act["action"], act["reason"]) == ("historical.cutoff", "the disk is small")
    assert world.admin("GET", "/audit/verify")["ok"]
    other = world.restarted()
    try:
        assert told(other) == [day] * 4
    finally:
        other.close()
        world.__init__(tmp_path / "other")  # type: ignore[misc]  # something to close


def test_they_follow_at_midnight(world: World) -> None:
    midnight = NOW - NOW % DAY
    assert moved(world, live_days=90)["live_days"] == 90
    assert told(world) == [rfc3339(midnight - 90 * DAY)] * 4
    at(world, DAY - NOW % DAY)
    assert told(world) == [rfc3339(midnight - 89 * DAY)] * 4
    moved(world, live_days=0)
    at(world, 9 * DAY)
    assert told(world) == [rfc3339(midnight - 89 * DAY)] * 4


def test_a_nap_of_a_week_is_made_up_for(world: World, tmp_path: Path) -> None:
    midnight = NOW - NOW % DAY
    moved(world, live_days=1)
    world.now += 7 * DAY * SECOND
    other = world.restarted()
    try:
        at(other, 7 * DAY)
        assert told(other) == [rfc3339(midnight + 6 * DAY)] * 4
        at(other, 8 * DAY)
        assert told(other) == [rfc3339(midnight + 7 * DAY)] * 4
    finally:
        other.close()
        world.__init__(tmp_path / "other")  # type: ignore[misc]  # something to close
