"""Exchange shards as a trader meets them: routing, balances, transfers, target allocations."""

from __future__ import annotations

from typing import Any, Final

import pytest

from presage.domain.commands import CreateEvent, CreateMarket, PauseMarket, SetPause
from presage.domain.facts import EventCreated
from presage.domain.shard_commands import DeclareShard
from presage.units import DOLLAR_PRICE
from tests.api.kalshi.world import DAY, TICKER, World, only, order_v1, order_v2

pytestmark = pytest.mark.anyio

THERE: Final = "COIN-26-YES"
TRANSFER: Final = "/portfolio/intra_exchange_instance_transfer"
TRANSFERS: Final = f"{TRANSFER}s"
TARGET: Final = "/portfolio/target_balance_allocation"
V2: Final = "/portfolio/events/orders"
V1: Final = "/portfolio/orders"
GROUPS: Final = "/portfolio/order_groups"


def wish(amount: int, **more: Any) -> dict[str, Any]:
    """In 1/10 000 dollar, from shard 0 to shard 2."""
    instances = {"source": "event_contract", "destination": "event_contract"}
    return instances | {"amount": amount, "destination_exchange_shard": 2} | more


async def refusal(world: World, method: str, path: str, body: Any = None) -> tuple[int, str]:
    answer = await world.ask("ann", method, path, body)
    return answer.status, answer.error["code"]


@pytest.fixture
async def two(world: World) -> World:
    """Shard 2 with one open market; Ann and Bob have 100 dollars there."""
    await world.run(DeclareShard(2))
    event = only(EventCreated, await world.run(CreateEvent(1, "COIN-26", shard=2))).event
    now = world.clock.now
    await world.run(CreateMarket(event, THERE, now, now + DAY, timer=DAY))
    for who in ("ann", "bob"):
        await world.post(who, TRANSFER, wish(1_000_000), 200)
    return world


async def balance(world: World, query: str = "") -> dict[int, str]:
    body = await world.get("ann", f"/portfolio/balance{query}")
    return {one["exchange_index"]: one["balance"] for one in body["balance_breakdown"]}


async def place(world: World, ticker: str, **more: Any) -> str:
    order = order_v2("bid", "0.50", "2", ticker=ticker) | more
    return str((await world.post("ann", V2, order))["order_id"])


# Balances and routing


async def test_balances_are_by_shard_and_together(two: World) -> None:
    await place(two, THERE)
    assert await balance(two) == {0: "900.0000", 2: "99.0000"}
    assert await balance(two, "?exchange_index=2") == {2: "99.0000"}
    assert (await two.get("ann", "/portfolio/balance"))["balance_dollars"] == "999.0000"
    one = await two.get("ann", "/portfolio/balance?exchange_index=0")
    assert one["balance"] == 90_000
    value = await two.get("ann", "/portfolio/summary/total_resting_order_value")
    breakdown = {x["exchange_index"]: x["balance"] for x in value["resting_order_value_breakdown"]}
    assert breakdown == {0: "0.0000", 2: "1.0000"}


async def test_a_shard_without_an_account_has_nothing(two: World) -> None:
    await two.run(DeclareShard(3))
    assert await balance(two, "?exchange_index=3") == {3: "0.0000"}
    assert (await two.get("ann", "/portfolio/positions?exchange_index=3"))["market_positions"] == []


async def test_everything_says_where_it_is(two: World) -> None:
    order = await place(two, THERE)
    await two.post("bob", V2, order_v2("ask", "0.50", "1", ticker=THERE))
    shown = (await two.get("ann", f"{V1}/{order}"))["order"]
    market = (await two.get("ann", f"/markets/{THERE}"))["market"]
    event = (await two.get("ann", "/events/COIN-26"))["event"]
    (fill,) = (await two.get("ann", "/portfolio/fills"))["fills"]
    (held,) = (await two.get("ann", "/portfolio/positions"))["market_positions"]
    await two.settle(THERE, DOLLAR_PRICE)
    (paid,) = (await two.get("ann", "/portfolio/settlements"))["settlements"]
    things = (shown, market, event, fill, held, paid)
    assert {thing["exchange_index"] for thing in things} == {2}
    assert await balance(two) == {0: "900.0000", 2: "100.5000"}


async def test_positions_of_all_shards_in_one_list(two: World) -> None:
    for ticker in (TICKER, THERE):
        await place(two, ticker)
        await two.post("bob", V2, order_v2("ask", "0.50", "1", ticker=ticker))
    first = await two.get("ann", "/portfolio/positions?limit=1")
    rest = await two.get("ann", f"/portfolio/positions?limit=1&cursor={first['cursor']}")
    pages = first["market_positions"] + rest["market_positions"]
    assert [one["ticker"] for one in pages] == [THERE, TICKER]
    events = first["event_positions"] + rest["event_positions"]
    assert [one["event_ticker"] for one in events] == ["COIN-26", "RAIN-26"]
    for query, found in (("0", [TICKER]), ("2", [THERE])):
        only_there = await two.get("ann", f"/portfolio/positions?exchange_index={query}")
        assert [one["ticker"] for one in only_there["market_positions"]] == found


@pytest.mark.parametrize("index", [None, -1, 2])
async def test_orders_go_where_their_market_is(two: World, index: int | None) -> None:
    more = {} if index is None else {"exchange_index": index}
    await place(two, THERE, **more)
    await two.post("ann", V1, order_v1("buy", "yes", 40, ticker=THERE) | more)
    assert len((await two.get("ann", f"{V1}?exchange_index=2"))["orders"]) == 2
    assert (await two.get("ann", f"{V1}?exchange_index=0"))["orders"] == []


@pytest.mark.parametrize("index", [0, 1, 63])
async def test_a_market_is_not_on_another_shard(two: World, index: int) -> None:
    order = order_v2("bid", "0.50", ticker=THERE) | {"exchange_index": index}
    assert await refusal(two, "POST", V2, order) == (404, "market_not_found")


async def test_no_account_on_a_shard(two: World) -> None:
    await two.join("cat")
    answer = await two.ask("cat", "POST", V2, order_v2("bid", "0.50", ticker=THERE))
    assert (answer.status, answer.error["code"]) == (404, "user_not_found")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("?exchange_index=0", 404),
        ("?exchange_index=-1", 400),
        (f"?exchange_index=0&market_ticker={THERE}", 404),
        (f"?market_ticker={TICKER}", 404),
        ("?exchange_index=2", 200),
        (f"?market_ticker={THERE}", 200),
        (f"?exchange_index=-1&market_ticker={THERE}", 200),
    ],
)
@pytest.mark.parametrize("path", [V1, V2])
async def test_a_cancellation_names_shard_or_market(
    two: World, path: str, query: str, status: int
) -> None:
    order = await place(two, THERE)
    assert (await two.ask("ann", "DELETE", f"{path}/{order}{query}")).status == status


async def test_amend_decrease_and_batches_name_shard_or_market(two: World) -> None:
    order = await place(two, THERE)
    terms = {"ticker": THERE, "side": "bid", "price": "0.40", "count": "2"}
    assert (await two.ask("ann", "POST", f"{V2}/{order}/amend", terms)).status == 200
    by = {"reduce_by": "1"}
    path = f"{V2}/{order}/decrease"
    assert await refusal(two, "POST", path, by) == (404, "not_found")
    assert (await two.ask("ann", "POST", path, by | {"market_ticker": THERE})).status == 200
    item = {"order_id": order}
    gone = await two.ask("ann", "DELETE", f"{V2}/batched", {"orders": [item]})
    assert gone.json["orders"][0]["error"]["code"] == "not_found"
    named = {"orders": [item | {"exchange_index": 2}]}
    gone = await two.ask("ann", "DELETE", f"{V2}/batched", named)
    assert gone.json["orders"][0]["reduced_by"] == "1.00"


async def test_all_orders_of_all_shards_are_cancelled(two: World) -> None:
    for ticker in (TICKER, THERE):
        await place(two, ticker)
    assert (await two.ask("ann", "DELETE", f"{V2}?subaccount=0")).status == 204
    assert (await two.get("ann", f"{V1}?status=resting"))["orders"] == []


async def test_groups_are_on_one_shard(two: World) -> None:
    made = await two.post("ann", f"{GROUPS}/create", {"contracts_limit": 5, "exchange_index": 2})
    group = made["order_group_id"]
    assert made["exchange_index"] == 2
    await place(two, THERE, order_group_id=group)
    elsewhere = order_v2("bid", "0.50", ticker=TICKER) | {"order_group_id": group}
    assert await refusal(two, "POST", V2, elsewhere) == (404, "not_found")
    path = f"{GROUPS}/{group}"
    assert (await two.get("ann", path))["exchange_index"] == 2
    assert await refusal(two, "PUT", f"{path}/trigger", {}) == (404, "not_found")
    assert await refusal(two, "PUT", f"{path}/trigger?exchange_index=-1", {}) == (
        400,
        "invalid_parameters",
    )
    assert (await two.ask("ann", "PUT", f"{path}/trigger?exchange_index=2", {})).status == 200
    assert (await two.ask("ann", "DELETE", f"{path}?exchange_index=2")).status == 200


async def test_subaccounts_count_up_on_each_shard(two: World) -> None:
    made = await two.post("ann", "/portfolio/subaccounts", {"exchange_index": 2})
    assert made == {"subaccount_number": 1}
    assert await refusal(two, "POST", "/portfolio/subaccounts", {"exchange_index": 5}) == (
        400,
        "invalid_parameters",
    )
    found = (await two.get("ann", "/portfolio/subaccounts/balances"))["subaccount_balances"]
    places = [(one["exchange_index"], one["subaccount_number"]) for one in found]
    assert places == [(0, 0), (0, 1), (2, 0), (2, 1)]


async def test_netting_is_switched_on_all_shards(two: World) -> None:
    put = {"subaccount_number": 0, "enabled": True}
    assert (await two.ask("ann", "PUT", "/portfolio/subaccounts/netting", put)).status == 200
    found = (await two.get("ann", "/portfolio/subaccounts/netting"))["netting_configs"]
    on = {one["exchange_index"]: one["enabled"] for one in found if not one["subaccount_number"]}
    assert on == {0: True, 2: True}


async def test_status_names_the_shards(two: World) -> None:
    status = await two.get("ann", "/exchange/status")
    assert [one["exchange_index"] for one in status["exchange_index_statuses"]] == [0, 2]


async def test_rfqs_and_quotes_use_the_accounts_of_their_market(two: World) -> None:
    ask = {"market_ticker": THERE, "contracts_fp": "2.00", "rest_remainder": False}
    rfq = (await two.post("ann", "/communications/rfqs", ask))["id"]
    answer = {"rfq_id": rfq, "yes_bid": "0.4000", "no_bid": "0", "rest_remainder": True}
    quote = (await two.post("bob", "/communications/quotes", answer))["id"]
    path = f"/communications/quotes/{quote}"
    taken = await two.ask("ann", "PUT", f"{path}/accept", {"accepted_side": "yes"})
    assert taken.status == 204
    assert (await two.ask("bob", "PUT", f"{path}/confirm", {})).status == 204


# Transfers


async def test_a_transfer_is_there_at_once(two: World) -> None:
    made = await two.post("ann", TRANSFER, wish(12_345), 200)
    assert await balance(two) == {0: "898.7655", 2: "101.2345"}
    got = (await two.get("ann", f"{TRANSFERS}/{made['transfer_id']}"))["transfer"]
    assert {name: value for name, value in got.items() if name != "created_ts"} == {
        "transfer_id": made["transfer_id"],
        "source": "event_contract",
        "destination": "event_contract",
        "source_exchange_shard": 0,
        "destination_exchange_shard": 2,
        "amount": "1.2345",
        "status": "complete",
    }
    assert (await two.get("ann", TRANSFERS))["transfers"][0] == got
    assert (await two.get("ann", "/portfolio/subaccounts/transfers"))["transfers"] == []


async def test_the_same_transfer_again_is_another_one(two: World) -> None:
    """Nothing in the request names it, so nothing can tell that it was sent before."""
    ids = {(await two.post("ann", TRANSFER, wish(1), 200))["transfer_id"] for _ in range(2)}
    assert len(ids) == 2
    assert await balance(two) == {0: "899.9998", 2: "100.0002"}


async def test_subaccounts_on_both_sides_in_one_step(two: World) -> None:
    await two.post("ann", "/portfolio/subaccounts", {"exchange_index": 2})
    await two.post("ann", TRANSFER, wish(30_000, destination_subaccount=1), 200)
    back = wish(
        20_000,
        source_exchange_shard=2,
        destination_exchange_shard=0,
        source_subaccount=1,
        destination_subaccount=1,
    )
    await two.post("ann", TRANSFER, back, 200)
    found = (await two.get("ann", "/portfolio/subaccounts/balances"))["subaccount_balances"]
    assert [one["balance"] for one in found] == ["897.0000", "2.0000", "100.0000", "1.0000"]


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"source": "margined"}, (400, "invalid_parameters")),
        ({"destination": "margined"}, (400, "invalid_parameters")),
        ({"amount": 9_000_001}, (400, "insufficient_balance")),
        ({"amount": 1 << 60}, (400, "invalid_amount")),
        ({"destination_exchange_shard": 0}, (400, "invalid_parameters")),
        ({"destination_exchange_shard": 70}, (400, "invalid_parameters")),
        ({"source_exchange_shard": 1}, (400, "invalid_parameters")),
        ({"source_subaccount": 9}, (404, "not_found")),
        ({"destination_subaccount": 1}, (404, "not_found")),
    ],
)
async def test_transfers_that_cannot_be(
    two: World, more: dict[str, Any], refused: tuple[int, str]
) -> None:
    assert await refusal(two, "POST", TRANSFER, wish(1) | more) == refused
    assert await balance(two) == {0: "900.0000", 2: "100.0000"}


@pytest.mark.parametrize(
    "more",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": "1"},
        {"source": "futures"},
        {"source_exchange_shard": 101},
        {"source_subaccount": 64},
    ],
)
async def test_malformed_transfers(two: World, more: dict[str, Any]) -> None:
    assert (await two.ask("ann", "POST", TRANSFER, wish(1) | more)).status == 400


async def test_nothing_moves_while_the_exchange_is_paused(two: World) -> None:
    await two.run(SetPause(False, False))
    assert await refusal(two, "POST", TRANSFER, wish(1)) == (409, "exchange_is_paused")


async def test_what_rests_stays(two: World) -> None:
    await place(two, THERE, count="150", price="0.60")
    back = wish(200_000, source_exchange_shard=2, destination_exchange_shard=0)
    assert await refusal(two, "POST", TRANSFER, back) == (400, "insufficient_balance")


async def test_transfers_of_others_do_not_exist(two: World) -> None:
    made = await two.post("ann", TRANSFER, wish(1), 200)
    path = f"{TRANSFERS}/{made['transfer_id']}"
    for who, where in (("bob", path), ("ann", f"{TRANSFERS}/nonsense"), ("ann", f"{path}0")):
        answer = await two.ask(who, "GET", where)
        assert (answer.status, answer.error["code"]) == (404, "not_found")
    assert (await two.ask("ann-locked", "GET", path)).status == 403


async def test_pages_of_transfers(two: World) -> None:
    for amount in (1, 2):
        await two.post("ann", TRANSFER, wish(amount), 200)
    first = await two.get("ann", f"{TRANSFERS}?limit=2")
    rest = await two.get("ann", f"{TRANSFERS}?limit=2&cursor={first['cursor']}")
    amounts = [one["amount"] for one in first["transfers"] + rest["transfers"]]
    assert (amounts, rest["cursor"]) == (["0.0002", "0.0001", "100.0000"], "")


async def test_an_exchange_with_one_shard(world: World) -> None:
    refused = await refusal(world, "POST", TRANSFER, wish(1))
    assert refused == (400, "invalid_parameters")
    between = wish(5, destination_exchange_shard=0, destination_subaccount=1)
    await world.post("ann", TRANSFER, between, 200)
    assert await balance(world) == {0: "999.9995"}


# Target allocations


def share(**more: int) -> dict[str, Any]:
    """share(_0=60, _2=40)"""
    return {
        "allocations": [
            {"exchange_index": int(name[1:]), "percent": percent} for name, percent in more.items()
        ]
    }


async def test_a_target_is_replaced_and_ended(two: World) -> None:
    nothing = {"allocations": [], "resting_margin_reservation": "sum"}
    assert await two.get("ann", TARGET) == nothing
    most = share(_2=40, _0=60) | {"resting_margin_reservation": "max"}
    assert await two.post("ann", TARGET, most, 200) == {}
    assert await two.get("ann", TARGET) == share(_0=60, _2=40) | {
        "resting_margin_reservation": "max"
    }
    assert await two.get("bob", TARGET) == nothing
    await two.post("ann", TARGET, share(), 200)
    assert await two.get("ann", TARGET) == nothing


@pytest.mark.parametrize(
    "body",
    [
        share(_0=60, _2=41),
        share(_0=60),
        share(_0=50, _1=50),
        share(_0=-1, _2=101),
        {"allocations": 2 * share(_0=50)["allocations"]},
        {"allocations": 102 * share(_0=0)["allocations"]},
        share(_0=100) | {"resting_margin_reservation": "none"},
        {},
    ],
)
async def test_targets_that_cannot_be(two: World, body: dict[str, Any]) -> None:
    assert (await two.ask("ann", "POST", TARGET, body)).status == 400
    assert (await two.get("ann", TARGET))["allocations"] == []


async def test_reading_keys_wish_for_nothing(two: World) -> None:
    assert (await two.ask("ann-reads", "POST", TARGET, share(_0=100))).status == 403
    assert (await two.ask("ann-reads", "GET", TARGET)).status == 200


async def test_a_market_that_is_paused_keeps_its_shard(two: World) -> None:
    card = two.services.markets.by_ticker(THERE)
    assert card is not None
    order = await place(two, THERE)
    await two.run(PauseMarket(card.id))
    assert (await two.ask("ann", "DELETE", f"{V2}/{order}?exchange_index=2")).status == 200


# Budgets


async def test_a_shard_has_a_write_budget_of_its_own(two: World) -> None:
    """Ten writes a second and shard in the basic tier; batches are always paid by the first."""
    two.limit()

    async def statuses(ticker: str, **more: Any) -> list[int]:
        order = order_v2("bid", "0.01", ticker=ticker) | more
        return [(await two.ask("ann", "POST", V2, order)).status for _ in range(11)]

    assert await statuses(THERE) == [201] * 10 + [429]
    batch = {"orders": [order_v2("bid", "0.01", ticker=THERE)] * 4}
    assert (await two.ask("ann", "POST", f"{V2}/batched", batch)).status == 201
    assert (await two.ask("ann", "POST", f"{GROUPS}/create", {"contracts_limit": 5})).status == 201
    assert (await statuses(TICKER))[4:] == [201] + [429] * 6
    group = {"contracts_limit": 5, "exchange_index": 2}
    assert (await two.ask("ann", "POST", f"{GROUPS}/create", group)).status == 429


async def test_what_cannot_be_read_or_found_is_paid_by_the_first_shard(two: World) -> None:
    two.limit()
    for body in ({"ticker": 1}, order_v2("bid", "0.01", ticker="NONE")) * 5:
        assert (await two.ask("ann", "POST", V2, body)).status in (400, 404)
    assert (await two.ask("ann", "POST", V2, {"ticker": 1})).status == 429
    elsewhere = order_v2("bid", "0.01", ticker=THERE)
    assert (await two.ask("ann", "POST", V2, elsewhere)).status == 201
