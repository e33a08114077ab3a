"""Replies side by side with what the real exchange was recorded answering to the same request."""

from __future__ import annotations

from typing import Any, Final

import pytest

from presage.api.kalshi.routes import KALSHI
from tests.api.kalshi.world import World, order_v1, order_v2, recorded

pytestmark = pytest.mark.anyio

ORDERS: Final = "/portfolio/events/orders"
OWN: Final = {
    "order_id",
    "user_id",
    "client_order_id",
    "ticker",
    "market_ticker",
    "event_ticker",
    "fill_id",
    "trade_id",
    "order_group_id",
    "ts",
    "ts_ms",
    "created_time",
    "last_update_time",
    "last_updated_ts",
    "updated_ts",
}
"""What no two runs share."""


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where a recorded body says something that ours does not; fields of ours alone are fine."""
    if isinstance(theirs, dict):
        return [
            found
            for key, value in theirs.items()
            for found in (
                [f"{path}.{key} is missing"]
                if key not in ours
                else differences(ours[key], value, f"{path}.{key}")
            )
        ]
    if isinstance(theirs, list):
        if len(ours) != len(theirs):
            return [f"{path}: {len(ours)} items, not {len(theirs)}"]
        pairs = zip(ours, theirs, strict=True)
        return [found for pair in pairs for found in differences(*pair, f"{path}[]")]
    if path.rpartition(".")[2] in OWN:
        return [] if type(ours) is type(theirs) else [f"{path}: {ours!r} is no {theirs!r}"]
    return [] if ours == theirs else [f"{path}: {ours!r}, not {theirs!r}"]


async def test_create_rest_and_cancel(world: World) -> None:
    order = order_v2("bid", "0.0100", client_order_id="one")
    created = await world.post("ann", ORDERS, order)
    assert differences(created, recorded("orders__create_v2_maker")) == []
    assert set(created) == set(recorded("orders__create_v2_maker"))
    path = f"/portfolio/orders/{created['order_id']}"
    read = await world.get("ann", path)
    assert differences(read, recorded("orders__get_after_create")) == []

    again = await world.ask("ann", "POST", ORDERS, order)
    assert (again.status, again.json) == (409, recorded("orders__duplicate_client_order_id"))

    canceled = await world.ask("ann", "DELETE", f"{ORDERS}/{created['order_id']}")
    assert canceled.status == 200
    assert differences(canceled.json, recorded("orders__cancel_v2")) == []
    assert set(canceled.json) == set(recorded("orders__cancel_v2"))
    # Recorded as still resting right after the cancellation; here reads see every write.
    assert (await world.get("ann", path))["order"]["status"] == "canceled"

    for name in ("orders__cancel_already_canceled", "orders__cancel_executed"):
        gone = await world.ask("ann", "DELETE", f"{ORDERS}/{created['order_id']}")
        assert (gone.status, gone.json) == (404, recorded(name))
    reused = await world.ask("ann", "POST", ORDERS, order)
    assert (reused.status, reused.json) == (409, recorded("orders__reuse_canceled_client_id"))


async def test_cancel_of_an_unknown_order(world: World) -> None:
    gone = await world.ask("ann", "DELETE", f"{ORDERS}/00000000-0000-0000-0000-000000000000")
    assert (gone.status, gone.json) == (404, recorded("orders__cancel_unknown_id"))


async def test_an_order_that_takes(world: World) -> None:
    await world.post("bob", ORDERS, order_v2("ask", "0.5200"))
    order = order_v2("bid", "0.9900", client_order_id="one", time_in_force="immediate_or_cancel")
    created = await world.post("ann", ORDERS, order)
    assert differences(created, recorded("orders__create_v2_taker_ioc")) == []
    theirs = recorded("portfolio__orders_list")["orders"][0]
    (ours,) = (await world.get("ann", "/portfolio/orders"))["orders"]
    assert differences(ours, theirs) == []
    (fill,) = (await world.get("ann", "/portfolio/fills?limit=10"))["fills"]
    assert differences(fill, recorded("fills__after_taker")["fills"][0]) == []


async def test_positions(world: World) -> None:
    """3 YES for .99 + .99 + .52, as recorded."""
    for price in ("0.9900", "0.9900", "0.5200"):
        await world.post("bob", ORDERS, order_v2("ask", price))
        await world.post("ann", ORDERS, order_v2("bid", "0.9900"))
    ours = await world.get("ann", "/portfolio/positions")
    assert differences(ours, recorded("portfolio__positions")) == []


async def test_balance(world: World) -> None:
    """2 YES whose last trade was at .99 are worth 198 cents; the balance is cut to cents."""
    await world.post("bob", ORDERS, order_v2("ask", "0.9900", "2.00"))
    await world.post("ann", ORDERS, order_v2("bid", "0.9900", "2.00"))
    ours, theirs = await world.get("ann", "/portfolio/balance"), recorded("auth__balance_ok")
    assert set(ours) == set(theirs)
    assert ours["portfolio_value"] == theirs["portfolio_value"] == 198
    # 1,000 - 1.98 - 0.07 x 2 x 0.99 x 0.01 rounded up to 0.0014
    assert (ours["balance"], ours["balance_dollars"]) == (99_801, "998.0186")
    assert ours["balance_breakdown"] == [{"balance": "998.0186", "exchange_index": 0}]


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("orders__insufficient_balance", order_v2("bid", "0.9900", "10099.00")),
        ("orders__invalid_price_structure", order_v2("bid", "0.5150", post_only=True)),
        ("margin__orders__off_tick_price", order_v2("bid", "0.38295")),
        ("margin__orders__reduce_only_gtc", order_v2("ask", "0.3816", reduce_only=True)),
        ("orders__numeric_field_types", {"count": 1, "price": 0.01}),
    ],
)
async def test_refusals(world: World, name: str, order: dict[str, Any]) -> None:
    wish = {"count": "1.00"} | order_v2("bid", "0.01") | order
    answer = await world.ask("ann", "POST", ORDERS, wish)
    assert (answer.status, answer.json) == (400, recorded(name))
    assert (await world.get("ann", "/portfolio/orders"))["orders"] == []


async def test_post_only_that_would_cross(world: World) -> None:
    await world.post("bob", ORDERS, order_v2("ask", "0.5200"))
    answer = await world.ask("ann", "POST", ORDERS, order_v2("bid", "0.9900", post_only=True))
    assert (answer.status, answer.json) == (400, recorded("orders__post_only_cross"))


async def test_an_order_that_meets_its_own_member(world: World) -> None:
    setup = await world.post(
        "ann", ORDERS, order_v2("bid", "0.4800", client_order_id="a", post_only=True)
    )
    assert differences(setup, recorded("orders__stp_setup")) == []
    order = order_v2("ask", "0.4800", client_order_id="b", time_in_force="immediate_or_cancel")
    crossed = await world.post("ann", ORDERS, order)
    assert differences(crossed, recorded("orders__stp_self_cross")) == []
    assert set(crossed) == set(recorded("orders__stp_self_cross"))
    resting = await world.get("ann", f"/portfolio/orders/{setup['order_id']}")
    assert differences(resting, recorded("orders__stp_resting_after")) == []


async def test_first_generation(world: World) -> None:
    order = order_v1("buy", "yes", 1, client_order_id="one")
    created = await world.post("ann", "/portfolio/orders", order)
    assert differences(created, recorded("orders__legacy_create")) == []
    answer = await world.ask("ann", "DELETE", f"/portfolio/orders/{created['order']['order_id']}")
    assert answer.status == 200
    assert differences(answer.json, recorded("orders__legacy_cancel")) == []


async def test_amend_and_decrease(world: World) -> None:
    created = await world.post("ann", ORDERS, order_v2("bid", "0.3800", "3.00"))
    path = f"{ORDERS}/{created['order_id']}"
    less = await world.post("ann", f"{path}/decrease", {"reduce_by": "1"}, 200)
    theirs = recorded("margin__orders__decrease_reduce_by")
    assert less["remaining_count"] == "2.00"
    assert set(less) == {*theirs, "ts_ms"}

    terms = {"ticker": order_v2("bid", "0")["ticker"], "side": "bid"}
    kept = await world.post("ann", f"{path}/amend", terms | {"price": "0.38", "count": "1"}, 200)
    theirs = recorded("margin__orders__amend_decrease")
    assert differences(kept, theirs) == []
    assert set(kept) == {*theirs, "ts_ms"}
    moved = await world.post("ann", f"{path}/amend", terms | {"price": "0.37", "count": "1"}, 200)
    assert set(moved) == {*recorded("margin__orders__amend_price"), "ts_ms"}


async def test_groups(world: World) -> None:
    assert await world.get("ann", "/portfolio/order_groups") == recorded("margin__groups__list")
    created = await world.post("ann", "/portfolio/order_groups/create", {"contracts_limit": 10})
    theirs = recorded("margin__groups__create")
    assert differences(created, theirs) == []
    path = f"/portfolio/order_groups/{created['order_group_id']}"
    order = order_v2("bid", "0.38", client_order_id="g")
    member = await world.post("ann", ORDERS, order | {"order_group_id": created["order_group_id"]})
    assert differences(member, recorded("margin__orders__create_in_group")) == []
    for action, body in (("trigger", {}), ("reset", {}), ("limit", {"contracts_limit": 5})):
        answer = await world.ask("ann", "PUT", f"{path}/{action}", body)
        assert (answer.status, answer.json) == (200, recorded("margin__groups__reset"))
    deleted = await world.ask("ann", "DELETE", path)
    assert (deleted.status, deleted.json) == (200, recorded("margin__groups__delete"))
    gone = await world.ask("ann", "GET", path)
    assert (gone.status, gone.json) == (404, recorded("margin__groups__get"))


async def test_subaccounts(world: World) -> None:
    path = "/portfolio/subaccounts"
    created = await world.post("ann", path, {})
    assert set(created) == set(recorded("margin__subaccounts__create"))
    bare = await world.ask("ann", "POST", path)
    assert (bare.status, bare.json) == (400, recorded("margin__subaccounts__create_nobody"))
    transfer = {
        "amount_cents": 1,
        "client_transfer_id": "fe7f99a3-873e-4105-8f2b-3986816252d7",
        "from_subaccount": 0,
        "to_subaccount": 1,
    }
    first = await world.post("ann", f"{path}/transfer", transfer, 200)
    assert first == recorded("margin__subaccounts__transfer_first")
    again = await world.ask("ann", "POST", f"{path}/transfer", transfer)
    assert (again.status, again.json) == (409, recorded("margin__subaccounts__transfer_duplicate"))


async def test_account(world: World) -> None:
    limits = await world.get("ann", "/account/limits")
    assert differences(limits, recorded("account__limits")) == []
    costs = await world.get("ann", "/account/endpoint_costs")
    theirs = recorded("account__endpoint_costs")
    served = {(one["method"], one["path"]): one["cost"] for one in costs["endpoint_costs"]}
    asked = {(one["method"], one["path"]): one["cost"] for one in theirs["endpoint_costs"]}
    assert costs["default_cost"] == theirs["default_cost"]
    here = {(one.method, _colons(f"{KALSHI.prefix}{one.path}")) for one in KALSHI.operations}
    assert {key: cost for key, cost in asked.items() if key in here} == {
        key: cost for key, cost in served.items() if key in asked
    }
    # What costs something else than usual and was not recorded does the same as what was.
    prefix = KALSHI.prefix
    assert {key: cost for key, cost in served.items() if key not in asked} == {
        ("DELETE", f"{prefix}/communications/rfqs/:rfq_id/quotes/:quote_id"): 2,
        ("POST", f"{prefix}/multivariate_event_collections/:collection_ticker/lookup"): 2,
    }


def _colons(path: str) -> str:
    return path.replace("{", ":").replace("}", "")


async def test_settlements_before_any(world: World) -> None:
    ours = await world.get("ann", "/portfolio/settlements?limit=10")
    assert ours == recorded("settlements__page")
