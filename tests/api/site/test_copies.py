"""What is copied, how much of it, at what price, and why sometimes nothing is."""

from __future__ import annotations

from typing import Any

import pytest

from presage.units import SECOND
from tests.api.site.copying import GATHERED, Scene
from tests.api.site.dealing import Table
from tests.api.site.trading import settle, void
from tests.api.site.world import Person, World


@pytest.fixture(name="scene")
def _scene(world: World) -> Scene:
    return Scene(world)


def test_a_trade_is_copied(scene: Scene) -> None:
    scene.copy()
    leader = scene.lead(50, 10)
    assert scene.held() == 10
    (line,) = scene.log()
    assert (line["outcome"], line["reason"], line["quantity"]) == ("EXECUTED", None, 10)
    assert line["priceCents"] == 50
    trade = next(one for one in scene.cem.get("/api/trades")["trades"])
    assert (trade["source"], trade["id"]) == ("COPY", line["tradeId"])
    assert trade["clientOrderId"].startswith("copies:")
    assert line["leaderTradeId"] == leader["trade"]["fills"][0]["fillId"]
    shown = scene.relation()
    assert (shown["copiedTrades"], shown["skippedTrades"]) == (1, 0)
    assert (shown["investedCents"], shown["freeAllocationCents"]) == (500, 49_500)
    (told,) = scene.told("COPY_EXECUTED")
    assert told["title"] == f"Copied {scene.lea.username}: bought 10 contracts"


def test_nothing_from_before_is_copied(scene: Scene) -> None:
    scene.offer(50, 40)
    scene.trade(scene.lea, "buy yes", 50, 10)
    scene.copy()
    scene.world.work()
    assert (scene.held(), scene.log()) == (0, [])
    scene.trade(scene.lea, "buy yes", 50, 5)
    scene.world.work()
    assert scene.held() == 5


@pytest.mark.parametrize(
    ("ratio", "copied"), [(10_000, 7), (5_000, 3), (1_428, 0), (1_429, 1), (25_000, 17)]
)
def test_the_ratio_rounds_down_to_whole_contracts(scene: Scene, ratio: int, copied: int) -> None:
    scene.copy(ratioBps=ratio)
    scene.offer(50, 40)
    scene.trade(scene.lea, "buy yes", 50, 7)
    scene.world.work()
    assert scene.held() == copied
    assert scene.reasons() == [None if copied else "below_one_contract"]


@pytest.mark.parametrize(
    ("terms", "copied"),
    [
        # At worst 52 cents each: the limit is the leader's price and two cents.
        ({"maxPerTradeCents": 520}, 10),
        ({"maxPerTradeCents": 519}, 9),
        ({"allocationCents": 260, "maxPerTradeCents": 20_000}, 5),
        ({"allocationCents": 259, "maxPerTradeCents": 20_000}, 4),
        ({"maxPerTradeCents": 500, "maxSlippageCents": 0}, 10),
    ],
)
def test_each_cap_is_exact(scene: Scene, terms: dict[str, Any], copied: int) -> None:
    scene.copy(**terms)
    scene.lead(50, 10)
    assert scene.held() == copied


def test_what_is_invested_is_no_longer_free(scene: Scene) -> None:
    scene.copy(allocationCents=1_000, maxSlippageCents=0)
    scene.lead(60, 10)
    scene.lead(60, 10)
    assert scene.held() == 16
    assert scene.relation()["freeAllocationCents"] == 40
    scene.lead(60, 10)
    assert scene.held() == 16
    assert scene.reasons()[0] == "allocation_exhausted"


def test_the_purse_is_respected(scene: Scene) -> None:
    scene.copy(allocationCents=500_000, maxPerTradeCents=500_000, maxSlippageCents=0)
    other = Table(scene.world)
    wallet = scene.cem.get("/api/positions")["summary"]["availableCents"]
    other.rest(scene.cem, "buy yes", 1, wallet - 130)
    assert scene.cem.get("/api/positions")["summary"]["availableCents"] == 130
    scene.lead(50, 10)
    assert scene.held() == 2
    assert scene.cem.get("/api/positions")["summary"]["availableCents"] == 30
    scene.lead(50, 10)
    assert (scene.held(), scene.reasons()[0]) == (2, "insufficient_funds")


def test_without_money_one_is_told_once_an_hour_and_paused_after_five(scene: Scene) -> None:
    scene.copy(maxSlippageCents=0)
    wallet = scene.cem.get("/api/positions")["summary"]["availableCents"]
    Table(scene.world).rest(scene.cem, "buy yes", 1, wallet)
    for _ in range(4):
        scene.lead(50, 1)
    assert scene.relation()["status"] == "ACTIVE"
    assert len(scene.told("COPY_SKIPPED")) == 1
    scene.later(3_600)
    scene.lead(50, 1)
    assert len(scene.told("COPY_SKIPPED")) == 2
    shown = scene.relation()
    assert (shown["status"], shown["pauseReason"]) == ("PAUSED", "insufficient_funds")
    assert shown["skippedTrades"] == 5
    assert len(scene.told("COPY_PAUSED")) == 1
    scene.lead(50, 1)
    assert scene.relation()["skippedTrades"] == 5


def test_it_costs_no_more_than_the_slippage(scene: Scene) -> None:
    scene.copy(maxSlippageCents=3)
    scene.offer(50, 10)
    scene.offer(53, 4)
    scene.offer(54, 10)
    scene.trade(scene.lea, "buy yes", 50, 10)
    scene.world.work()
    assert scene.held() == 4, "the rest is dropped, never waits"
    assert scene.cem.get("/api/limit-orders")["orders"] == []
    scene.clear()
    scene.offer(40, 1)
    scene.trade(scene.lea, "buy yes", 40, 1)
    scene.world.work()
    assert scene.reasons() == ["slippage", None]


def test_the_leaders_own_orders_are_never_met(scene: Scene) -> None:
    """Or one could unload on those who copy."""
    scene.copy(maxSlippageCents=10)
    scene.offer(50, 12)
    scene.trade(scene.lea, "buy yes", 50, 10)
    scene.table.rest(scene.lea, "sell yes", 51, 10)
    scene.offer(52, 20)
    scene.world.work()
    assert scene.held() == 2
    assert scene.held(scene.lea) == 10


def test_no_is_copied_as_no(scene: Scene) -> None:
    scene.copy()
    scene.bid(60, 20)
    scene.trade(scene.lea, "buy no", 40, 8)
    scene.world.work()
    assert scene.held() == -8
    assert scene.relation()["investedCents"] == 320


def test_fees_count(world: World) -> None:
    scene = Scene(world, fees="1.0000")
    scene.copy(maxPerTradeCents=538, maxSlippageCents=2)
    scene.lead(50, 10)
    # 52 cents and 1.75 of fees at worst: of 538 cents ten could be had only without them.
    assert scene.held() == 10
    assert scene.relation()["investedCents"] == 518
    scene.copy(maxPerTradeCents=537)
    scene.lead(50, 10)
    assert scene.held() == 19


class TestSales:
    def test_as_large_a_part_as_the_leaders(self, scene: Scene) -> None:
        scene.copy(ratioBps=5_000)
        scene.lead(50, 20)
        assert scene.held() == 10
        scene.bid(50, 40)
        scene.trade(scene.lea, "sell yes", 50, 7)
        scene.world.work()
        assert scene.held() == 7, "7 of 20 of ten copied ones are three and a half"
        scene.trade(scene.lea, "sell yes", 50, 13)
        scene.world.work()
        assert scene.held() == 0
        assert scene.relation()["investedCents"] == 0

    def test_only_copied_ones(self, scene: Scene) -> None:
        scene.offer(50, 60)
        scene.trade(scene.cem, "buy yes", 50, 30)
        scene.copy()
        scene.trade(scene.lea, "buy yes", 50, 10)
        scene.world.work()
        assert scene.held() == 40
        scene.bid(50, 100)
        scene.trade(scene.lea, "sell yes", 50, 10)
        scene.world.work()
        assert scene.held() == 30

    def test_what_the_leader_had_before_one_copied_is_not_sold(self, scene: Scene) -> None:
        scene.offer(50, 60)
        scene.trade(scene.cem, "buy yes", 50, 10)
        scene.trade(scene.lea, "buy yes", 50, 10)
        scene.copy()
        scene.bid(50, 60)
        scene.trade(scene.lea, "sell yes", 50, 10)
        scene.world.work()
        assert (scene.held(), scene.log()) == (10, [])

    def test_buying_the_other_side_sells(self, scene: Scene) -> None:
        scene.copy()
        scene.lead(50, 10)
        scene.clear()
        scene.bid(48, 60)
        scene.trade(scene.lea, "buy no", 52, 15)
        scene.world.work()
        assert scene.held(scene.lea) == -5
        assert scene.held() == -5, "ten YES sold, then five NO bought"
        assert scene.relation()["realizedPnlCents"] == -20

    def test_holding_instead(self, scene: Scene) -> None:
        scene.copy(copySells=False)
        scene.lead(50, 10)
        scene.bid(50, 40)
        scene.trade(scene.lea, "sell yes", 50, 10)
        scene.world.work()
        assert scene.held() == 10

    def test_of_a_protection(self, scene: Scene) -> None:
        scene.copy(maxSlippageCents=20)
        scene.lead(50, 10)
        scene.clear()
        position = scene.table.position(scene.lea)
        target = f"/api/positions/{position['id']}/protections"
        scene.bid(48, 30)
        assert scene.lea.call("POST", target, {"takeProfitProbBps": 5_500}).status == 200
        scene.bid(56, 30)
        scene.later(1)
        scene.later(1)
        assert (scene.held(scene.lea), scene.held()) == (0, 0)

    def test_the_profit_is_exact(self, scene: Scene) -> None:
        scene.copy(maxSlippageCents=0)
        scene.lead(50, 9)
        scene.clear()
        scene.bid(60, 100)
        scene.trade(scene.lea, "sell yes", 60, 3)
        scene.world.work()
        shown = scene.relation()
        assert (shown["realizedPnlCents"], shown["investedCents"]) == (30, 300)
        assert shown["unrealizedPnlCents"] == 60
        totals = scene.cem.get("/api/copy-trader")["totals"]
        assert totals == {"allocationCents": 50_000, "investedCents": 300, "pnlCents": 90}


def test_fills_of_a_resting_order_are_gathered(scene: Scene) -> None:
    scene.copy(ratioBps=5_000)
    scene.bid(50, 9, scene.lea)
    scene.offer(51, 50)
    for _ in range(3):
        scene.trade(scene.bob, "buy no", 50, 3)
        scene.world.work()
        scene.world.now += 500_000
    scene.world.work()
    assert scene.log() == []
    scene.later(GATHERED)
    assert scene.held() == 4, "half of nine at once, not three times half of three"
    assert len(scene.log()) == 1


def test_what_is_sold_next_waits_for_nothing(scene: Scene) -> None:
    """A gathered purchase comes before the sale that follows it."""
    scene.copy()
    scene.bid(50, 10, scene.lea)
    scene.trade(scene.bob, "buy no", 50, 10)
    scene.offer(50, 20, scene.world.join())
    scene.world.work()
    assert scene.log() == []
    scene.bid(49, 40)
    scene.trade(scene.lea, "sell yes", 49, 10)
    scene.world.work()
    assert [line["outcome"] for line in scene.log()] == ["EXECUTED", "EXECUTED"]
    assert scene.held() == 0


def test_one_copy_an_order_however_many_it_met(scene: Scene) -> None:
    scene.copy()
    scene.offer(50, 4)
    scene.offer(51, 6)
    scene.offer(52, 20)
    scene.trade(scene.lea, "buy yes", 51, 10)
    scene.world.work()
    (line,) = scene.log()
    assert (line["quantity"], line["priceCents"]) == (10, 52), "50.6 and two cents"


def test_copies_are_never_copied(scene: Scene) -> None:
    """Dan copies Cem, who copies Lea: Lea's trades come to Cem and go no further."""
    dan = scene.world.join()
    scene.copy(dan, scene.cem)
    scene.copy()
    scene.offer(50, 60)
    scene.trade(scene.lea, "buy yes", 50, 10)
    scene.world.work()
    assert (scene.held(), scene.held(dan)) == (10, 0)
    scene.trade(scene.cem, "buy yes", 50, 5)
    scene.world.work()
    assert (scene.held(), scene.held(dan)) == (15, 5)


def test_from_both_apis_to_both(scene: Scene) -> None:
    """An order of Kalshi's API is copied, and the copy stands in Kalshi's orders."""
    person = scene.world.running.services.site.people.by_username(scene.lea.username)
    assert person is not None
    made = scene.world.admin("POST", f"/members/{person.number}/keys", scopes=["read", "write"])
    signer = Person(made["key"]["id"], made["key"]["private_key"])
    scene.copy()
    scene.offer(50, 20)
    scene.world.order(signer, scene.table.ticker, "bid", "0.5000", "10.00")
    scene.world.work()
    assert scene.held() == 10


def test_one_does_not_lose_the_other_side_for_a_copy(scene: Scene) -> None:
    scene.bid(50, 20)
    scene.trade(scene.cem, "buy no", 50, 5)
    scene.clear()
    scene.copy()
    scene.lead(50, 3)
    assert (scene.held(), scene.reasons()) == (-5, ["opposite_position"])


def test_only_chosen_categories(scene: Scene) -> None:
    event = {"category": "Economics"}
    other = Table(scene.world, event=event)
    scene.copy(categories=["economics"])
    scene.lead(50, 3)
    other.rest(scene.bob, "buy no", 50, 20)
    other.traded(scene.lea, "buy yes", 50, 3)
    scene.world.work()
    assert (scene.held(), scene.held(table=other)) == (0, 3)


def test_selling_ones_own_way_takes_from_ones_own_first(scene: Scene) -> None:
    scene.copy(maxSlippageCents=0)
    scene.lead(50, 10)
    scene.offer(50, 10)
    scene.trade(scene.cem, "buy yes", 50, 5)
    scene.bid(40, 100)
    scene.clear()
    scene.bid(40, 100)
    scene.trade(scene.cem, "sell yes", 40, 5)
    scene.world.work()
    assert scene.relation()["investedCents"] == 500
    scene.trade(scene.cem, "sell yes", 40, 4)
    scene.world.work()
    shown = scene.relation()
    assert (shown["investedCents"], shown["realizedPnlCents"]) == (300, -40)


@pytest.mark.parametrize(("value", "profit"), [(10_000, 500), (0, -500), (3_000, -200)])
def test_a_settled_option_is_no_longer_invested(scene: Scene, value: int, profit: int) -> None:
    scene.copy(maxSlippageCents=0)
    scene.lead(50, 10)
    settle(scene.world, scene.table.ticker, value)
    scene.world.work()
    shown = scene.relation()
    assert (shown["investedCents"], shown["realizedPnlCents"]) == (0, profit)
    assert shown["unrealizedPnlCents"] == 0


def test_a_void_gives_back_what_was_won(scene: Scene) -> None:
    scene.copy(maxSlippageCents=0)
    scene.lead(50, 10)
    scene.clear()
    scene.bid(70, 100)
    scene.trade(scene.lea, "sell yes", 70, 5)
    scene.world.work()
    assert scene.relation()["realizedPnlCents"] == 100
    void(scene.world, scene.table.ticker)
    scene.world.work()
    shown = scene.relation()
    assert (shown["investedCents"], shown["realizedPnlCents"]) == (0, 0)


def test_the_loss_stop_pauses(scene: Scene) -> None:
    scene.copy(maxLossCents=100, maxSlippageCents=0)
    scene.lead(50, 10)
    scene.clear()
    scene.bid(41, 5)
    scene.offer(42, 5)
    scene.world.work()
    assert scene.relation()["status"] == "ACTIVE", "85 cents are lost so far"
    scene.clear()
    scene.bid(39, 5)
    scene.offer(41, 5)
    scene.world.work()
    shown = scene.relation()
    assert (shown["status"], shown["pauseReason"]) == ("PAUSED", "max_loss")
    assert shown["unrealizedPnlCents"] == -100


def test_an_old_purchase_is_not_made_up_for_but_an_old_sale_is(scene: Scene) -> None:
    scene.copy()
    scene.lead(50, 4)
    scene.offer(50, 20)
    scene.trade(scene.lea, "buy yes", 50, 4)
    scene.world.now += 301 * SECOND
    scene.world.work()
    assert (scene.held(), scene.reasons()[0]) == (4, "too_late")
    scene.bid(50, 20)
    scene.trade(scene.lea, "sell yes", 50, 8)
    scene.world.now += 301 * SECOND
    scene.world.work()
    assert scene.held() == 0


def test_a_suspended_copier_is_passed_over(scene: Scene) -> None:
    scene.copy()
    scene.offer(50, 20)
    scene.world.admin("PATCH", f"/users/{scene.cem.id}", status="SUSPENDED")
    scene.trade(scene.lea, "buy yes", 50, 4)
    scene.world.work()
    scene.world.admin("PATCH", f"/users/{scene.cem.id}", status="ACTIVE")
    shown = scene.relation()
    assert (shown["status"], shown["skippedTrades"]) == ("ACTIVE", 1)
    assert (scene.held(), scene.reasons()) == (0, ["suspended"])
    assert shown["freeAllocationCents"] == 50_000, "nothing stays in flight"


def test_a_market_that_has_stopped_meanwhile(scene: Scene) -> None:
    scene.copy()
    scene.offer(50, 20)
    scene.trade(scene.lea, "buy yes", 50, 4)
    scene.world.admin("POST", f"/markets/{scene.table.ticker}/pause")
    scene.world.work()
    assert (scene.held(), scene.reasons()) == (0, ["market_not_open"])


def test_a_position_limit_counts_for_copies(scene: Scene) -> None:
    scene.copy(ratioBps=20_000)
    scene.offer(50, 40)
    scene.world.set("POSITION_LIMIT", 5)
    try:
        scene.trade(scene.lea, "buy yes", 50, 3)
        scene.world.work()
    finally:
        scene.world.set("POSITION_LIMIT", 0)
    assert (scene.held(), scene.reasons()) == (0, ["position_limit"])


def test_twenty_copiers_in_pieces_and_in_random_order(world: World) -> None:
    scene = Scene(world)
    copiers = [world.join() for _ in range(20)]
    for copier in copiers:
        scene.copy(copier)
    scene.offer(50, 10 + 12)
    scene.trade(scene.lea, "buy yes", 50, 10)
    scene.table.rest(scene.bob, "buy no", 49, 8)
    world.work()
    held = [scene.held(one) for one in copiers]
    assert sum(held) == 20, "there is no more, and everybody wanted ten"
    assert all(len(scene.log(one)) == 1 for one in copiers)


def test_a_switched_off_feature_copies_nothing(scene: Scene) -> None:
    scene.copy()
    scene.world.set("copyTrader", False)
    try:
        scene.lead(50, 3)
        assert scene.held() == 0
        assert scene.ask(scene.cem, scene.lea).status == 403
        assert scene.cem.get("/api/copy-trader")["enabled"] is False
    finally:
        scene.world.set("copyTrader", True)


def _seen(line: Any) -> tuple[str, int]:
    return line["outcome"], line["quantity"]


def test_the_log_is_the_newest_first(scene: Scene) -> None:
    scene.copy(ratioBps=5_000)
    scene.lead(50, 4)
    scene.world.now += 1_000_000
    scene.lead(50, 1)
    assert [_seen(line) for line in scene.log()] == [("SKIPPED", 0), ("EXECUTED", 2)]


def test_what_was_only_copied_is_no_prediction(scene: Scene) -> None:
    scene.copy()
    scene.lead(50, 4)

    def predictions() -> int:
        scene.world.ticks += 61 * 10**9  # rankings are kept for a minute
        me = scene.cem.get("/api/leaderboard?metric=profit")["me"]
        return int(me["predictions"]) if me else 0

    assert scene.held() == 4
    assert predictions() == 0
    scene.offer(50, 1)
    scene.trade(scene.cem, "buy yes", 50, 1)
    assert predictions() == 1
