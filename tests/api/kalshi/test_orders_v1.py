"""First-generation writes: cents or texts in, whole orders out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from presage.gateway import TablesBehind
from tests.api.kalshi.world import TICKER, World, order_v1, order_v2

pytestmark = pytest.mark.anyio

V1: Final = "/portfolio/orders"


async def place(world: World, who: str, *order: Any, **more: Any) -> Any:
    return (await world.post(who, V1, order_v1(*order, **more)))["order"]


async def test_an_order_that_fills_at_once(world: World) -> None:
    await place(world, "bob", "sell", "yes", 40, 2)
    ours = await place(world, "ann", "buy", "yes", 50, 3)
    assert (ours["fill_count"], ours["remaining_count"], ours["status"]) == (2, 1, "resting")
    assert (ours["taker_fill_cost"], ours["taker_fill_cost_dollars"]) == (80, "0.800000")
    # 0.07 x 2 x 0.4 x 0.6
    assert (ours["taker_fees"], ours["taker_fees_dollars"]) == (3, "0.033600")


async def test_twins_and_fractions(world: World) -> None:
    body = order_v1("buy", "yes", 50) | {"count": None, "count_fp": "2.50"}
    ours = (await world.post("ann", V1, body | {"yes_price_dollars": "0.50"}))["order"]
    # Clients that know whole contracts only see them cut.
    assert (ours["initial_count"], ours["initial_count_fp"]) == (2, "2.50")


@pytest.mark.parametrize(
    ("change", "details"),
    [
        ({"yes_price": None}, "price"),
        ({"no_price": 50}, "exactly one"),
        ({"yes_price_dollars": "0.51"}, "agree"),
        ({"count_fp": "1.50"}, "agree"),
        ({"count": None}, "count"),
        ({"sell_position_floor": 0}, "sell orders"),
        ({"sell_position_floor": 3}, "only be 0"),
        ({"reduce_only": True}, "reduce_only can only be used with IoC or FoK orders"),
        ({"buy_max_cost": 0}, "positive"),
        ({"buy_max_cost": -5}, "positive"),
        ({"buy_max_cost": 9_000_000_000_000_000_000}, "positive"),
        ({"action": "sell", "buy_max_cost": 5}, "buy orders"),
        ({"expiration_ts": 0}, "expiration_ts"),
        ({"expiration_ts": 1_600_000_000}, "past"),
    ],
)
async def test_wishes_that_cannot_be_meant(
    world: World, change: dict[str, Any], details: str
) -> None:
    answer = await world.ask("ann", "POST", V1, order_v1("buy", "yes", 50) | change)
    assert (answer.status, answer.error["code"]) == (400, "invalid_order")
    assert details in answer.error["details"]


@pytest.mark.parametrize("change", [{"yes_price": 0}, {"yes_price": 100}, {"count": 0}])
async def test_numbers_out_of_bounds(world: World, change: dict[str, int]) -> None:
    answer = await world.ask("ann", "POST", V1, order_v1("buy", "yes", 50) | change)
    assert (answer.status, answer.json["code"]) == (400, "bad_request")


async def test_a_cost_limit_fills_or_kills(world: World) -> None:
    await place(world, "bob", "sell", "yes", 40, 5)
    killed = await world.ask("ann", "POST", V1, order_v1("buy", "yes", 50, 5, buy_max_cost=100))
    assert killed.error["code"] == "fill_or_kill_insufficient_resting_volume"
    some = order_v1("buy", "yes", 50, 5, buy_max_cost=100, time_in_force="immediate_or_cancel")
    ours = (await world.post("ann", V1, some))["order"]
    assert ours["status"] == "canceled"
    spent = float(ours["taker_fill_cost_dollars"]) + float(ours["taker_fees_dollars"])
    assert 0.5 < spent <= 1


async def test_a_market_order_needs_no_price(world: World) -> None:
    await place(world, "bob", "sell", "yes", 40, 1)
    body = {"ticker": TICKER, "action": "buy", "side": "yes", "type": "market", "count": 2}
    ours = (await world.post("ann", V1, body))["order"]
    assert (ours["fill_count"], ours["status"], ours["yes_price"]) == (1, "canceled", 99)
    body = body | {"action": "sell"}
    ours = (await world.post("ann", V1, body))["order"]
    assert (ours["fill_count"], ours["yes_price"], ours["status"]) == (0, 1, "canceled")


async def test_only_what_is_held_is_sold(world: World) -> None:
    await place(world, "bob", "sell", "yes", 40, 1)
    await place(world, "ann", "buy", "yes", 40, 1)
    await place(world, "bob", "buy", "yes", 30, 5)
    sell = order_v1(
        "sell", "yes", 30, 5, sell_position_floor=0, time_in_force="immediate_or_cancel"
    )
    ours = (await world.post("ann", V1, sell))["order"]
    assert (ours["fill_count"], ours["remaining_count"], ours["status"]) == (1, 0, "canceled")
    (position,) = (await world.get("ann", "/portfolio/positions"))["market_positions"]
    assert position["position"] == 0


async def test_cancel_decrease_amend(world: World) -> None:
    order = (await place(world, "ann", "buy", "yes", 40, 5, client_order_id="a"))["order_id"]
    path = f"{V1}/{order}"
    less = (await world.post("ann", f"{path}/decrease", {"reduce_by": 1}, 200))["order"]
    assert (less["remaining_count"], less["initial_count"]) == (4, 5)
    less = (await world.post("ann", f"{path}/decrease", {"reduce_to_fp": "3.50"}, 200))["order"]
    assert less["remaining_count_fp"] == "3.50"

    terms = {"ticker": TICKER, "side": "yes", "action": "buy", "client_order_id": "a"}
    names = terms | {"updated_client_order_id": "a"}
    both = await world.post("ann", f"{path}/amend", names | {"yes_price": 45}, 200)
    assert both["old_order"]["yes_price"] == 40
    assert both["order"]["yes_price"] == 45
    renamed = terms | {"updated_client_order_id": "b", "no_price": 50, "count": 2}
    both = await world.post("ann", f"{path}/amend", renamed, 200)
    assert both["order"]["client_order_id"] == "b"
    assert (both["order"]["yes_price"], both["order"]["remaining_count"]) == (50, 2)
    wrong = await world.ask("ann", "POST", f"{path}/amend", terms | {"side": "no", "count": 2})
    assert wrong.error["code"] == "order_side_mismatch"

    answer = await world.ask("ann", "DELETE", path)
    assert (answer.json["reduced_by"], answer.json["reduced_by_fp"]) == (2, "2.00")
    assert answer.json["order"]["status"] == "canceled"
    assert (await world.ask("ann", "DELETE", path)).status == 404


async def test_batches(world: World) -> None:
    wishes = [
        order_v1("buy", "yes", 40, client_order_id="a"),
        order_v1("buy", "yes", 41, client_order_id="a"),
        order_v1("buy", "no", 30),
    ]
    items = (await world.post("ann", f"{V1}/batched", {"orders": wishes}))["orders"]
    assert [item["error"] and item["error"]["code"] for item in items] == [
        None,
        "order_already_exists",
        None,
    ]
    assert [item["client_order_id"] for item in items] == ["a", "a", None]
    ids = [items[0]["order"]["order_id"], "nonsense"]
    answer = await world.ask("ann", "DELETE", f"{V1}/batched", {"ids": ids})
    first, second = answer.json["orders"]
    assert (first["order"]["status"], first["reduced_by"]) == ("canceled", 1)
    assert (second["order"], second["reduced_by"]) == (None, 0)
    assert second["error"]["code"] == "not_found"
    rest = {"orders": [{"order_id": items[2]["order"]["order_id"], "subaccount": 0}]}
    answer = await world.ask("ann", "DELETE", f"{V1}/batched", rest)
    assert answer.json["orders"][0]["reduced_by_fp"] == "1.00"


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"ids": ["a"] * 21}, {"ids": ["a"], "orders": [{"order_id": "a"}]}]
)
async def test_batches_that_name_nothing_or_too_much(world: World, body: dict[str, Any]) -> None:
    assert (await world.ask("ann", "DELETE", f"{V1}/batched", body)).status == 400


async def test_at_most_twenty_in_a_batch(world: World) -> None:
    wishes = [order_v1("buy", "yes", 1)] * 21
    assert (await world.ask("ann", "POST", f"{V1}/batched", {"orders": wishes})).status == 400
    assert (await world.get("ann", V1))["orders"] == []


async def test_subaccounts(world: World) -> None:
    transfer = {
        "client_transfer_id": "11111111-1111-4111-8111-111111111111",
        "from_subaccount": 0,
        "to_subaccount": 1,
        "amount_cents": 500,
    }
    await world.post("ann", "/portfolio/subaccounts/transfer", transfer, 200)
    ours = await place(world, "ann", "buy", "yes", 40, 1, subaccount=1)
    assert ours["subaccount_number"] == 1
    assert len((await world.get("ann", f"{V1}?subaccount=1"))["orders"]) == 1
    assert (await world.get("ann", f"{V1}?subaccount=0"))["orders"] == []
    assert len((await world.get("ann", V1))["orders"]) == 1
    wrong = await world.ask("ann", "DELETE", f"{V1}/{ours['order_id']}?subaccount=0")
    assert wrong.status == 404
    right = await world.ask("ann-locked", "DELETE", f"{V1}/{ours['order_id']}")
    assert right.json["order"]["status"] == "canceled"
    again = order_v2("bid", "0.40", subaccount=1)
    assert (await world.ask("ann", "POST", "/portfolio/events/orders", again)).status == 201


class Behind:
    """A reader whose tables are behind from now on."""

    def __init__(self, world: World) -> None:
        self._reader, self._gateway = world.services.reader, world.services.gateway
        self._seq = self._gateway.seq

    async def run(self, query: Any) -> Any:
        if self._gateway.seq > self._seq:
            raise TablesBehind
        return await self._reader.run(query)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/{order}", None),
        ("POST", "/{order}/decrease", {"reduce_by": 2}),
        ("POST", "/{order}/amend", {"yes_price": 45, "count": 4}),
        ("DELETE", "/batched", {"ids": ["{order}", "nonsense"]}),
    ],
)
async def test_what_is_written_is_answered_however_far_the_tables_are_behind(
    world: World, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: Any
) -> None:
    """The whole order, as it is read once the tables have followed."""
    await place(world, "bob", "sell", "yes", 40, 1)
    order = (await place(world, "ann", "buy", "yes", 41, 5, client_order_id="a"))["order_id"]
    terms = {"ticker": TICKER, "side": "yes", "action": "buy", "client_order_id": "a"}
    if path.endswith("amend"):
        await place(world, "bob", "sell", "yes", 45, 1)
        body = body | terms | {"updated_client_order_id": "b"}
    if path.endswith("batched"):
        body = {"ids": [order, "nonsense"]}
    behind: Any = Behind(world)
    services = replace(world.services, reader=behind)
    door = World(services, world.clock)
    answer = await door.ask("ann", method, V1 + path.format(order=order), body)
    assert answer.status == 200, answer
    told = answer.json["orders"][0]["order"] if "orders" in answer.json else answer.json["order"]
    assert told == (await world.get("ann", f"{V1}/{order}"))["order"]
