"""Limit orders: what they reserve, when they end, and what cancelling gives back."""

from __future__ import annotations

from typing import Any

import pytest

from presage.units import SECOND
from tests.api.site.dealing import Table
from tests.api.site.world import Member, World, code_of

HOUR = 3_600 * SECOND


@pytest.fixture(name="table")
def _table(world: World) -> Table:
    world.set("streakBonuses", False)
    return Table(world)


@pytest.fixture(name="ann")
def _ann(world: World) -> Member:
    return world.join()


@pytest.fixture(name="bob")
def _bob(world: World) -> Member:
    return world.join()


def listed(who: Member, status: str = "open") -> list[Any]:
    return list(who.get(f"/api/limit-orders?status={status}")["orders"])


def later(world: World, micros: int) -> None:
    """Time passes, and what is due happens."""
    world.now += micros
    world.running.services.gateway.poke()
    world.do(world.running.services.gateway.inspect(lambda engine: engine.next_due()))


def test_it_rests_with_what_it_reserves(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy yes", 30, 5)
    answer = table.order(ann, "buy yes", 30, 10)
    order = answer.json["order"]
    assert (order["status"], order["remainingQuantity"], order["queuePosition"]) == ("OPEN", 10, 5)
    assert (order["reservedCents"], order["limitPriceCents"]) == (300, 30)
    assert (order["source"], order["averagePriceCents"]) == ("LIMIT", None)
    assert (answer.json["balanceCents"], answer.json["availableCents"]) == (100_000, 99_700)
    assert answer.json["position"] is None
    assert listed(ann) == [order]


def test_what_crosses_trades_at_once(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 4)
    answer = table.order(ann, "buy yes", 45, 10).json
    assert [(fill["priceCents"], fill["quantity"]) for fill in answer["fills"]] == [(40, 4)]
    assert answer["order"]["status"] == "PARTIALLY_FILLED"
    assert answer["order"]["averagePriceCents"] == 40
    assert answer["position"]["quantity"] == 4
    table.traded(bob, "buy no", 55, 6)
    assert listed(ann) == []
    (order,) = listed(ann, "history")
    assert (order["status"], order["averagePriceCents"]) == ("FILLED", 43)


def test_post_only(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 4)
    assert code_of(table.order(ann, "buy yes", 40, 1, postOnly=True)) == (409, "would_cross")
    assert table.rest(ann, "buy yes", 39, 1, postOnly=True)["postOnly"] is True


def test_it_expires_after_its_hours(table: Table, world: World, ann: Member, bob: Member) -> None:
    order = table.rest(ann, "buy yes", 40, 4, expiresInHours=0.5)
    later(world, HOUR // 2 - 1)
    assert listed(ann) == [order]
    world.now += 1
    # Not one late fill, whether or not the expiry has been worked off.
    assert code_of(table.trade(bob, "buy no", 60, 4)) == (409, "no_fill")
    later(world, 1)
    (over,) = listed(ann, "history")
    assert (over["status"], over["cancelReason"]) == ("EXPIRED", "EXPIRED")
    answer = ann.call("DELETE", f"/api/limit-orders/{order['id']}")
    assert code_of(answer) == (409, "order_not_open")
    assert answer.json["status"] == "EXPIRED"
    assert ann.get("/api/auth/me")["user"]["availableCents"] == 100_000


def test_it_ends_with_its_market(world: World, ann: Member) -> None:
    table = Table(world)
    order = table.rest(ann, "buy yes", 40, 4, expiresInHours=8_760)
    closes = ann.get("/api/limit-orders")["orders"][0]["expiresAt"]
    assert order["expiresAt"] == closes
    later(world, 24 * HOUR + SECOND)
    (over,) = listed(ann, "history")
    assert (over["status"], over["cancelReason"]) == ("CANCELLED", "MARKET_CLOSED")
    answer = table.order(ann, "buy yes", 40, 4)
    assert code_of(answer) == (409, "market_not_open")
    assert answer.json["status"] == "CLOSED"


def test_cancelling_gives_back(table: Table, ann: Member, bob: Member) -> None:
    order = table.rest(ann, "buy yes", 40, 10)
    table.traded(bob, "buy no", 60, 4)
    answer = ann.call("DELETE", f"/api/limit-orders/{order['id']}")
    assert answer.status == 200
    assert (answer.json["releasedCents"], answer.json["releasedQuantity"]) == (240, 6)
    assert answer.json["availableCents"] == 100_000 - 160
    over = answer.json["order"]
    assert (over["status"], over["cancelReason"], over["filledQuantity"]) == (
        "CANCELLED",
        "USER",
        4,
    )
    again = ann.call("DELETE", f"/api/limit-orders/{order['id']}")
    assert code_of(again) == (409, "order_not_open")
    assert again.json["status"] == "CANCELLED"


def test_a_cancel_that_comes_too_late_says_filled(table: Table, ann: Member, bob: Member) -> None:
    order = table.rest(ann, "buy yes", 40, 4)
    table.traded(bob, "buy no", 60, 4)
    answer = ann.call("DELETE", f"/api/limit-orders/{order['id']}")
    assert code_of(answer) == (409, "order_not_open")
    assert answer.json["status"] == "FILLED"


def test_somebody_elses_order_is_not_there(table: Table, ann: Member, bob: Member) -> None:
    order = table.rest(ann, "buy yes", 40, 4)
    for name in (order["id"], "ord_" + "0" * 32, "ord", order["optionId"]):
        assert code_of(bob.call("DELETE", f"/api/limit-orders/{name}")) == (404, "not_found")
    assert listed(ann) == [order]


def test_all_at_once(table: Table, world: World, ann: Member) -> None:
    other = Table(world)
    for price in (10, 20, 30):
        table.rest(ann, "buy yes", price, 1)
    other.rest(ann, "buy yes", 10, 1)
    answer = ann.call("DELETE", f"/api/limit-orders?optionId={table.ticker}").json
    assert answer == {"cancelled": 3, "releasedCents": 60, "availableCents": 99_990}
    assert [order["marketTicker"] for order in listed(ann)] == [other.ticker]
    assert ann.call("DELETE", "/api/limit-orders?all=1").json["cancelled"] == 1
    for query in ("", "?all=0", f"?all=1&optionId={table.ticker}"):
        assert code_of(ann.call("DELETE", f"/api/limit-orders{query}"))[0] == 400
    answer = ann.call("DELETE", "/api/limit-orders?optionId=none")
    assert code_of(answer) == (404, "not_found")


def test_so_many_and_no_more(table: Table, world: World, ann: Member) -> None:
    world.set("OPEN_ORDERS_PER_OPTION", 3)
    world.set("OPEN_ORDERS", 4)
    for _ in range(3):
        table.rest(ann, "buy yes", 1, 1)
    assert code_of(table.order(ann, "buy yes", 1, 1)) == (409, "limit_reached")
    other = Table(world)
    other.rest(ann, "buy yes", 1, 1)
    assert code_of(other.order(ann, "buy yes", 1, 1)) == (409, "limit_reached")
    world.set("OPEN_ORDERS_PER_OPTION", 200)
    world.set("OPEN_ORDERS", 2_000)
    world.set("POSITION_LIMIT", 5)
    assert code_of(table.order(ann, "buy yes", 1, 6)) == (409, "limit_reached")
    world.set("POSITION_LIMIT", 0)


def test_a_sale_rests_with_contracts_not_money(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    table.traded(ann, "buy yes", 40, 10)
    order = table.rest(ann, "sell yes", 80, 6)
    assert (order["reservedCents"], order["action"], order["side"]) == (0, "SELL", "YES")
    answer = table.order(ann, "sell yes", 80, 5)
    assert code_of(answer) == (409, "insufficient_position")
    assert (answer.json["heldQuantity"], answer.json["reservedQuantity"]) == (10, 6)
    table.rest(bob, "buy yes", 80, 6)
    (over,) = listed(ann, "history")
    assert (over["status"], over["averagePriceCents"]) == ("FILLED", 80)
    assert table.position(ann)["realizedPnlCents"] == 240


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"expiresInHours": 0}, "expiresInHours"),
        ({"expiresInHours": 8_761}, "expiresInHours"),
        ({"limitPriceCents": 100}, "limitPriceCents"),
        ({"priceCents": 10}, "priceCents"),
        ({"quantity": -1}, "quantity"),
    ],
)
def test_what_cannot_be_meant(table: Table, ann: Member, wrong: dict[str, Any], field: str) -> None:
    body = {"optionId": table.ticker, "side": "YES", "action": "BUY", "quantity": 1}
    answer = ann.call("POST", "/api/limit-orders", body | {"limitPriceCents": 34} | wrong)
    assert answer.status == 400
    assert answer.json["details"][0]["field"] == field


def test_pages(table: Table, ann: Member) -> None:
    made = [table.rest(ann, "buy yes", 1, 1)["id"] for _ in range(5)][::-1]
    first = ann.get("/api/limit-orders?limit=3")
    assert [order["id"] for order in first["orders"]] == made[:3]
    second = ann.get(f"/api/limit-orders?limit=3&cursor={first['nextCursor']}")
    assert [order["id"] for order in second["orders"]] == made[3:]
    assert second["nextCursor"] is None
    assert (
        ann.get(f"/api/limit-orders?eventSlug={table.slug}&limit=1")["orders"][0]["id"] == made[0]
    )
    assert ann.get("/api/limit-orders?optionId=none")["orders"] == []
    for wrong in ("status=all", "limit=201", "cursor=zzz"):
        assert ann.call("GET", f"/api/limit-orders?{wrong}").status == 400
