"""RFQs over the API: raw requests and replies, refusals, filters, pages, who sees what."""

from __future__ import annotations

from typing import Any, Final

import pytest

from presage.units import SECOND
from tests.api.kalshi.talk import RFQS, accepted, answered, asked
from tests.api.kalshi.world import DAY, TICKER, World

pytestmark = pytest.mark.anyio

UNKNOWN: Final = "fe7f99a3-873e-4105-8f2b-3986816252d7"


async def test_an_rfq_as_its_maker_and_as_others_see_it(world: World) -> None:
    made = await world.post(
        "ann",
        RFQS,
        {
            "market_ticker": TICKER,
            "contracts": 10,
            "contracts_fp": "10.00",
            "rest_remainder": True,
            "subaccount": 1,
        },
    )
    mine = (await world.get("ann", f"{RFQS}/{made['id']}"))["rfq"]
    assert mine == {
        "id": made["id"],
        "creator_id": (await world.get("ann", "/communications/id"))["communications_id"],
        "market_ticker": TICKER,
        "contracts": 10,
        "contracts_fp": "10.00",
        "status": "open",
        "created_ts": mine["created_ts"],
        "rest_remainder": True,
        "creator_user_id": "user-ann",
        "creator_subaccount": 1,
        "updated_ts": mine["created_ts"],
    }
    theirs = (await world.get("bob", f"{RFQS}/{made['id']}"))["rfq"]
    assert mine.keys() - theirs.keys() == {"creator_user_id", "creator_subaccount"}
    assert mine | theirs == mine


async def test_communications_ids_are_stable_and_say_nothing(world: World) -> None:
    ids = {who: await world.get(who, "/communications/id") for who in ("ann", "bob")}
    assert ids["ann"] != ids["bob"]
    assert await world.get("ann-locked", "/communications/id") == ids["ann"]
    assert "ann" not in ids["ann"]["communications_id"]


async def test_an_rfq_over_a_sum_of_money(world: World) -> None:
    rfq = await asked(world, contracts=None, target_cost_dollars="25.50")
    shown = (await world.get("bob", f"{RFQS}/{rfq}"))["rfq"]
    assert (shown["contracts_fp"], shown["target_cost_dollars"]) == ("0.00", "25.5000")
    assert (shown["contracts"], shown["target_cost_centi_cents"]) == (0, 255_000)
    assert "target_cost_excludes_fees" not in shown
    body = {"contracts": None, "target_cost_centi_cents": 500, "target_cost_excludes_fees": True}
    rfq = await asked(world, "bob", **body)
    shown = (await world.get("ann", f"{RFQS}/{rfq}"))["rfq"]
    assert (shown["target_cost_dollars"], shown["target_cost_excludes_fees"]) == ("0.0500", True)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, "contracts"),
        ({"contracts": 1, "target_cost_dollars": "5"}, "exactly one"),
        ({"contracts": -1}, "contracts"),
        ({"contracts": 10**12}, "contracts"),
        ({"contracts": 10**19}, ""),
        ({"contracts": 1, "contracts_fp": "2.00"}, "contracts_fp"),
        ({"contracts_fp": "1.005"}, "contracts_fp"),
        ({"contracts_fp": "ten"}, "contracts_fp"),
        ({"contracts": "1"}, ""),
        ({"target_cost_dollars": "-5"}, "target_cost_dollars"),
        ({"target_cost_dollars": "99999999999999"}, "target_cost"),
        ({"target_cost_centi_cents": -1}, "target_cost_centi_cents"),
        ({"target_cost_centi_cents": 1, "target_cost_dollars": "1"}, "target_cost"),
        ({"contracts": 1, "target_cost_excludes_fees": True}, "target_cost_excludes_fees"),
        ({"contracts": 1, "subtrader_id": "x"}, "subtrader_id"),
        ({"contracts": 1, "market_ticker": None}, "market_ticker"),
        ({"contracts": 1, "mve_collection_ticker": "KXMVE"}, "mve_collection_ticker"),
        ({"contracts": 1, "rest_remainder": None}, ""),
        ({"contracts": 1, "subaccount": 64}, ""),
    ],
)
async def test_what_cannot_be_asked(world: World, body: dict[str, Any], names: str) -> None:
    wish = {"market_ticker": TICKER, "rest_remainder": False} | body
    answer = await world.ask("ann", "POST", RFQS, wish)
    assert answer.status == 400
    assert names in answer.body.decode()
    assert (await world.get("ann", RFQS))["rfqs"] == []


async def test_unknown_markets_and_subaccounts(world: World) -> None:
    wish = {"market_ticker": "NONE", "contracts": 1, "rest_remainder": False}
    answer = await world.ask("ann", "POST", RFQS, wish)
    assert (answer.status, answer.error["code"]) == (404, "market_not_found")
    answer = await world.ask("ann", "POST", RFQS, wish | {"market_ticker": TICKER, "subaccount": 7})
    assert (answer.status, answer.error["code"]) == (404, "not_found")


async def test_one_rfq_a_market_unless_it_replaces(world: World) -> None:
    first = await asked(world)
    wish = {"market_ticker": TICKER, "contracts": 2, "rest_remainder": False}
    answer = await world.ask("ann", "POST", RFQS, wish)
    assert (answer.status, answer.error["code"]) == (409, "rfq_already_exists")
    second = await asked(world, contracts=2, replace_existing=True)
    old = (await world.get("bob", f"{RFQS}/{first}"))["rfq"]
    new = (await world.get("bob", f"{RFQS}/{second}"))["rfq"]
    assert (old["status"], old["cancellation_reason"]) == ("closed", "replaced")
    assert old["cancelled_ts"] == old["updated_ts"] > old["created_ts"]
    assert new["status"] == "open"


async def test_deleting(world: World) -> None:
    rfq = await asked(world)
    assert (await world.ask("bob", "DELETE", f"{RFQS}/{rfq}")).status == 404
    assert (await world.ask("ann-locked", "DELETE", f"{RFQS}/{rfq}")).status == 404
    answer = await world.ask("ann", "DELETE", f"{RFQS}/{rfq}")
    assert (answer.status, answer.body) == (204, b"")
    answer = await world.ask("ann", "DELETE", f"{RFQS}/{rfq}")
    assert (answer.status, answer.error["code"]) == (404, "not_found")
    for one in (UNKNOWN, "nonsense", "%00"):
        assert (await world.ask("ann", "DELETE", f"{RFQS}/{one}")).status == 404
        assert (await world.ask("ann", "GET", f"{RFQS}/{one}")).status == 404
    shown = (await world.get("ann", f"{RFQS}/{rfq}"))["rfq"]
    assert (shown["status"], shown["cancellation_reason"]) == ("closed", "deleted")


async def test_no_more_than_a_hundred_open_ones(world: World) -> None:
    tickers = [f"MANY-{number}" for number in range(101)]
    await world.add_markets("MANY", *tickers)
    for ticker in tickers[:100]:
        await asked(world, market_ticker=ticker)
    wish = {"market_ticker": tickers[100], "contracts": 1, "rest_remainder": False}
    answer = await world.ask("ann", "POST", RFQS, wish)
    assert (answer.status, answer.error["code"]) == (400, "too_many_open_rfqs")
    await asked(world, market_ticker=tickers[3], replace_existing=True)


async def test_filters(world: World) -> None:
    await world.add_markets("SNOW", "SNOW-A", "SNOW-B")
    mine = await asked(world)
    snow = await asked(world, market_ticker="SNOW-A", subaccount=1)
    theirs = await asked(world, "bob", market_ticker="SNOW-B")
    await world.ask("ann", "DELETE", f"{RFQS}/{mine}")
    names = {
        who: (await world.get(who, "/communications/id"))["communications_id"]
        for who in ("ann", "bob")
    }
    for query, found in {
        "": [theirs, snow, mine],
        "status=open": [theirs, snow],
        "status=closed": [mine],
        "event_ticker=SNOW": [theirs, snow],
        "market_ticker=SNOW-A": [snow],
        "market_ticker=SNOW-A&event_ticker=RAIN-26": [],
        "market_ticker=NONE": [],
        "user_filter=self": [snow, mine],
        "user_filter=": [theirs, snow, mine],
        "subaccount=1": [snow],
        "subaccount=0": [mine],
        "subaccount=5": [],
        "creator_user_id=user-ann": [snow, mine],
        "creator_user_id=user-bob": [],
        f"creator_user_id={names['bob']}": [theirs],
        f"creator_user_id={names['bob']}&user_filter=self": [],
        f"creator_user_id={names['ann']}&user_filter=self": [snow, mine],
    }.items():
        listed = (await world.get("ann", f"{RFQS}?{query}"))["rfqs"]
        assert [row["id"] for row in listed] == found, query
    listed = (await world.get("ann-locked", f"{RFQS}?user_filter=self"))["rfqs"]
    assert [row["id"] for row in listed] == [snow]


@pytest.mark.parametrize(
    "query",
    ["status=paid", "user_filter=ann", "limit=0", "limit=101", "limit=x", "cursor=garbage"],
)
async def test_lists_that_cannot_be_asked_for(world: World, query: str) -> None:
    assert (await world.ask("ann", "GET", f"{RFQS}?{query}")).status == 400


async def test_pages(world: World) -> None:
    tickers = [f"MANY-{number}" for number in range(5)]
    await world.add_markets("MANY", *tickers)
    made = [await asked(world, market_ticker=ticker) for ticker in tickers]
    found, cursor = [], "x"
    query = "limit=2"
    while cursor:
        page = await world.get("bob", f"{RFQS}?{query}")
        found += [row["id"] for row in page["rfqs"]]
        cursor = page["cursor"]
        query = f"limit=2&cursor={cursor}"
    assert found == made[::-1]


async def test_a_closed_market_ends_its_rfqs(world: World) -> None:
    rfq = await asked(world)
    quote = await answered(world, rfq)
    await accepted(world, quote)
    await world.settle(TICKER, 10_000)
    shown = (await world.get("ann", f"{RFQS}/{rfq}"))["rfq"]
    assert (shown["status"], shown["cancellation_reason"]) == ("closed", "market_closed")
    shown = (await world.get("ann", f"/communications/quotes/{quote}"))["quote"]
    assert (shown["status"], shown["cancellation_reason"]) == ("cancelled", "rfq_closed")


async def test_closed_ones_are_forgotten_after_a_week(world: World) -> None:
    old = await asked(world)
    quote = await answered(world, old)
    await world.ask("ann", "DELETE", f"{RFQS}/{old}")
    await world.add_markets("SNOW", "SNOW-A")
    world.clock.now += 6 * DAY
    await world.add_markets("HAIL", "HAIL-A")
    kept = await asked(world, market_ticker="HAIL-A")
    await world.ask("ann", "DELETE", f"{RFQS}/{kept}")
    assert (await world.ask("ann", "GET", f"{RFQS}/{old}")).status == 200
    world.clock.now += DAY + SECOND
    await world.add_markets("FROST", "FROST-A")
    last = await asked(world, market_ticker="FROST-A")
    await world.ask("ann", "DELETE", f"{RFQS}/{last}")
    assert (await world.ask("ann", "GET", f"{RFQS}/{old}")).status == 404
    assert (await world.ask("bob", "GET", f"/communications/quotes/{quote}")).status == 404
    assert (await world.ask("ann", "GET", f"{RFQS}/{kept}")).status == 200


async def test_what_keys_may_do(world: World) -> None:
    wish = {"market_ticker": TICKER, "contracts": 1, "rest_remainder": False}
    assert (await world.ask("ann-reads", "POST", RFQS, wish)).status == 403
    assert (await world.ask("ann-trades", "GET", RFQS)).status == 403
    assert (await world.ask("nobody", "GET", RFQS)).status == 401
    assert (await world.ask("ann-locked", "POST", RFQS, wish | {"subaccount": 0})).status == 403
    made = await world.post("ann-locked", RFQS, wish)
    shown = (await world.get("ann", f"{RFQS}/{made['id']}"))["rfq"]
    assert shown["creator_subaccount"] == 1


async def test_who_asks_may_be_hidden_from_all_others(world: World) -> None:
    rfq, own = await asked(world), await world.get("ann", "/communications/id")
    quote = await answered(world, rfq)
    world.services.site.settings.put("obscureCreatorIds", True)
    name = own["communications_id"]
    for who, creator in (("ann", name), ("bob", "0")):
        assert (await world.get(who, f"{RFQS}/{rfq}"))["rfq"]["creator_id"] == creator
        shown = (await world.get(who, f"/communications/quotes/{quote}"))["quote"]
        assert shown["rfq_creator_id"] == creator
        assert shown["creator_id"] not in (name, "0")
    assert (await world.get("bob", f"{RFQS}?creator_user_id={name}"))["rfqs"] == []
    assert len((await world.get("ann", f"{RFQS}?creator_user_id={name}"))["rfqs"]) == 1
