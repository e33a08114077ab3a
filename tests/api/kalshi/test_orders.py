"""Second-generation writes and every read of orders."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest

from presage.domain.commands import PauseMarket, SetPause
from presage.units import SECOND
from tests.api.kalshi.world import EVENT, NOON, TICKER, World, order_v1, order_v2

pytestmark = pytest.mark.anyio

V2: Final = "/portfolio/events/orders"
V1: Final = "/portfolio/orders"


async def rest(world: World, who: str, side: str, price: str, count: str = "1", **more: Any) -> str:
    created = await world.post(who, V2, order_v2(side, price, count, **more))
    order: str = created["order_id"]
    return order


async def order(world: World, order_id: str, who: str = "ann") -> Any:
    return (await world.get(who, f"{V1}/{order_id}"))["order"]


async def test_averages_are_over_all_fills(world: World) -> None:
    await rest(world, "bob", "ask", "0.50", "1")
    await rest(world, "bob", "ask", "0.53", "2")
    created = await world.post("ann", V2, order_v2("bid", "0.60", "5"))
    # (0.50 + 2 x 0.53) / 3 = 0.52; fees 0.0175 + 0.0349 over 3 = 0.01746...
    assert created["average_fill_price"] == "0.5200"
    assert created["average_fee_paid"] == "0.0175"
    assert (created["fill_count"], created["remaining_count"]) == ("3.00", "2.00")


async def test_an_ask_is_answered_in_yes_prices_too(world: World) -> None:
    await rest(world, "bob", "bid", "0.40")
    created = await world.post("ann", V2, order_v2("ask", "0.30"))
    assert created["average_fill_price"] == "0.4000"
    ours = await order(world, created["order_id"])
    assert (ours["taker_fill_cost_dollars"], ours["outcome_side"]) == ("0.600000", "no")
    assert (ours["action"], ours["side"], ours["book_side"]) == ("sell", "yes", "ask")


async def test_a_killed_order_is_a_conflict_and_spends_its_name(world: World) -> None:
    await rest(world, "bob", "ask", "0.50", "1")
    wish = order_v2("bid", "0.50", "2", time_in_force="fill_or_kill", client_order_id="k")
    killed = await world.ask("ann", "POST", V2, wish)
    assert killed.error["status"] == 409
    assert killed.error["code"] == "fill_or_kill_insufficient_resting_volume"
    assert (await world.get("ann", V1))["orders"] == []
    again = await world.ask("ann", "POST", V2, wish | {"count": "1"})
    assert again.error["code"] == "order_already_exists"


async def test_expiring_orders(world: World) -> None:
    at = NOON // SECOND + 600
    created = await rest(world, "ann", "bid", "0.40", expiration_time=at)
    assert (await order(world, created))["expiration_time"] == "2026-09-21T14:23:20Z"
    past = await world.ask("ann", "POST", V2, order_v2("bid", "0.4", expiration_time=at - 1_200))
    assert past.error["code"] == "invalid_order"
    ioc = order_v2("bid", "0.4", expiration_time=at, time_in_force="immediate_or_cancel")
    refused = await world.ask("ann", "POST", V2, ioc)
    assert refused.error["code"] == "invalid_order"
    world.clock.now += 601 * SECOND
    world.services.gateway.poke()
    await world.services.gateway.inspect(lambda engine: engine.queue_position(0))
    await world.services.gateway.inspect(lambda engine: engine.queue_position(0))
    assert (await order(world, created))["status"] == "canceled"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ticker": "NONE"}, "market_not_found"),
        ({"count": "0"}, "invalid_order_size"),
        ({"count": "0.001"}, "invalid_order"),
        ({"count": "-1"}, "invalid_order"),
        ({"count": "999999999999999"}, "invalid_order_size"),
        ({"price": "0"}, "invalid_price"),
        ({"price": "1.00"}, "invalid_price"),
        ({"price": "999999999999999"}, "invalid_price"),
        ({"price": ".5"}, "invalid_order"),
        ({"price": ""}, "invalid_order"),
        ({"client_order_id": "a b"}, "invalid_parameters"),
        ({"order_group_id": "nonsense"}, "not_found"),
        ({"subaccount": 5}, "not_found"),
        ({"exchange_index": 3}, "market_not_found"),
        ({"post_only": True, "time_in_force": "immediate_or_cancel"}, "invalid_order"),
        ({"reduce_only": True, "time_in_force": "immediate_or_cancel"}, "invalid_order"),
        ({"expiration_time": 1_790_000_000_000}, "invalid_order"),
    ],
)
async def test_bad_wishes(world: World, change: dict[str, Any], code: str) -> None:
    answer = await world.ask("ann", "POST", V2, order_v2("bid", "0.40") | change)
    assert 400 <= answer.status < 500
    assert answer.error["code"] == code
    assert (await world.get("ann", V1))["orders"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"side": "yes"},
        {"time_in_force": "GTT"},
        {"self_trade_prevention_type": None},
        {"count": None},
        {"price": 0.4},
        {"ticker": ""},
        {"subaccount": 64},
        {"subaccount": -1},
        {"post_only": "yes"},
    ],
)
async def test_ill_typed_bodies_are_flat(world: World, change: dict[str, Any]) -> None:
    answer = await world.ask("ann", "POST", V2, order_v2("bid", "0.40") | change)
    assert (answer.status, answer.json["code"]) == (400, "bad_request")


async def test_nulls_and_unknown_fields_mean_nothing(world: World) -> None:
    nulls = dict.fromkeys(["client_order_id", "expiration_time", "post_only", "subaccount"])
    await world.post("ann", V2, order_v2("bid", "0.40", balance=1, fee=0) | nulls)


async def test_pauses(world: World) -> None:
    resting = await rest(world, "ann", "bid", "0.40")
    card = world.services.markets.by_ticker(TICKER)
    assert card is not None
    await world.run(SetPause(True, False))
    refused = await world.ask("ann", "POST", V2, order_v2("bid", "0.40"))
    assert (refused.status, refused.error["code"]) == (409, "trading_is_paused")
    await world.run(SetPause(False, False))
    refused = await world.ask("ann", "DELETE", f"{V2}/{resting}")
    assert (refused.status, refused.error["code"]) == (409, "exchange_is_paused")
    await world.run(SetPause(True, True))
    await world.run(PauseMarket(card.id))
    refused = await world.ask("ann", "POST", V2, order_v2("bid", "0.40"))
    assert (refused.status, refused.error["code"]) == (409, "market_inactive")


async def test_amend(world: World) -> None:
    await rest(world, "bob", "ask", "0.50", "1")
    resting = await rest(world, "ann", "bid", "0.40", "3", client_order_id="a")
    path = f"{V2}/{resting}/amend"
    body = {"ticker": TICKER, "side": "bid", "price": "0.50", "count": "3"}
    names = {"client_order_id": "a", "updated_client_order_id": "b"}
    moved = await world.post("ann", path, body | names, 200)
    assert (moved["fill_count"], moved["remaining_count"]) == ("1.00", "2.00")
    assert (moved["average_fill_price"], moved["client_order_id"]) == ("0.5000", "b")
    assert (await order(world, resting))["client_order_id"] == "b"

    async def refused(**change: str) -> str:
        answer = await world.ask("ann", "POST", path, body | change)
        code: str = answer.error["code"]
        return code

    assert await refused(side="ask") == "order_side_mismatch"
    assert await refused(client_order_id="a") == "order_id_and_client_order_id_mismatch"
    assert await refused(count="0.50") == "invalid_order"
    assert await refused(price="0.5050") == "invalid_price"
    await world.add_markets("SNOW-26", "SNOW-26-YES")
    assert await refused(ticker="SNOW-26-YES") == "order_ticker_mismatch"
    last = await world.post("ann", path, body | {"count": "1"}, 200)
    assert last["remaining_count"] == "0.00"
    assert (await order(world, resting))["status"] == "canceled"


async def test_decrease(world: World) -> None:
    resting = await rest(world, "ann", "bid", "0.40", "5")
    path = f"{V2}/{resting}/decrease"
    assert (await world.post("ann", path, {"reduce_to": "3"}, 200))["remaining_count"] == "3.00"
    for wish in ({}, {"reduce_by": "1", "reduce_to": "1"}, {"reduce_to": "3"}, {"reduce_by": "0"}):
        answer = await world.ask("ann", "POST", path, wish)
        assert answer.error["code"] == "invalid_order_size"
    assert (await world.post("ann", path, {"reduce_by": "9"}, 200))["remaining_count"] == "0.00"
    assert (await order(world, resting))["status"] == "canceled"


async def test_a_batch_answers_each_item_in_order(world: World) -> None:
    wishes = [
        order_v2("bid", "0.40", client_order_id="a"),
        order_v2("bid", "0.4050", client_order_id="b"),
        order_v2("bid", "0.41", client_order_id="a"),
        order_v2("bid", "2", ticker="NONE"),
        order_v2("bid", "0.42", time_in_force="fill_or_kill"),
        order_v2("bid", "0.42"),
    ]
    items = (await world.post("ann", f"{V2}/batched", {"orders": wishes}))["orders"]
    codes = [item.get("error", {}).get("code") for item in items]
    assert codes == [
        None,
        "invalid_price",
        "order_already_exists",
        "market_not_found",
        "fill_or_kill_insufficient_resting_volume",
        None,
    ]
    assert items[0]["fill_count"] == "0.00"
    assert items[1]["fill_count"] is None
    assert [item["client_order_id"] for item in items] == ["a", "b", "a", None, None, None]

    one = {"order_id": items[0]["order_id"]}
    gone = [one, {"order_id": "x"}, one]
    answer = await world.ask("ann", "DELETE", f"{V2}/batched", {"orders": gone})
    assert answer.status == 200
    ends = answer.json["orders"]
    assert [one["reduced_by"] for one in ends] == ["1.00", "0.00", "0.00"]
    assert [one["order_id"] for one in ends] == [one["order_id"] for one in gone]
    assert [one.get("error", {}).get("code") for one in ends] == [None, "not_found", "not_found"]


@pytest.mark.parametrize("count", [0, 101])
async def test_sizes_of_batches(world: World, count: int) -> None:
    wishes = [order_v2("bid", "0.40")] * count
    answer = await world.ask("ann", "POST", f"{V2}/batched", {"orders": wishes})
    assert answer.status == 400
    assert (await world.get("ann", V1))["orders"] == []


async def test_a_batch_of_a_locked_key_is_refused_whole(world: World) -> None:
    wishes = [order_v2("bid", "0.01"), order_v2("bid", "0.01", subaccount=0)]
    answer = await world.ask("ann-locked", "POST", f"{V2}/batched", {"orders": wishes})
    assert answer.status == 403
    assert (await world.get("ann", V1))["orders"] == []


async def test_cancel_all(world: World) -> None:
    for price in ("0.10", "0.20", "0.30"):
        await rest(world, "ann", "bid", price)
    theirs = await rest(world, "bob", "ask", "0.90")
    answer = await world.ask("ann", "DELETE", V2)
    assert (answer.status, answer.body) == (204, b"")
    assert (await world.get("ann", f"{V1}?status=resting"))["orders"] == []
    assert (await order(world, theirs, "bob"))["status"] == "resting"


async def test_placing_and_cancelling_read_nothing_back(world: World) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a read")

    services = replace(world.services, reader=SimpleNamespace(run=refuse))  # type: ignore[arg-type]
    blind = World(services, world.clock)
    await blind.post("bob", V2, order_v2("ask", "0.50"))
    made = await blind.post("ann", V2, order_v2("bid", "0.50", "2"))
    assert (made["fill_count"], made["remaining_count"]) == ("1.00", "1.00")
    gone = await blind.ask("ann", "DELETE", f"{V2}/{made['order_id']}")
    assert gone.json["reduced_by"] == "1.00"
    first = await blind.post("ann", V1, order_v1("buy", "yes", 10))
    assert first["order"]["status"] == "resting"


async def test_somebody_elses_order_does_not_exist(world: World) -> None:
    theirs = await rest(world, "bob", "ask", "0.90")
    amend = {"ticker": TICKER, "side": "ask", "price": "0.91", "count": "1"}
    v1_amend = {"ticker": TICKER, "side": "yes", "action": "sell", "yes_price": 91, "count": 1}
    for method, path, body in (
        ("GET", f"{V1}/{theirs}", None),
        ("GET", f"{V1}/{theirs}/queue_position", None),
        ("DELETE", f"{V1}/{theirs}", None),
        ("DELETE", f"{V2}/{theirs}", None),
        ("POST", f"{V2}/{theirs}/amend", amend),
        ("POST", f"{V2}/{theirs}/decrease", {"reduce_by": "1"}),
        ("POST", f"{V1}/{theirs}/amend", v1_amend),
        ("POST", f"{V1}/{theirs}/decrease", {"reduce_by": 1}),
    ):
        answer = await world.ask("ann", method, path, body)
        unknown = await world.ask("ann", method, path.replace(theirs, "x" * 36), body)
        assert (answer.status, answer.error["code"]) == (404, "not_found"), path
        assert answer == unknown
    assert (await world.get("ann", f"/portfolio/fills?order_id={theirs}"))["fills"] == []
    assert (await order(world, theirs, "bob"))["remaining_count_fp"] == "1.00"


async def test_scopes(world: World) -> None:
    answer = await world.ask("ann-reads", "POST", V2, order_v2("bid", "0.40"))
    assert answer.status == 403
    assert (await world.ask("ann-trades", "POST", V2, order_v2("bid", "0.40"))).status == 201
    assert (await world.ask("ann-trades", "GET", V1)).status == 403
    assert (await world.ask("nobody", "GET", V1)).status == 401


async def test_a_locked_key_means_its_own_subaccount(world: World) -> None:
    mine = await rest(world, "ann", "bid", "0.40")
    answer = await world.ask("ann-locked", "POST", V2, order_v2("bid", "0.40"))
    # Subaccount 1 has no money.
    assert answer.error["code"] == "insufficient_balance"
    assert (await world.get("ann-locked", V1))["orders"] == []
    assert (await world.ask("ann-locked", "GET", f"{V1}/{mine}")).status == 404
    assert (await world.ask("ann-locked", "DELETE", f"{V2}/{mine}")).status == 404
    assert (await world.ask("ann-locked", "GET", f"{V1}?subaccount=0")).status == 403
    assert (await world.ask("ann-locked", "DELETE", V2)).status == 204
    assert (await order(world, mine))["status"] == "resting"


async def test_lists_and_their_filters(world: World) -> None:
    await world.add_markets("SNOW-26", "SNOW-26-YES")
    first = await rest(world, "ann", "bid", "0.10")
    second = await rest(world, "ann", "bid", "0.11", ticker="SNOW-26-YES")
    third = await rest(world, "ann", "bid", "0.12")
    await world.ask("ann", "DELETE", f"{V2}/{first}")

    async def ids(query: str = "") -> list[str]:
        orders = (await world.get("ann", f"{V1}?{query}"))["orders"]
        return [one["order_id"] for one in orders]

    assert await ids() == [third, second, first]
    assert await ids("status=resting") == [third, second]
    assert await ids("status=canceled") == [first]
    assert await ids(f"ticker={TICKER}") == [third, first]
    assert await ids(f"event_ticker={EVENT},SNOW-26") == [third, second, first]
    assert await ids(f"event_ticker=SNOW-26&ticker={TICKER}") == []
    assert await ids("ticker=NONE") == []
    assert await ids("event_ticker=NONE") == []
    assert await ids("subaccount=1") == []
    assert await ids("exchange_index=7") == []
    created = (await order(world, second))["created_time"]
    seconds = NOON // SECOND + int(created[17:19]) - 20 + (int(created[14:16]) - 13) * 60
    assert await ids(f"min_ts={seconds}") == [third, second]
    assert await ids(f"max_ts={seconds}") == [second, first]
    assert await ids("max_ts=9223372036854775807&min_ts=-9") == [third, second, first]


async def test_pages(world: World) -> None:
    made = [await rest(world, "ann", "bid", "0.10") for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await world.get("ann", f"{V1}?limit=2&cursor={cursor}")
        seen += [one["order_id"] for one in page["orders"]]
        cursor = page["cursor"]
        await rest(world, "ann", "bid", "0.10")
    assert seen == made[::-1]
    assert cursor == ""
    page = await world.get("ann", f"{V1}?limit=2")
    stolen = await world.ask("bob", "GET", f"{V1}?limit=2&cursor={page['cursor']}")
    assert stolen.status == 400
    for limit in ("0", "1001", "-1", "x"):
        assert "msg" in (await world.ask("ann", "GET", f"{V1}?limit={limit}")).json


async def test_queue_positions(world: World) -> None:
    await world.add_markets("SNOW-26", "SNOW-26-YES")
    ahead = await rest(world, "bob", "bid", "0.10", "2.50")
    mine = await rest(world, "ann", "bid", "0.10")
    other = await rest(world, "ann", "bid", "0.10", ticker="SNOW-26-YES")
    one = await world.get("ann", f"{V1}/{mine}/queue_position")
    assert one == {"queue_position": 2, "queue_position_fp": "2.50"}
    path = f"{V1}/queue_positions"
    found = (await world.get("ann", f"{path}?market_tickers={TICKER}"))["queue_positions"]
    assert found == [{"order_id": mine, "market_ticker": TICKER, **one}]
    found = (await world.get("ann", f"{path}?event_ticker=SNOW-26"))["queue_positions"]
    assert [(p["order_id"], p["queue_position_fp"]) for p in found] == [(other, "0.00")]
    both = {"market_tickers": [TICKER, "SNOW-26-YES"]}
    posted = await world.post("ann", path, both, 200)
    assert [p["order_id"] for p in posted["queue_positions"]] == [mine, other]
    assert (await world.ask("ann", "GET", path)).status == 400
    await world.ask("bob", "DELETE", f"{V2}/{ahead}")
    assert (await world.get("ann", f"{V1}/{mine}/queue_position"))["queue_position_fp"] == "0.00"
    await world.ask("ann", "DELETE", f"{V2}/{mine}")
    assert (await world.ask("ann", "GET", f"{V1}/{mine}/queue_position")).status == 404


async def test_one_order_is_the_same_in_both_generations(world: World) -> None:
    await world.post("ann", V1, order_v1("buy", "no", 35, 2, client_order_id="x"))
    (ours,) = (await world.get("ann", V1))["orders"]
    assert (ours["yes_price"], ours["no_price"]) == (65, 35)
    assert (ours["side"], ours["action"], ours["book_side"]) == ("no", "buy", "ask")
    answer = await world.ask("ann", "DELETE", f"{V2}/{ours['order_id']}")
    assert answer.json["reduced_by"] == "2.00"
