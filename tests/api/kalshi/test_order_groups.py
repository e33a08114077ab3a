"""Order groups: limits, triggers, paths of every generation."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.kalshi.world import World, order_v2

pytestmark = pytest.mark.anyio

GROUPS: Final = "/portfolio/order_groups"
ORDERS: Final = "/portfolio/events/orders"


async def create(world: World, who: str = "ann", **body: Any) -> str:
    made = await world.post(who, f"{GROUPS}/create", {"contracts_limit": 10} | body)
    group: str = made["order_group_id"]
    return group


async def place(world: World, group: str, price: str = "0.40", count: str = "1") -> Any:
    order = order_v2("bid", price, count, order_group_id=group)
    return await world.ask("ann", "POST", ORDERS, order)


async def test_a_group_lists_its_resting_orders(world: World) -> None:
    group = await create(world)
    order = (await place(world, group)).json["order_id"]
    found = await world.get("ann", f"{GROUPS}/{group}")
    assert found["orders"] == [order]
    assert (found["contracts_limit_fp"], found["is_auto_cancel_enabled"]) == ("10.00", True)
    shown = (await world.get("ann", f"/portfolio/orders/{order}"))["order"]
    assert shown["order_group_id"] == group
    await world.ask("ann", "DELETE", f"{ORDERS}/{order}")
    assert (await world.get("ann", f"{GROUPS}/{group}"))["orders"] == []


async def test_a_full_group_stops_until_it_is_reset(world: World) -> None:
    group = await create(world, contracts_limit=2)
    await world.post("bob", ORDERS, order_v2("ask", "0.40", "5"))
    assert (await place(world, group, count="2")).json["fill_count"] == "2.00"
    await place(world, group)
    refused = await place(world, group)
    assert (refused.status, refused.error["code"]) == (409, "exceeded_order_group_risk_limit")
    answer = await world.ask("ann", "PUT", f"{GROUPS}/{group}/reset")
    assert (answer.status, answer.json) == (200, {})
    assert (await place(world, group)).json["fill_count"] == "1.00"


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_trigger_and_both_ways_to_reset(world: World, method: str) -> None:
    group = await create(world)
    order = (await place(world, group)).json["order_id"]
    assert (await world.ask("ann", "PUT", f"{GROUPS}/{group}/trigger", {})).status == 200
    shown = (await world.get("ann", f"/portfolio/orders/{order}"))["order"]
    assert (shown["status"], shown["remaining_count"]) == ("canceled", 0)
    assert (await place(world, group)).status == 409
    assert (await world.ask("ann", method, f"{GROUPS}/{group}/reset", {})).status == 200
    assert (await place(world, group)).status == 201


async def test_the_paths_of_the_first_clients(world: World) -> None:
    made = await world.post("ann", GROUPS, {"contracts_limit_fp": "3.50"})
    group = made["order_group_id"]
    assert (made["subaccount"], made["exchange_index"]) == (0, 0)
    answer = await world.ask("ann", "PUT", f"{GROUPS}/{group}", {"contracts_limit": 7})
    assert (answer.status, answer.json) == (200, {})
    (listed,) = (await world.get("ann", GROUPS))["order_groups"]
    assert (listed["id"], listed["contracts_limit_fp"]) == (group, "7.00")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contracts_limit": 0},
        {"contracts_limit": 1_000_001},
        {"contracts_limit_fp": "0"},
        {"contracts_limit_fp": "ten"},
        {"contracts_limit": 3, "contracts_limit_fp": "4.00"},
    ],
)
async def test_limits_that_cannot_be(world: World, body: dict[str, Any]) -> None:
    assert (await world.ask("ann", "POST", f"{GROUPS}/create", body)).status == 400
    assert await world.get("ann", GROUPS) == {}


async def test_somebody_elses_group_does_not_exist(world: World) -> None:
    theirs = await create(world, "bob")
    assert await world.get("ann", GROUPS) == {}
    for method, path, body in (
        ("GET", theirs, None),
        ("PUT", f"{theirs}/limit", {"contracts_limit": 1}),
        ("PUT", f"{theirs}/trigger", {}),
        ("PUT", f"{theirs}/reset", {}),
        ("DELETE", theirs, None),
    ):
        answer = await world.ask("ann", method, f"{GROUPS}/{path}", body)
        assert (answer.status, answer.error["code"]) == (404, "not_found")
    assert (await place(world, theirs)).status == 404
    assert len((await world.get("bob", GROUPS))["order_groups"]) == 1


async def test_the_wrong_subaccount_looks_like_not_found(world: World) -> None:
    group = await create(world, subaccount=1)
    assert (await world.ask("ann", "GET", f"{GROUPS}/{group}?subaccount=0")).status == 404
    assert (await world.ask("ann", "DELETE", f"{GROUPS}/{group}?subaccount=0")).status == 404
    assert (await world.ask("ann-locked", "GET", f"{GROUPS}/{group}")).status == 200
    assert await world.get("ann", f"{GROUPS}?subaccount=0") == {}
    assert len((await world.get("ann", GROUPS))["order_groups"]) == 1
