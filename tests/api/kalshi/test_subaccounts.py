"""Subaccounts, the money between them and their netting switch."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import pytest

from tests.api.kalshi.world import TICKER, World, order_v2

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


# Positions

POSITIONS: Final = f"{PATH}/positions/transfer"
LOCK: Final = f"{PATH}/settlement-advance-lock"


def move(count: int, **more: Any) -> dict[str, Any]:
    return {
        "client_transfer_id": UUID,
        "from_subaccount": 0,
        "to_subaccount": 1,
        "market_ticker": TICKER,
        "side": "yes",
        "count": count,
        "price": "0.6000",
    } | more


async def hold(world: World, count: str = "10.00") -> None:
    """Ann buys at 0.40; her subaccount 1 has 100 dollars."""
    await world.post("ann", f"{PATH}/transfer", transfer(10_000), 200)
    await world.post("bob", "/portfolio/events/orders", order_v2("ask", "0.4000", count))
    await world.post("ann", "/portfolio/events/orders", order_v2("bid", "0.4000", count))


async def position(world: World, subaccount: int) -> Any:
    path = f"/portfolio/positions?subaccount={subaccount}"
    return (await world.get("ann", path))["market_positions"][0]


async def test_a_position_moves_once_at_its_price(world: World) -> None:
    await hold(world)
    before = await balances(world)
    traded = (await world.get("ann", f"/markets/{TICKER}"))["market"]
    reply = await world.post("ann", POSITIONS, move(4), 200)
    assert list(reply) == ["position_transfer_id"]
    for again in (move(4), move(1, client_transfer_id=UUID.upper())):
        answer = await world.ask("ann", "POST", POSITIONS, again)
        assert (answer.status, answer.error["code"]) == (409, "transfer_already_applied")
    after = await balances(world)
    assert after[1] == "97.6000"
    assert float(after[0]) == pytest.approx(float(before[0]) + 2.4)
    given, taken = await position(world, 0), await position(world, 1)
    assert (given["position_fp"], given["realized_pnl_dollars"]) == ("6.00", "0.800000")
    assert (taken["position_fp"], taken["market_exposure_dollars"]) == ("4.00", "2.400000")
    # It is no trade.
    assert (await world.get("ann", f"/markets/{TICKER}"))["market"] == traded
    assert taken["total_traded_dollars"] == "0.000000"
    assert len((await world.get("ann", "/portfolio/fills"))["fills"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (move(11), 400, "insufficient_position"),
        (move(1, side="no"), 400, "insufficient_position"),
        (move(0), 400, ""),
        (move(1, price="1.0001"), 400, "invalid_parameters"),
        (move(1, price="-0.1"), 400, "invalid_parameters"),
        (move(1, price="0.12345"), 400, "invalid_parameters"),
        (move(1, price=0.5), 400, ""),
        (move(1, to_subaccount=0), 400, "invalid_parameters"),
        (move(1, to_subaccount=7), 404, "not_found"),
        (move(1, client_transfer_id="x"), 400, "invalid_parameters"),
        (move(1, market_ticker="NONE"), 404, "market_not_found"),
        (move(1) | {"count": 1.5}, 400, ""),
        (move(1 << 62), 400, ""),
    ],
)
async def test_positions_that_cannot_move(
    world: World, body: dict[str, Any], status: int, code: str
) -> None:
    await hold(world)
    answer = await world.ask("ann", "POST", POSITIONS, body)
    assert answer.status == status, answer
    assert not code or answer.error["code"] == code


async def test_who_cannot_pay_takes_no_position(world: World) -> None:
    await hold(world, "500.00")
    answer = await world.ask("ann", "POST", POSITIONS, move(200))
    assert (answer.status, answer.error["code"]) == (400, "insufficient_balance")


async def test_a_locked_subaccount_stands_still(world: World) -> None:
    await hold(world)
    await world.post("ann", POSITIONS, move(4), 200)
    bid = order_v2("bid", "0.1000", subaccount=1)
    order = (await world.post("ann", "/portfolio/events/orders", bid))["order_id"]
    locked = await world.ask("ann", "PUT", LOCK, {"subaccount_number": 1})
    assert locked.status == 200
    state = locked.json["settlement_advance_state"]
    shown = (await world.get("ann", f"/portfolio/orders/{order}"))["order"]
    assert shown["status"] == "canceled"
    (_, one) = (await world.get("ann", f"{PATH}/balances"))["subaccount_balances"]
    assert (one["voluntarily_locked"], one["settlement_advance_state"]) == (True, state)
    other = move(1, client_transfer_id=str(uuid4()), from_subaccount=1, to_subaccount=0)
    for path, body in (("/portfolio/events/orders", bid), (POSITIONS, other)):
        answer = await world.ask("ann", "POST", path, body)
        assert (answer.status, answer.error["code"]) == (409, "subaccount_locked")
    await world.post("ann", "/portfolio/events/orders", order_v2("bid", "0.1000"))
    again = await world.ask("ann", "PUT", LOCK, {"subaccount_number": 1})
    assert again.json["settlement_advance_state"] != state
    for _ in range(2):
        answer = await world.ask("ann", "DELETE", LOCK, {"subaccount_number": 1})
        assert (answer.status, answer.body) == (200, b"{}")
    (_, one) = (await world.get("ann", f"{PATH}/balances"))["subaccount_balances"]
    assert not one["voluntarily_locked"]
    assert "settlement_advance_state" not in one
    await world.post("ann", "/portfolio/events/orders", bid)


@pytest.mark.parametrize("body", [{}, {"subaccount_number": 64}, {"subaccount_number": "1"}])
async def test_locks_that_cannot_be(world: World, body: dict[str, Any]) -> None:
    for method in ("PUT", "DELETE"):
        assert (await world.ask("ann", method, LOCK, body)).status == 400


async def test_nobody_locks_what_was_never_opened(world: World) -> None:
    for method in ("PUT", "DELETE"):
        assert (await world.ask("ann", method, LOCK, {"subaccount_number": 9})).status == 404
