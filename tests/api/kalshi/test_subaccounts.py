"""Subaccounts, the money between them and their netting switch."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.kalshi.world import World, order_v2

pytestmark = pytest.mark.anyio

PATH: Final = "/portfolio/subaccounts"
UUID: Final = "fe7f99a3-873e-4105-8f2b-3986816252d7"


def transfer(cents: int, **more: Any) -> dict[str, Any]:
    return {
        "client_transfer_id": UUID,
        "from_subaccount": 0,
        "to_subaccount": 1,
        "amount_cents": cents,
    } | more


async def balances(world: World) -> dict[int, str]:
    found = (await world.get("ann", f"{PATH}/balances"))["subaccount_balances"]
    return {one["subaccount_number"]: one["balance"] for one in found}


async def test_numbers_count_up_to_63(world: World) -> None:
    made = [(await world.post("ann", PATH, {}))["subaccount_number"] for _ in range(62)]
    assert made == list(range(2, 64))
    answer = await world.ask("ann", "POST", PATH, {})
    assert (answer.status, answer.error["code"]) == (400, "too_many_subaccounts")
    assert list(await balances(world)) == list(range(64))


async def test_money_moves_once(world: World) -> None:
    await world.post("ann", f"{PATH}/transfer", transfer(2_550), 200)
    assert await balances(world) == {0: "974.5000", 1: "25.5000"}
    for again in (transfer(2_550), transfer(1), transfer(1, client_transfer_id=UUID.upper())):
        answer = await world.ask("ann", "POST", f"{PATH}/transfer", again)
        assert (answer.status, answer.error["code"]) == (409, "transfer_already_applied")
    assert await balances(world) == {0: "974.5000", 1: "25.5000"}
    (seen,) = (await world.get("ann", f"{PATH}/transfers"))["transfers"]
    assert seen["transfer_id"] == UUID
    assert (seen["from_subaccount"], seen["to_subaccount"], seen["amount_cents"]) == (0, 1, 2_550)


async def test_members_do_not_share_transfer_ids(world: World) -> None:
    await world.post("bob", PATH, {})
    for who in ("ann", "bob"):
        await world.post(who, f"{PATH}/transfer", transfer(1), 200)
    assert len((await world.get("bob", f"{PATH}/transfers"))["transfers"]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (transfer(0), 400),
        (transfer(-1), 400),
        (transfer(1 << 62), 400),
        (transfer(100_001), 400),
        (transfer(1, to_subaccount=0), 400),
        (transfer(1, client_transfer_id="not-a-uuid"), 400),
        (transfer(1, client_transfer_id=UUID.replace("-", "")), 400),
        (transfer(1, to_subaccount=5), 404),
        (transfer(1, from_subaccount=64), 400),
        (transfer(1, to_subaccount=None), 400),
    ],
)
async def test_transfers_that_cannot_be(world: World, body: dict[str, Any], status: int) -> None:
    assert (await world.ask("ann", "POST", f"{PATH}/transfer", body)).status == status
    assert await balances(world) == {0: "1000.0000", 1: "0.0000"}


async def test_what_rests_cannot_be_moved(world: World) -> None:
    await world.post("ann", "/portfolio/events/orders", order_v2("bid", "0.50", "1500"))
    answer = await world.ask("ann", "POST", f"{PATH}/transfer", transfer(30_000))
    assert answer.error["code"] == "insufficient_balance"


async def test_netting(world: World) -> None:
    put = await world.ask(
        "ann", "PUT", f"{PATH}/netting", {"subaccount_number": 1, "enabled": True}
    )
    assert (put.status, put.json) == (200, {})
    found = (await world.get("ann", f"{PATH}/netting"))["netting_configs"]
    assert [(one["subaccount_number"], one["enabled"]) for one in found] == [(0, False), (1, True)]
    unknown = await world.ask(
        "ann", "PUT", f"{PATH}/netting", {"subaccount_number": 2, "enabled": True}
    )
    assert unknown.status == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", PATH, {}),
        ("GET", f"{PATH}/balances", None),
        ("POST", f"{PATH}/transfer", transfer(1)),
        ("PUT", f"{PATH}/netting", {"subaccount_number": 1, "enabled": True}),
    ],
)
async def test_a_locked_key_stays_in_its_subaccount(
    world: World, method: str, path: str, body: Any
) -> None:
    assert (await world.ask("ann-locked", method, path, body)).status == 403


async def test_pages_of_transfers(world: World) -> None:
    for number in range(3):
        one = transfer(number + 1, client_transfer_id=f"{UUID[:-1]}{number}")
        await world.post("ann", f"{PATH}/transfer", one, 200)
    page = await world.get("ann", f"{PATH}/transfers?limit=2")
    rest = await world.get("ann", f"{PATH}/transfers?limit=2&cursor={page['cursor']}")
    amounts = [one["amount_cents"] for one in page["transfers"] + rest["transfers"]]
    assert (amounts, rest["cursor"]) == ([3, 2, 1], "")
