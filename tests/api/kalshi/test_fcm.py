"""FCM members, their subtraders, and the keys that are bound to them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

import pytest

from presage.api.auth import Caller
from presage.api.signatures import generate_key_pair
from presage.domain.commands import OpenMember, SetMemberStatus
from presage.identity import members
from presage.identity.members import Member
from presage.units import DOLLAR, SECOND
from tests.api.kalshi import world as worlds
from tests.api.kalshi.world import ALL, NOON, World, order_v2

pytestmark = pytest.mark.anyio

SUBS: Final = "/fcm/subtraders"
CAP: Final = f"{SUBS}/event_contract_daily_cap"
ORDERS: Final = "/portfolio/events/orders"
_, PUBLIC = generate_key_pair()


@pytest.fixture
async def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two FCMs with 1,000 dollars each, acme and zeta; acme's subtrader d1 has 100 dollars."""
    for number, name in ((11, "acme"), (12, "zeta")):
        await world.run(OpenMember(number, "fcm"))
        await world.deposit(number, 1_000 * DOLLAR)
        row = Member(f"user-{name}", number, "fcm", name, "active", "basic", NOON)
        await world.services.gateway.submit(None, partial(members.add, member=row))
        caller = Caller(number, f"user-{name}", f"key-{name}", ALL, None, "fcm")
        monkeypatch.setitem(worlds.CALLERS, name, caller)
    await subtrader(world, "d1", monkeypatch)
    return world


async def subtrader(world: World, suffix: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A subtrader of acme's with 100 dollars; whoever has its bound key is called by its suffix."""
    id: str = (await world.post("acme", SUBS, {"subtrader_suffix": suffix}))["subtrader_id"]
    await fund(world, id, 10_000)
    bound = {"name": "bot", "public_key": PUBLIC, "fcm_subtrader_id": id}
    key = (await world.post("acme", "/api_keys", bound))["api_key_id"]
    record = world.services.keys.find(key)
    assert record is not None
    caller = Caller(
        record.member, record.user_id, key, record.scopes, record.subaccount, record.role
    )
    monkeypatch.setitem(worlds.CALLERS, suffix, caller)
    return id


async def fund(world: World, id: str, cents: int) -> None:
    body = {
        "client_transfer_id": f"fe7f99a3-873e-4105-8f2b-{cents:06d}{hash(id) % 10**6:06d}",
        "from_subaccount": 0,
        "to_subaccount": 0,
        "to_subtrader_id": id,
        "amount_cents": cents,
    }
    await world.post("acme", "/portfolio/subaccounts/transfer", body, 200)


async def cap(world: World, id: str, dollars: str) -> None:
    answer = await world.ask("acme", "PUT", CAP, {"subtrader_id": id, "limit": dollars})
    assert (answer.status, answer.body) == (200, b"{}")


async def test_a_subtrader_is_made_once_and_listed(desk: World) -> None:
    made = await desk.post("acme", SUBS, {"subtrader_suffix": "D2"})
    assert made == {"subtrader_id": "user-acme_D2"}
    again = await desk.ask("acme", "POST", SUBS, {"subtrader_suffix": "D2"})
    assert (again.status, again.error["code"]) == (409, "subtrader_already_exists")
    listed = (await desk.get("acme", SUBS))["subtraders"]
    assert listed == [
        {
            "subtrader_id": f"user-acme_{suffix}",
            "exchange_indices": [0],
            "trading_blocked": False,
            "fcm_trading_blocked": False,
            "propagation_pending": False,
        }
        for suffix in ("d1", "D2")
    ]
    assert (await desk.get("zeta", SUBS))["subtraders"] == []


@pytest.mark.parametrize("suffix", ["", "a_b", "x" * 17, "é", None, 7])
async def test_suffixes_that_cannot_be(desk: World, suffix: Any) -> None:
    assert (await desk.ask("acme", "POST", SUBS, {"subtrader_suffix": suffix})).status == 400


async def test_others_than_fcms_are_refused(desk: World) -> None:
    for method, path, body in (
        ("GET", SUBS, None),
        ("POST", SUBS, {"subtrader_suffix": "x"}),
        ("GET", "/fcm/orders?subtrader_id=user-acme_d1", None),
        ("GET", "/fcm/positions?subtrader_id=user-acme_d1", None),
        ("GET", f"{CAP}?subtrader_id=user-acme_d1", None),
        ("PUT", CAP, {"subtrader_id": "user-acme_d1", "limit": "1"}),
        ("DELETE", f"{CAP}?subtrader_id=user-acme_d1", None),
        ("POST", "/api_keys/generate", {"name": "x", "fcm_subtrader_id": "user-acme_d1"}),
    ):
        answer = await desk.ask("ann", method, path, body)
        assert (answer.status, answer.error["code"]) == (403, "permission_denied"), path
        if path != SUBS:
            assert (await desk.ask("zeta", method, path, body)).status == 404, path


async def test_what_a_subtrader_trades_is_its_own(desk: World) -> None:
    await cap(desk, "user-acme_d1", "50")
    await desk.post("bob", ORDERS, order_v2("ask", "0.5900", "1.00"))
    placed = await desk.post("d1", ORDERS, order_v2("bid", "0.6000", "3.00", client_order_id="c"))
    assert placed["fill_count"] == "1.00"
    (order,) = (await desk.get("acme", "/fcm/orders?subtrader_id=user-acme_d1"))["orders"]
    assert order["order_id"] == placed["order_id"]
    # 0.59 and a fee of 0.0170 make 0.6070; the change of cash is floored to a cent: 0.61.
    assert order["taker_fees_dollars"] == "0.020000"
    found = await desk.get("acme", "/fcm/orders?client_order_ids=nobody,c")
    assert [one["order_id"] for one in found["orders"]] == [placed["order_id"]]
    for status in ("canceled", "executed"):
        path = f"/fcm/orders?subtrader_id=user-acme_d1&status={status}"
        assert (await desk.get("acme", path))["orders"] == []
    assert (await desk.ask("acme", "GET", "/fcm/orders")).status == 400
    (held,) = (await desk.get("acme", "/fcm/positions?subtrader_id=user-acme_d1"))[
        "market_positions"
    ]
    assert (held["position_fp"], held["fees_paid_dollars"]) == ("1.00", "0.020000")
    # Nothing of it is the FCM's own, and the subtrader sees the same.
    assert (await desk.get("acme", "/portfolio/positions"))["market_positions"] == []
    assert (await desk.get("acme", "/portfolio/orders"))["orders"] == []
    assert (await desk.get("acme", "/portfolio/balance"))["balance"] == 90_000
    assert (await desk.get("d1", "/portfolio/orders"))["orders"][0]["order_id"] == order["order_id"]
    assert (await desk.get("d1", "/portfolio/balance"))["balance_dollars"] == "98.1900"


async def test_positions_of_settled_markets(desk: World) -> None:
    await cap(desk, "user-acme_d1", "50")
    await desk.post("bob", ORDERS, order_v2("ask", "0.5000"))
    await desk.post("d1", ORDERS, order_v2("bid", "0.5000"))
    await desk.settle(worlds.TICKER, 10_000)
    path = "/fcm/positions?subtrader_id=user-acme_d1&settlement_status="
    counts = [
        len((await desk.get("acme", path + word))["market_positions"])
        for word in ("unsettled", "settled", "all")
    ]
    assert counts == [0, 1, 1]


async def test_without_a_cap_a_bound_key_cannot_trade(desk: World) -> None:
    assert (await desk.ask("acme", "GET", f"{CAP}?subtrader_id=user-acme_d1")).status == 404
    refused = await desk.ask("d1", "POST", ORDERS, order_v2("bid", "0.5000"))
    assert (refused.status, refused.error["code"]) == (400, "event_contract_daily_cap_exceeded")
    await cap(desk, "user-acme_d1", "1")
    resting = await desk.post("d1", ORDERS, order_v2("bid", "0.5000"))
    gone = await desk.ask("acme", "DELETE", f"{CAP}?subtrader_id=user-acme_d1")
    assert (gone.status, gone.body) == (200, b"{}")
    assert (await desk.ask("acme", "DELETE", f"{CAP}?subtrader_id=user-acme_d1")).status == 404
    assert (await desk.ask("d1", "POST", ORDERS, order_v2("bid", "0.1000"))).status == 400
    # What rests was not touched, and may be cancelled.
    assert (await desk.ask("d1", "DELETE", f"{ORDERS}/{resting['order_id']}")).status == 200


async def test_the_cap_shows_what_is_used_and_forgets_fills_at_midnight(desk: World) -> None:
    await cap(desk, "user-acme_d1", "10.00")
    await desk.post("bob", ORDERS, order_v2("ask", "0.5000", "4.00"))
    await desk.post("d1", ORDERS, order_v2("bid", "0.5000", "4.00"))
    await desk.post("d1", ORDERS, order_v2("bid", "0.4000", "5.00"))
    before = await desk.get("acme", f"{CAP}?subtrader_id=user-acme_d1")
    # 4 x 0.50 and a fee of 0.07. NOON of these tests is on the morning of 21 September 2026.
    assert before == {
        "subtrader_id": "user-acme_d1",
        "limit": "10.0000",
        "executed_utilization": "2.0700",
        "resting_order_utilization": "2.0000",
        "pending_order_utilization": "0.0000",
        "cap_date": "2026-09-21",
    }
    over = await desk.ask("d1", "POST", ORDERS, order_v2("bid", "0.3000", "20.00"))
    assert over.error["code"] == "event_contract_daily_cap_exceeded"
    assert await desk.get("d1", CAP) == before
    desk.clock.now += 18 * 3_600 * SECOND
    after = await desk.get("d1", f"{CAP}?subtrader_id=user-acme_d1")
    assert after == before | {"executed_utilization": "0.0000", "cap_date": "2026-09-22"}


async def test_orders_at_once_never_exceed_the_cap(desk: World) -> None:
    await cap(desk, "user-acme_d1", "2.00")
    wishes = [desk.ask("d1", "POST", ORDERS, order_v2("bid", "0.3000")) for _ in range(20)]
    answers = await asyncio.gather(*wishes)
    assert sorted(answer.status for answer in answers) == [201] * 6 + [400] * 14


@pytest.mark.parametrize("limit", ["-1", "x", "", "1.0000001", 5, None])
async def test_limits_that_cannot_be(desk: World, limit: Any) -> None:
    body = {"subtrader_id": "user-acme_d1", "limit": limit}
    assert (await desk.ask("acme", "PUT", CAP, body)).status == 400


async def test_a_bound_key_trades_and_manages_nothing(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subtrader(desk, "d2", monkeypatch)
    for method, path, body in (
        ("GET", SUBS, None),
        ("GET", "/api_keys", None),
        ("POST", "/api_keys/generate", {"name": "x"}),
        ("PUT", CAP, {"subtrader_id": "user-acme_d1", "limit": "1000"}),
        ("GET", f"{CAP}?subtrader_id=user-acme_d2", None),
        ("GET", "/fcm/orders?subtrader_id=user-acme_d1", None),
        ("POST", "/portfolio/subaccounts", {}),
    ):
        assert (await desk.ask("d1", method, path, body)).status == 403, path
    other = order_v2("bid", "0.1000", subaccount=1)
    assert (await desk.ask("d1", "POST", ORDERS, other)).status == 403


async def test_bound_keys_are_their_fcms(desk: World) -> None:
    (bound,) = (await desk.get("acme", "/api_keys"))["api_keys"]
    assert bound["fcm_subtrader_id"] == "user-acme_d1"
    assert "subaccount" not in bound
    path = f"/api_keys/{bound['api_key_id']}"
    assert (await desk.ask("zeta", "DELETE", path)).status == 404
    assert (await desk.ask("acme", "DELETE", path)).status == 204
    assert desk.services.keys.find(bound["api_key_id"]) is None
    body = {"name": "x", "public_key": PUBLIC, "fcm_subtrader_id": "user-acme_d1", "subaccount": 1}
    assert (await desk.ask("acme", "POST", "/api_keys", body)).status == 400


async def test_money_goes_to_subtraders_and_back(desk: World) -> None:
    back = {
        "client_transfer_id": "fe7f99a3-873e-4105-8f2b-3986816252d7",
        "from_subaccount": 0,
        "from_subtrader_id": "user-acme_d1",
        "to_subaccount": 0,
        "amount_cents": 2_500,
    }
    await desk.post("acme", "/portfolio/subaccounts/transfer", back, 200)
    again = await desk.ask("acme", "POST", "/portfolio/subaccounts/transfer", back)
    assert again.status == 409
    assert (await desk.get("d1", "/portfolio/balance"))["balance"] == 7_500
    assert (await desk.get("acme", "/portfolio/balance"))["balance"] == 92_500
    for wrong, status in (
        ({"from_subaccount": 1}, 400),
        ({"to_subtrader_id": "user-acme_d1"}, 400),
        ({"from_subtrader_id": "user-acme_nobody"}, 404),
    ):
        answer = await desk.ask("acme", "POST", "/portfolio/subaccounts/transfer", back | wrong)
        assert answer.status == status, wrong
    stolen = await desk.ask("zeta", "POST", "/portfolio/subaccounts/transfer", back)
    assert stolen.status == 404
    assert (await desk.ask("ann", "POST", "/portfolio/subaccounts/transfer", back)).status == 403


async def test_a_stopped_fcm_stops_its_subtraders(desk: World) -> None:
    await cap(desk, "user-acme_d1", "50")
    await desk.run(SetMemberStatus(11, "suspended"))
    answer = await desk.ask("d1", "POST", ORDERS, order_v2("bid", "0.5000"))
    assert (answer.status, answer.error["code"]) == (403, "member_suspended")
    await desk.services.gateway.submit(
        None, lambda connection: members.set_status(connection, 11, "suspended")
    )
    (listed,) = (await desk.get("acme", SUBS))["subtraders"]
    assert listed["trading_blocked"]


async def test_an_fcm_asks_and_agrees_for_its_subtrader(desk: World) -> None:
    await cap(desk, "user-acme_d1", "50")
    asked = {"market_ticker": worlds.TICKER, "contracts": 5, "rest_remainder": False}
    who = {"subtrader_id": "user-acme_d1"}
    rfq = (await desk.post("acme", "/communications/rfqs", asked | who))["id"]
    shown = (await desk.get("d1", f"/communications/rfqs/{rfq}"))["rfq"]
    assert shown["creator_user_id"] == "user-acme_d1"
    path = "/communications/block-trade-proposals"
    wish = {
        "buyer_user_id": "user-acme",
        "buyer_subtrader_id": "user-acme_d1",
        "seller_user_id": "user-bob",
        "market_ticker": worlds.TICKER,
        "price_centi_cents": 5_000,
        "centicount": 100,
        "maker_side": "no",
        "expiration_ts": "2100-01-01T00:00:00Z",
    }
    block = (await desk.post("acme", path, wish))["block_trade_proposal_id"]
    for caller, body in (("acme", who), ("bob", {})):
        assert (await desk.ask(caller, "POST", f"{path}/{block}/accept", body)).status == 204
    (held,) = (await desk.get("acme", "/fcm/positions?subtrader_id=user-acme_d1"))[
        "market_positions"
    ]
    assert held["position_fp"] == "1.00"
    for wrong in ({"buyer_subtrader_id": "user-zeta_d1"}, {"buyer_subaccount": 0}):
        assert (await desk.ask("acme", "POST", path, wish | wrong)).status == 400, wrong
    for caller, status in (("ann", 400), ("zeta", 404)):
        answer = await desk.ask(caller, "POST", "/communications/rfqs", asked | who)
        assert answer.status == status
        answer = await desk.ask(caller, "POST", f"{path}/{block}/accept", who)
        assert answer.status == status
