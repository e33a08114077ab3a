"""Stop-loss and take-profit: when they fire, what they sell, and when they are over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from presage.units import SECOND
from tests.api.asking import Answer
from tests.api.site.dealing import Table
from tests.api.site.world import World, code_of


class Scene:
    """Ann holds 10 YES that cost 50 cents; Bob makes the market around 50."""

    def __init__(self, world: World) -> None:
        world.set("streakBonuses", False)
        self.world = world
        self.table = Table(world)
        self.ann, self.bob, self.cat = world.join(), world.join(), world.join()
        self.table.rest(self.bob, "buy no", 50, 10)
        self.table.traded(self.ann, "buy yes", 50, 10)
        self.quote(48, 52)

    def quote(self, bid: int, ask: int, size: int = 20) -> None:
        """Bob's only orders."""
        self.bob.call("DELETE", "/api/limit-orders?all=1")
        if bid:
            self.table.rest(self.bob, "buy yes", bid, size)
        if ask:
            self.table.rest(self.bob, "buy no", 100 - ask, size)

    def set(self, **levels: Any) -> Answer:
        target = f"/api/positions/{self.position['id']}/protections"
        return self.ann.call("POST", target, levels)

    def arm(self, **levels: Any) -> Any:
        answer = self.set(**levels)
        assert answer.status == 200, answer.body
        return answer.json["protections"]

    def later(self, seconds: float) -> None:
        """Time passes, and the workers work."""
        self.world.work()
        self.world.now += round(seconds * SECOND)
        self.world.work()

    @property
    def position(self) -> Any:
        return self.table.position(self.ann)

    @property
    def protections(self) -> Any:
        return self.position["protections"]


@pytest.fixture(name="scene")
def _scene(world: World) -> Scene:
    return Scene(world)


def test_levels_are_of_the_positions_side(scene: Scene) -> None:
    shown = scene.arm(stopLossProbBps=3_000, takeProfitProbBps=8_000)
    assert (shown["status"], shown["basis"]) == ("ARMED", "POSITION_SIDE")
    assert (shown["stopLossYesProbBps"], shown["takeProfitYesProbBps"]) == (3_000, 8_000)
    assert scene.protections == shown
    assert scene.arm(takeProfitProbBps=None)["stopLossProbBps"] == 3_000
    assert scene.arm(stopLossProbBps=None)["status"] == "CANCELLED"
    assert scene.protections is None
    no = scene.table.position(scene.bob)
    answer = scene.bob.call(
        "POST", f"/api/positions/{no['id']}/protections", {"stopLossProbBps": 3_000}
    )
    assert answer.json["protections"]["stopLossYesProbBps"] == 7_000


def test_what_cannot_be_set(scene: Scene) -> None:
    assert code_of(scene.set()) == (400, "validation_failed")
    assert code_of(scene.set(stopLoss=3_000)) == (400, "validation_failed")
    assert code_of(scene.set(stopLossProbBps=0)) == (400, "validation_failed")
    answer = scene.set(stopLossProbBps=4_000, takeProfitProbBps=4_000)
    assert code_of(answer) == (400, "validation_failed")
    answer = scene.set(stopLossProbBps=5_000)
    assert code_of(answer) == (409, "would_trigger_now")
    assert (answer.json["markProbBps"], answer.json["bestBidProbBps"]) == (5_000, 4_800)
    assert code_of(scene.set(takeProfitProbBps=4_800)) == (409, "would_trigger_now")
    assert scene.set(takeProfitProbBps=4_801).status == 200


def test_somebody_elses_position_is_not_there(scene: Scene) -> None:
    target = f"/api/positions/{scene.position['id']}/protections"
    body = {"stopLossProbBps": 3_000}
    for who in (scene.bob, scene.cat):
        assert code_of(who.call("POST", target, body)) == (404, "not_found")
    for name in ("pos_" + "0" * 32, "pos", scene.position["optionId"]):
        answer = scene.ann.call("POST", f"/api/positions/{name}/protections", body)
        assert code_of(answer) == (404, "not_found")
    assert code_of(scene.world.send("POST", target, body)) == (401, "unauthenticated")


def test_a_closed_position_and_a_closed_market(scene: Scene) -> None:
    scene.table.traded(scene.ann, "sell yes", 48, 10)
    assert code_of(scene.set(stopLossProbBps=3_000)) == (409, "position_closed")
    scene.table.traded(scene.ann, "buy yes", 52, 1)
    scene.world.admin("POST", f"/markets/{scene.table.ticker}/close")
    answer = scene.set(stopLossProbBps=3_000)
    assert code_of(answer) == (409, "market_not_open")


def test_profit_is_taken_at_the_best_bid(scene: Scene) -> None:
    scene.arm(stopLossProbBps=3_000, takeProfitProbBps=6_000)
    scene.quote(59, 70)  # the mark is beyond, the bid is not
    scene.later(5)
    assert scene.protections["status"] == "ARMED"
    scene.quote(60, 70)
    scene.later(0)
    position = scene.position
    assert (position["quantity"], position["status"]) == (0, "CLOSED")
    assert position["realizedPnlCents"] == 100
    shown = position["protections"]
    assert (shown["status"], shown["triggeredLeg"]) == ("TRIGGERED", "TAKE_PROFIT")
    assert (shown["filledQuantity"], shown["averagePriceCents"]) == (10, 60)
    trade = scene.ann.get("/api/trades")["trades"][0]
    assert (trade["source"], trade["orderId"]) == ("PROTECTION", shown["orderId"])
    # one cancels the other
    scene.quote(10, 12)
    scene.later(5)
    assert len(scene.ann.get("/api/trades")["trades"]) == 2


def test_a_stop_fires_when_its_level_lasts(scene: Scene) -> None:
    scene.arm(stopLossProbBps=4_000)
    scene.quote(38, 42)
    scene.later(0.9)
    assert scene.protections["status"] == "ARMED"
    scene.quote(48, 52)  # it was only a moment
    scene.later(0.2)
    scene.quote(38, 42)
    scene.later(0.9)
    assert scene.protections["status"] == "ARMED"
    scene.later(0.1)
    shown = scene.protections
    assert (shown["status"], shown["triggeredLeg"]) == ("TRIGGERED", "STOP_LOSS")
    assert (shown["averagePriceCents"], scene.position["quantity"]) == (38, 0)


def test_an_empty_book_stops_nothing(scene: Scene) -> None:
    table = Table(scene.world)
    table.rest(scene.bob, "buy no", 50, 10)
    table.traded(scene.ann, "buy yes", 50, 10)
    scene.table = table
    scene.arm(stopLossProbBps=4_000)
    table.rest(scene.cat, "buy yes", 1, 1)
    table.traded(scene.bob, "buy no", 99, 1)  # one odd print, then nobody
    scene.quote(0, 0)
    assert table.position(scene.ann)["markSource"] == "LAST"
    scene.quote(45, 47)
    scene.later(5)
    assert scene.protections["status"] == "ARMED"


def test_it_never_sells_below_its_limit_and_tries_again(scene: Scene) -> None:
    scene.arm(stopLossProbBps=4_000)
    scene.table.rest(scene.ann, "sell yes", 90, 10)
    scene.quote(34, 44, 3)  # limit 35: nobody bids that
    scene.later(0)
    scene.later(1)
    shown = scene.protections
    assert (shown["status"], shown["filledQuantity"]) == ("WORKING", 0)
    # the other sale has gone
    (sale,) = scene.ann.get("/api/limit-orders?status=history")["orders"]
    assert (sale["cancelReason"], scene.position["reservedQuantity"]) == ("PROTECTION", 0)
    scene.quote(36, 42, 4)
    scene.later(1)
    assert (scene.protections["status"], scene.position["quantity"]) == ("WORKING", 6)
    assert scene.protections["filledQuantity"] == 4
    scene.quote(48, 52)  # the condition is gone
    scene.later(1)
    assert (scene.protections["status"], scene.position["quantity"]) == ("ARMED", 6)
    scene.quote(37, 41)
    scene.later(0)
    scene.later(1)
    scene.later(1)
    assert (scene.protections["status"], scene.position["quantity"]) == ("TRIGGERED", 0)
    assert scene.protections["filledQuantity"] == 10


def test_it_ends_when_the_side_flips(scene: Scene) -> None:
    scene.arm(stopLossProbBps=3_000)
    id_ = scene.position["id"]
    scene.table.traded(scene.ann, "buy no", 52, 15)
    scene.later(0)
    assert (scene.position["side"], scene.position["id"]) == ("NO", id_)
    assert scene.protections is None
    scene.quote(10, 12)
    scene.later(5)
    assert scene.position["quantity"] == 5


def test_it_ends_when_the_position_is_sold(scene: Scene) -> None:
    scene.arm(stopLossProbBps=3_000)
    scene.table.traded(scene.ann, "sell yes", 48, 10)
    scene.later(0)
    assert scene.protections is None
    scene.table.traded(scene.ann, "buy yes", 52, 5)
    scene.quote(10, 12)
    scene.later(5)
    assert scene.position["quantity"] == 5


def test_it_ends_with_the_market(scene: Scene) -> None:
    scene.arm(stopLossProbBps=3_000)
    scene.world.admin("POST", f"/markets/{scene.table.ticker}/close")
    scene.later(0)
    assert scene.protections is None


def test_later_buys_are_covered_too(scene: Scene) -> None:
    scene.arm(takeProfitProbBps=6_000)
    scene.table.traded(scene.ann, "buy yes", 52, 5)
    scene.quote(60, 70)
    scene.later(0)
    assert (scene.position["quantity"], scene.protections["filledQuantity"]) == (0, 15)


def test_it_survives_a_restart(tmp_path: Path) -> None:
    scene = Scene(World(tmp_path / "data"))
    scene.arm(stopLossProbBps=4_000)
    scene.later(0)
    scene.quote(38, 42)
    scene.world.close()
    again = World(tmp_path / "data", scene.world.now)
    scene.world = scene.table.world = scene.ann.world = scene.bob.world = again
    assert scene.protections["status"] == "ARMED"
    scene.later(0)
    scene.later(1)
    assert (scene.protections["status"], scene.position["quantity"]) == ("TRIGGERED", 0)
    again.close()


def test_a_pause_is_waited_out(scene: Scene) -> None:
    scene.arm(stopLossProbBps=4_000)
    scene.quote(38, 42)
    scene.world.admin("POST", "/exchange/pause")
    scene.later(5)
    assert scene.position["quantity"] == 10
    scene.world.admin("POST", "/exchange/resume")
    scene.later(2)
    scene.later(1)
    assert (scene.protections["status"], scene.position["quantity"]) == ("TRIGGERED", 0)
