"""Quotes over the API: the whole way to two fills, refusals, both paths, who sees what."""

from __future__ import annotations

from typing import Any, Final

import pytest

from presage.domain.commands import PauseMarket, SetPause
from tests.api.kalshi.talk import (
    QUOTES,
    RFQS,
    accepted,
    after,
    answered,
    asked,
    confirmed,
    executed,
)
from tests.api.kalshi.world import TICKER, World

pytestmark = pytest.mark.anyio

UNKNOWN: Final = "fe7f99a3-873e-4105-8f2b-3986816252d7"


async def shown(world: World, quote: str, who: str = "bob") -> Any:
    return (await world.get(who, f"{QUOTES}/{quote}"))["quote"]


async def test_what_each_party_sees_in_the_end(world: World) -> None:
    rfq, quote = await executed(world, "no")
    made, taken = await shown(world, quote), await shown(world, quote, "ann")
    names = {
        who: (await world.get(who, "/communications/id"))["communications_id"]
        for who in ("ann", "bob")
    }
    assert made == {
        "id": quote,
        "rfq_id": rfq,
        "creator_id": names["bob"],
        "rfq_creator_id": names["ann"],
        "market_ticker": TICKER,
        "contracts": 10,
        "contracts_fp": "10.00",
        "yes_bid": 40,
        "no_bid": 55,
        "yes_bid_dollars": "0.4000",
        "no_bid_dollars": "0.5500",
        "created_ts": made["created_ts"],
        "updated_ts": made["executed_ts"],
        "status": "executed",
        "accepted_side": "no",
        "accepted_ts": made["accepted_ts"],
        "confirmed_ts": made["confirmed_ts"],
        "executed_ts": made["executed_ts"],
        "rest_remainder": False,
        "post_only": False,
        "creator_user_id": "user-bob",
        "creator_order_id": made["creator_order_id"],
        "creator_subaccount": 0,
        "yes_contracts_fp": "10.00",
        "no_contracts_fp": "10.00",
    }
    assert made["created_ts"] < made["accepted_ts"] < made["confirmed_ts"] < made["executed_ts"]
    private = {"post_only", "creator_user_id", "creator_order_id", "creator_subaccount"}
    assert made.keys() - taken.keys() == private
    assert taken.keys() - made.keys() == {
        "rfq_creator_user_id",
        "rfq_creator_order_id",
        "rfq_creator_subaccount",
    }


async def test_the_orders_and_fills_of_an_agreement(world: World) -> None:
    rfq, quote = await executed(world, "no")
    made, taken = await shown(world, quote), await shown(world, quote, "ann")
    mark = (await world.get("bob", "/communications/id"))["communications_id"][:8]
    order = (await world.get("bob", f"/portfolio/orders/{made['creator_order_id']}"))["order"]
    assert (order["status"], order["book_side"]) == ("executed", "ask")
    assert order["client_order_id"] == f"quote:{mark}:{quote}"
    (fill,) = (await world.get("ann", "/portfolio/fills"))["fills"]
    assert fill["order_id"] == taken["rfq_creator_order_id"]
    assert (fill["is_taker"], fill["count_fp"], fill["yes_price_dollars"]) == (
        True,
        "10.00",
        "0.4500",
    )
    assert (await world.get("bob", f"{RFQS}/{rfq}"))["rfq"]["status"] == "closed"
    assert "cancellation_reason" not in (await world.get("ann", f"{RFQS}/{rfq}"))["rfq"]


async def test_the_order_names_of_an_agreement_are_used_up(world: World) -> None:
    _, quote = await executed(world)
    made = await shown(world, quote)
    order = (await world.get("bob", f"/portfolio/orders/{made['creator_order_id']}"))["order"]
    again = {
        "ticker": TICKER,
        "side": "bid",
        "price": "0.10",
        "count": "1",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        "client_order_id": order["client_order_id"],
    }
    answer = await world.ask("bob", "POST", "/portfolio/events/orders", again)
    assert (answer.status, answer.error["code"]) == (409, "order_already_exists")


async def test_the_paths_with_the_rfq(world: World) -> None:
    rfq, other = await asked(world), await asked(world, "bob")
    quote = await answered(world, rfq)
    this, wrong = f"{RFQS}/{rfq}/quotes/{quote}", f"{RFQS}/{other}/quotes/{quote}"
    for who, method, tail, body in (
        ("bob", "GET", "", None),
        ("ann", "PUT", "/accept", {"accepted_side": "true"}),
        ("bob", "PUT", "/confirm", {}),
        ("bob", "DELETE", "", None),
    ):
        assert (await world.ask(who, method, wrong + tail, body)).status == 404
        answer = await world.ask(who, method, this + tail, body)
        assert answer.status == {"GET": 200, "PUT": 204, "DELETE": 400}[method], answer
    await after(world, 15)
    found = (await world.get("ann", this))["quote"]
    assert (found["status"], found["accepted_side"]) == ("executed", "yes")
    assert (await world.ask("bob", "DELETE", this)).status == 404


async def test_withdrawing(world: World) -> None:
    rfq = await asked(world)
    for path in (QUOTES, f"{RFQS}/{rfq}/quotes"):
        quote = await answered(world, rfq)
        assert (await world.ask("ann", "DELETE", f"{path}/{quote}")).status == 404
        answer = await world.ask("bob", "DELETE", f"{path}/{quote}")
        assert (answer.status, answer.body) == (204, b"")
        found = await shown(world, quote)
        assert (found["status"], found["cancellation_reason"]) == ("cancelled", "deleted")
        assert found["cancelled_ts"] == found["updated_ts"]
        assert (await world.ask("bob", "DELETE", f"{path}/{quote}")).status == 404


async def test_a_new_quote_replaces_the_old(world: World) -> None:
    rfq = await asked(world)
    first = await answered(world, rfq)
    second = await answered(world, rfq, yes_bid="0.41")
    found = await shown(world, first)
    assert (found["status"], found["cancellation_reason"]) == ("cancelled", "replaced")
    assert (await shown(world, second, "ann"))["yes_bid_dollars"] == "0.4100"


async def test_a_sum_of_money_is_sized_by_the_quote(world: World) -> None:
    """The numbers of a recorded quote: 10 dollars at 0.255, the fee inside."""
    await world.add_markets("FINE", "FINE-A", structure="deci_cent")
    sum_: dict[str, Any] = {
        "contracts": None,
        "target_cost_dollars": "10",
        "market_ticker": "FINE-A",
    }
    rfq = await asked(world, **sum_)
    quote = await answered(world, rfq, yes_bid="0", no_bid="0.7450")
    found = await shown(world, quote, "ann")
    assert (found["yes_contracts_fp"], found["no_contracts_fp"]) == ("0.00", "37.27")
    assert (found["contracts_fp"], found["rfq_target_cost_dollars"]) == ("0.00", "10.0000")
    assert found["rfq_target_cost_centi_cents"] == 100_000
    answer = await world.ask("ann", "PUT", f"{QUOTES}/{quote}/accept", {"accepted_side": "yes"})
    assert (answer.status, answer.error["code"]) == (400, "invalid_parameters")
    await accepted(world, quote, "no")
    assert (await shown(world, quote))["contracts_fp"] == "37.27"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"yes_bid": "0", "no_bid": "0"}, "cannot both be 0"),
        ({"yes_bid": "0.405"}, "yes_bid"),
        ({"no_bid": "0.405"}, "no_bid"),
        ({"yes_bid": "1.00", "no_bid": "0"}, "yes_bid"),
        ({"yes_bid": "0.50", "no_bid": "0.51"}, "more than one dollar"),
        ({"yes_bid": "0.40005"}, "yes_bid"),
        ({"yes_bid": "-0.40"}, "yes_bid"),
        ({"no_bid": "much"}, "no_bid"),
        ({"yes_bid": 40}, "yes_bid"),
        ({"yes_bid": None}, "yes_bid"),
        ({"rest_remainder": None}, ""),
        ({"rfq_id": ""}, ""),
    ],
)
async def test_quotes_that_cannot_be(world: World, body: dict[str, Any], names: str) -> None:
    rfq = await asked(world)
    wish = {"rfq_id": rfq, "yes_bid": "0.40", "no_bid": "0.55", "rest_remainder": False} | body
    answer = await world.ask("bob", "POST", QUOTES, wish)
    assert answer.status == 400
    assert names in answer.body.decode()


async def test_quotes_on_what_is_not_open(world: World) -> None:
    rfq = await asked(world)
    wish = {"rfq_id": rfq, "yes_bid": "0.40", "no_bid": "0", "rest_remainder": False}
    own = await world.ask("ann", "POST", QUOTES, wish)
    assert (own.status, own.error["code"]) == (400, "invalid_parameters")
    unknown = await world.ask("bob", "POST", QUOTES, wish | {"rfq_id": UNKNOWN})
    assert (unknown.status, unknown.error["code"]) == (404, "not_found")
    poor = await world.ask("bob", "POST", QUOTES, wish | {"subaccount": 0, "yes_bid": "0.99"})
    assert poor.status == 201
    await world.ask("ann", "DELETE", f"{RFQS}/{rfq}")
    closed = await world.ask("bob", "POST", QUOTES, wish)
    assert (closed.status, closed.error["code"]) == (400, "rfq_closed")
    big = await asked(world, contracts=5_000)
    poor = await world.ask("bob", "POST", QUOTES, wish | {"rfq_id": big})
    assert (poor.status, poor.error["code"]) == (400, "insufficient_balance")


async def test_accepting_and_confirming_out_of_turn(world: World) -> None:
    rfq = await asked(world)
    quote = await answered(world, rfq, no_bid="0")
    accept, confirm = f"{QUOTES}/{quote}/accept", f"{QUOTES}/{quote}/confirm"
    for who, path, body, status, code in (
        ("bob", accept, {"accepted_side": "yes"}, 400, "invalid_parameters"),
        ("bob", confirm, None, 400, "invalid_quote_status"),
        ("ann", accept, {"accepted_side": "no"}, 400, "invalid_parameters"),
        ("ann", confirm, None, 404, "not_found"),
        ("ann-locked", accept, {"accepted_side": "yes"}, 404, "not_found"),
    ):
        answer = await world.ask(who, "PUT", path, body)
        assert (answer.status, answer.error["code"]) == (status, code), (who, path)
    for body in ({"accepted_side": "both"}, {}, None):
        assert (await world.ask("ann", "PUT", accept, body)).status == 400
    await accepted(world, quote)
    answer = await world.ask("ann", "PUT", accept, {"accepted_side": "yes"})
    assert (answer.status, answer.error["code"]) == (400, "invalid_quote_status")
    await confirmed(world, quote)
    answer = await world.ask("bob", "DELETE", f"{QUOTES}/{quote}")
    assert (answer.status, answer.error["code"]) == (400, "invalid_quote_status")
    answer = await world.ask("ann", "DELETE", f"{RFQS}/{rfq}")
    assert (answer.status, answer.error["code"]) == (400, "invalid_quote_status")
    await after(world, 15)
    for path, body in ((accept, {"accepted_side": "yes"}), (confirm, None)):
        for who in ("ann", "bob"):
            assert (await world.ask(who, "PUT", path, body)).status == 404
    assert len((await world.get("ann", "/portfolio/fills"))["fills"]) == 1


async def test_time_runs_out(world: World) -> None:
    rfq = await asked(world)
    quote = await answered(world, rfq)
    await accepted(world, quote)
    await after(world, 30)
    found = await shown(world, quote, "ann")
    assert (found["status"], found["cancellation_reason"]) == ("cancelled", "not_confirmed")
    assert (await world.get("ann", f"{RFQS}/{rfq}"))["rfq"]["status"] == "open"
    assert (await world.ask("bob", "PUT", f"{QUOTES}/{quote}/confirm")).status == 404


async def test_volatile_markets_are_quick(world: World) -> None:
    await world.add_markets("FAST", "FAST-A", volatile=True)
    rfq = await asked(world, market_ticker="FAST-A")
    quote = await answered(world, rfq)
    await accepted(world, quote)
    await confirmed(world, quote)
    await after(world, 1)
    assert (await shown(world, quote))["status"] == "executed"


async def test_a_pause_cancels_what_falls_due(world: World) -> None:
    rfq = await asked(world)
    quote = await answered(world, rfq)
    await accepted(world, quote)
    await confirmed(world, quote)
    await world.run(SetPause(True, False))
    wish = {"rfq_id": rfq, "yes_bid": "0.40", "no_bid": "0", "rest_remainder": False}
    await after(world, 15)
    answer = await world.ask("bob", "POST", QUOTES, wish)
    assert (answer.status, answer.error["code"]) == (409, "trading_is_paused")
    found = await shown(world, quote)
    assert (found["status"], found["cancellation_reason"]) == ("cancelled", "trading_is_paused")
    await world.run(SetPause(True, True))
    card = world.services.markets.by_ticker(TICKER)
    assert card is not None
    await world.run(PauseMarket(card.id))
    answer = await world.ask("bob", "POST", QUOTES, wish)
    assert (answer.status, answer.error["code"]) == (409, "market_inactive")


async def test_nobody_else_sees_a_quote(world: World) -> None:
    await world.join("cat")
    rfq = await asked(world)
    bobs, cats = await answered(world, rfq), await answered(world, rfq, "cat")
    for quote in (bobs, UNKNOWN, "nonsense", rfq):
        for path in (f"{QUOTES}/{quote}", f"{RFQS}/{rfq}/quotes/{quote}"):
            assert (await world.ask("cat", "GET", path)).status == 404
            assert (await world.ask("cat", "DELETE", path)).status == 404
            assert (await world.ask("cat", "PUT", f"{path}/confirm")).status == 404
            body = {"accepted_side": "yes"}
            assert (await world.ask("cat", "PUT", f"{path}/accept", body)).status == 404
    listed = (await world.get("ann", QUOTES))["quotes"]
    assert [row["id"] for row in listed] == [cats, bobs]
    assert [row["id"] for row in (await world.get("bob", QUOTES))["quotes"]] == [bobs]
    assert (await world.ask("ann-locked", "GET", f"{QUOTES}/{bobs}")).status == 404
    assert (await world.get("ann-locked", QUOTES))["quotes"] == []


async def test_filters(world: World) -> None:
    await world.add_markets("SNOW", "SNOW-A")
    mine, theirs = await asked(world), await asked(world, "bob", market_ticker="SNOW-A")
    given, made = await answered(world, mine), await answered(world, theirs, "ann")
    await accepted(world, given)
    now = world.clock.now // 1_000_000
    ids = {
        who: (await world.get(who, "/communications/id"))["communications_id"]
        for who in ("ann", "bob")
    }
    for query, found in {
        "": [made, given],
        "status=open": [made],
        "status=accepted": [given],
        "status=executed": [],
        "user_filter=self": [made],
        "rfq_user_filter=self": [given],
        "user_filter=self&rfq_user_filter=self": [],
        "quote_creator_user_id=user-ann": [made],
        "rfq_creator_user_id=user-ann": [given],
        "quote_creator_user_id=user-bob": [],
        f"quote_creator_user_id={ids['bob']}": [given],
        f"rfq_creator_user_id={ids['bob']}": [made],
        f"rfq_creator_user_id={ids['bob']}&rfq_user_filter=self": [],
        f"rfq_id={mine}": [given],
        "market_ticker=SNOW-A": [made],
        "event_ticker=RAIN-26": [given],
        f"min_ts={now}": [given],
        f"max_ts={now - 1}": [made],
        f"min_ts={now + 60}": [],
    }.items():
        listed = (await world.get("ann", f"{QUOTES}?{query}"))["quotes"]
        assert [row["id"] for row in listed] == found, query
    assert (await world.ask("ann", "GET", f"{QUOTES}?rfq_id=nonsense")).status == 404


@pytest.mark.parametrize(
    "query",
    [
        "status=paid",
        "user_filter=bob",
        "rfq_user_filter=x",
        "limit=0",
        "limit=501",
        "cursor=garbage",
        "min_ts=now",
        "rfq_creator_subtrader_id=x",
    ],
)
async def test_lists_that_cannot_be_asked_for(world: World, query: str) -> None:
    assert (await world.ask("ann", "GET", f"{QUOTES}?{query}")).status == 400


async def test_pages(world: World) -> None:
    rfq = await asked(world)
    made = [await answered(world, rfq) for _ in range(5)]
    for who in ("ann", "bob"):
        found, query = [], "limit=2"
        while query:
            page = await world.get(who, f"{QUOTES}?{query}")
            found += [row["id"] for row in page["quotes"]]
            query = f"limit=2&cursor={page['cursor']}" if page["cursor"] else ""
        assert found == made[::-1]


async def test_what_keys_may_do(world: World) -> None:
    rfq = await asked(world)
    quote = await answered(world, rfq)
    body = {"accepted_side": "yes"}
    assert (await world.ask("ann-reads", "PUT", f"{QUOTES}/{quote}/accept", body)).status == 403
    assert (await world.ask("ann-reads", "DELETE", f"{QUOTES}/{quote}")).status == 403
    assert (await world.ask("ann-trades", "PUT", f"{QUOTES}/{quote}/accept", body)).status == 204
    assert (await world.ask("nobody", "GET", QUOTES)).status == 401
