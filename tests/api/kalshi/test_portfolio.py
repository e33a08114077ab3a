"""Balance, positions, fills, settlements, and money from outside."""

from __future__ import annotations

from typing import Any, Final

import pytest

from presage.domain.commands import Move, VoidMarket
from presage.domain.ids import account_id
from presage.units import CENT, DOLLAR, DOLLAR_PRICE
from tests.api.kalshi.world import EVENT, TICKER, World, order_v2

pytestmark = pytest.mark.anyio

ORDERS: Final = "/portfolio/events/orders"


async def trade(world: World, price: str = "0.40", count: str = "1", **more: Any) -> None:
    """Ann buys YES of Bob."""
    await world.post("bob", ORDERS, order_v2("ask", price, count, **more))
    await world.post("ann", ORDERS, order_v2("bid", price, count, **more))


async def test_what_rests_is_not_there_to_spend(world: World) -> None:
    before = (await world.get("ann", "/portfolio/balance"))["balance"]
    # 10 x 0.40 and no fee for a maker
    await world.post("ann", ORDERS, order_v2("bid", "0.40", "10"))
    after = await world.get("ann", "/portfolio/balance")
    assert before - after["balance"] == 400
    value = await world.get("ann", "/portfolio/summary/total_resting_order_value")
    assert value["total_resting_order_value"] == 400
    (breakdown,) = value["resting_order_value_breakdown"]
    assert breakdown == {"exchange_index": 0, "balance": "4.0000"}


async def test_both_sides_of_a_position_have_a_value(world: World) -> None:
    await trade(world, "0.40", "2")
    for who, value in (("ann", 80), ("bob", 120)):
        assert (await world.get(who, "/portfolio/balance"))["portfolio_value"] == value


async def test_a_subaccounts_balance(world: World) -> None:
    assert (await world.get("ann", "/portfolio/balance?subaccount=1"))["balance"] == 0
    locked = await world.get("ann-locked", "/portfolio/balance")
    assert locked["balance"] == 0
    assert "balance_breakdown" not in locked
    assert (await world.ask("ann-locked", "GET", "/portfolio/balance?subaccount=0")).status == 403
    for query, refused in (
        ("subaccount=2", (404, "not_found")),
        ("exchange_index=1", (400, "invalid_parameters")),
    ):
        answer = await world.ask("ann", "GET", f"/portfolio/balance?{query}")
        assert (answer.status, answer.error["code"]) == refused
    assert (await world.ask("ann", "GET", "/portfolio/balance?subaccount=64")).status == 400


async def test_positions_by_market_and_event(world: World) -> None:
    await world.add_markets("SNOW-26", "SNOW-26-A", "SNOW-26-B")
    await trade(world, "0.40", "2.50")
    for ticker in ("SNOW-26-A", "SNOW-26-B"):
        await trade(world, "0.30", ticker=ticker)

    async def tickers(query: str = "") -> list[str]:
        found = await world.get("ann", f"/portfolio/positions?{query}")
        return [one["ticker"] for one in found["market_positions"]]

    assert await tickers() == ["SNOW-26-B", "SNOW-26-A", TICKER]
    assert await tickers(f"ticker={TICKER}") == [TICKER]
    assert await tickers("event_ticker=SNOW-26") == ["SNOW-26-B", "SNOW-26-A"]
    assert await tickers(f"event_ticker=SNOW-26,{EVENT}") == await tickers()
    assert await tickers("ticker=NONE") == []
    assert await tickers("count_filter=position,total_traded") == await tickers()
    assert (await world.ask("ann", "GET", "/portfolio/positions?count_filter=x")).status == 400

    found = await world.get("ann", "/portfolio/positions?limit=1")
    assert [one["ticker"] for one in found["market_positions"]] == ["SNOW-26-B"]
    # An event's totals are those of all its markets, whichever page they are on.
    (event,) = found["event_positions"]
    assert (event["event_ticker"], event["total_cost"], event["total_cost_shares"]) == (
        "SNOW-26",
        60,
        2,
    )
    rest = await world.get("ann", f"/portfolio/positions?limit=5&cursor={found['cursor']}")
    assert [one["ticker"] for one in rest["market_positions"]] == ["SNOW-26-A", TICKER]
    assert [one["event_ticker"] for one in rest["event_positions"]] == ["SNOW-26", EVENT]
    ours = rest["market_positions"][1]
    assert (ours["position"], ours["position_fp"], ours["market_exposure"]) == (2, "2.50", 100)
    found = await world.get("bob", f"/portfolio/positions?ticker={TICKER}")
    (theirs,) = found["market_positions"]
    assert (theirs["position"], theirs["position_fp"]) == (-2, "-2.50")


async def test_fills_filters(world: World) -> None:
    await trade(world)
    order = (await world.get("ann", "/portfolio/orders"))["orders"][0]["order_id"]
    await trade(world, "0.50")
    newest = (await world.get("ann", "/portfolio/fills"))["fills"]
    assert [one["yes_price"] for one in newest] == [50, 40]
    only = (await world.get("ann", f"/portfolio/fills?order_id={order}"))["fills"]
    assert only == newest[1:]
    for query in (f"min_ts={newest[0]['ts']}", "limit=1"):
        assert (await world.get("ann", f"/portfolio/fills?{query}"))["fills"] == newest[:1]
    assert (await world.get("ann", "/portfolio/fills?ticker=NONE"))["fills"] == []
    assert (await world.get("ann", "/portfolio/fills?subaccount=1"))["fills"] == []
    unknown = await world.ask("ann", "GET", "/portfolio/fills?order_id=x")
    assert unknown.status == 404
    theirs = (await world.get("bob", "/portfolio/fills"))["fills"][1]
    assert (theirs["trade_id"], theirs["is_taker"]) == (newest[1]["trade_id"], False)
    assert (theirs["side"], theirs["action"], theirs["outcome_side"]) == ("yes", "sell", "no")


async def test_settlements(world: World) -> None:
    await trade(world, "0.40", "2.50")
    await world.settle(TICKER, DOLLAR_PRICE)
    (ours,) = (await world.get("ann", "/portfolio/settlements"))["settlements"]
    assert (ours["market_result"], ours["value"], ours["revenue"]) == ("yes", 100, 250)
    assert (ours["yes_count"], ours["yes_count_fp"], ours["yes_total_cost"]) == (2, "2.50", 100)
    assert (ours["no_count"], ours["no_total_cost_dollars"]) == (0, "0.000000")
    # 0.07 x 2.5 x 0.4 x 0.6
    assert (ours["event_ticker"], ours["fee_cost"]) == (EVENT, "0.042000")
    (theirs,) = (await world.get("bob", "/portfolio/settlements"))["settlements"]
    assert (theirs["no_count_fp"], theirs["revenue"]) == ("2.50", 0)
    assert (await world.get("ann", "/portfolio/positions"))["market_positions"] == []
    assert (await world.get("ann", "/portfolio/balance"))["portfolio_value"] == 0
    for query in (f"ticker={TICKER}", f"event_ticker={EVENT}"):
        assert len((await world.get("ann", f"/portfolio/settlements?{query}"))["settlements"]) == 1
    for query in ("ticker=NONE", "event_ticker=NONE", "subaccount=1", "max_ts=1"):
        assert (await world.get("ann", f"/portfolio/settlements?{query}"))["settlements"] == []


async def test_a_voided_market_shows_as_a_scalar_that_paid_everything_back(world: World) -> None:
    before = (await world.get("ann", "/portfolio/balance"))["balance_dollars"]
    await trade(world, "0.40", "1")
    card = world.services.markets.by_ticker(TICKER)
    assert card is not None
    await world.run(VoidMarket(card.id))
    (ours,) = (await world.get("ann", "/portfolio/settlements"))["settlements"]
    assert (ours["market_result"], ours["revenue"], ours["fee_cost"]) == ("scalar", 41, "0.000000")
    assert (await world.get("ann", "/portfolio/balance"))["balance_dollars"] == before


async def test_deposits_and_withdrawals(world: World) -> None:
    account = account_id(1)
    lines = ((f"cash:{account}", -3 * DOLLAR - 5 * CENT), ("world", 3 * DOLLAR + 5 * CENT))
    await world.run(Move(lines, "w-1", "withdrawal"))
    (came,) = (await world.get("ann", "/portfolio/deposits"))["deposits"]
    assert (came["amount_cents"], came["status"], came["fee_cents"]) == (100_000, "applied", 0)
    (went,) = (await world.get("ann", "/portfolio/withdrawals"))["withdrawals"]
    assert went["amount_cents"] == 305
    assert went["created_ts"] == went["finalized_ts"] > came["created_ts"]
    await world.deposit(1, DOLLAR)
    page = await world.get("ann", "/portfolio/deposits?limit=1")
    assert page["deposits"][0]["amount_cents"] == 100
    rest = await world.get("ann", f"/portfolio/deposits?limit=1&cursor={page['cursor']}")
    assert (rest["deposits"], rest["cursor"]) == ([came], "")
    assert (await world.ask("ann", "GET", "/portfolio/deposits?limit=501")).status == 400


async def test_reads_see_the_write_before_them(world: World) -> None:
    for _ in range(20):
        made = await world.post("ann", ORDERS, order_v2("bid", "0.10"))
        path = f"/portfolio/orders/{made['order_id']}"
        assert (await world.get("ann", path))["order"]["status"] == "resting"
        await world.ask("ann", "DELETE", f"{ORDERS}/{made['order_id']}")
        assert (await world.get("ann", path))["order"]["status"] == "canceled"
