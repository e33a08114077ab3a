"""The v2 write paths byte by byte: orders, amends, decreases, batches, groups, settlement."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest

from tests.compat.client import Member, Operator
from tests.compat.conftest import MakeMarket

DOLLAR = 1_000_000
CENT = 10_000


def taker_fee(contracts: int, cents: int) -> int:
    """0.07 x contracts x p x (1 - p), rounded up to $0.0001, in micro-dollars."""
    exact = 7 * contracts * cents * (100 - cents)  # in 1/1 000 000 dollar
    return -(-exact // 100) * 100


def test_a_resting_order_freezes_its_cost_and_gives_it_back(one: Member, market: str) -> None:
    before = one.balance()
    order = one.placed(market, "bid", "0.4000", "10.00", client_order_id=str(uuid4()))
    assert order["fill_count"] == "0.00"
    assert order["remaining_count"] == "10.00"
    assert "average_fill_price" not in order
    assert one.balance() == before - 4 * DOLLAR
    reply = one.cancel(order["order_id"])
    assert reply.status == 200
    assert reply.body["reduced_by"] == "10.00"
    assert one.balance() == before
    shown = one.order(order["order_id"])
    assert (shown["status"], shown["remaining_count_fp"]) == ("canceled", "0.00")
    assert shown["initial_count_fp"] == "10.00"


def test_a_cross_costs_the_makers_price_and_the_takers_fee(
    one: Member, two: Member, market: str
) -> None:
    before = one.balance(), two.balance()
    maker = one.placed(market, "ask", "0.5200", "5.00")
    taker = two.placed(market, "bid", "0.9900", "3.00", time_in_force="immediate_or_cancel")
    assert taker["fill_count"] == "3.00"
    assert taker["remaining_count"] == "0.00"
    assert taker["average_fill_price"] == "0.5200"
    assert two.balance() == before[1] - 3 * 52 * CENT - taker_fee(3, 52)
    assert one.balance() == before[0] - 5 * 48 * CENT
    shown = two.order(taker["order_id"])
    assert shown["yes_price_dollars"] == "0.9900"
    assert shown["taker_fill_cost_dollars"] == "1.560000"
    assert shown["status"] == "executed"
    assert one.order(maker["order_id"])["fill_count_fp"] == "3.00"
    book = one.get(f"/markets/{market}/orderbook")["orderbook_fp"]
    assert book == {"yes_dollars": [], "no_dollars": [["0.4800", "2.00"]]}


def test_both_see_the_same_trade(one: Member, two: Member, market: str) -> None:
    one.placed(market, "ask", "0.3000", "2.50")
    two.placed(market, "bid", "0.3000", "2.50")
    mine = one.get(f"/portfolio/fills?ticker={market}")["fills"]
    theirs = two.get(f"/portfolio/fills?ticker={market}")["fills"]
    (public,) = one.get(f"/markets/trades?ticker={market}")["trades"]
    assert [fill["trade_id"] for fill in (*mine, *theirs)] == [public["trade_id"]] * 2
    assert (mine[0]["is_taker"], theirs[0]["is_taker"]) == (False, True)
    assert mine[0]["fee_cost"] == "0.000000"
    assert public["count_fp"] == "2.50"
    assert public["yes_price_dollars"] == "0.3000"
    positions = [
        member.get(f"/portfolio/positions?ticker={market}")["market_positions"][0]["position_fp"]
        for member in (one, two)
    ]
    assert positions == ["-2.50", "2.50"]


def test_amend_moves_price_and_size_and_the_reserve(one: Member, market: str) -> None:
    before = one.balance()
    order = one.placed(market, "bid", "0.2000", "10.00")["order_id"]
    body = {"ticker": market, "side": "bid", "price": "0.3000", "count": "12.00"}
    path = f"/portfolio/events/orders/{order}/amend"
    reply = one.call("POST", path, body)
    assert reply.status == 200
    assert reply.body["order_id"] == order
    assert reply.body["remaining_count"] == "12.00"
    assert one.balance() == before - 12 * 30 * CENT
    price_only = one.call("POST", path, body | {"price": "0.3100"})
    assert set(price_only.body) <= {"order_id", "ts_ms", "client_order_id"}
    wrong = one.call("POST", path, body | {"side": "ask"})
    assert (wrong.status, wrong.body["error"]["code"]) == (400, "order_side_mismatch")
    assert one.call("POST", path, body | {"ticker": "NOT-THERE"}).status in (400, 404)
    assert one.cancel(order).status == 200
    assert one.balance() == before


def test_only_a_smaller_size_keeps_the_place(one: Member, two: Member, market: str) -> None:
    first = one.placed(market, "bid", "0.2000", "4.00")["order_id"]
    second = two.placed(market, "bid", "0.2000", "4.00")["order_id"]

    def ahead(member: Member, order: str) -> str:
        text: str = member.get(f"/portfolio/orders/{order}/queue_position")["queue_position_fp"]
        return text

    assert (ahead(one, first), ahead(two, second)) == ("0.00", "4.00")
    body = {"ticker": market, "side": "bid", "price": "0.2000"}
    path = f"/portfolio/events/orders/{first}/amend"
    assert one.call("POST", path, body | {"count": "3.00"}).status == 200
    assert (ahead(one, first), ahead(two, second)) == ("0.00", "3.00")
    assert one.call("POST", path, body | {"count": "5.00"}).status == 200
    assert (ahead(one, first), ahead(two, second)) == ("4.00", "0.00")
    listed = one.get(f"/portfolio/orders/queue_positions?market_tickers={market}")
    assert [row["order_id"] for row in listed["queue_positions"]] == [first]


def test_decrease_by_and_to(one: Member, market: str) -> None:
    order = one.placed(market, "bid", "0.2000", "10.00")["order_id"]
    path = f"/portfolio/events/orders/{order}/decrease"
    assert one.call("POST", path, {"reduce_by": "3.00"}).body["remaining_count"] == "7.00"
    assert one.call("POST", path, {"reduce_to": "2.00"}).body["remaining_count"] == "2.00"
    assert one.call("POST", path, {"reduce_by": "1.00", "reduce_to": "1.00"}).status == 400
    assert one.call("POST", path, {}).status == 400
    assert one.call("POST", path, {"reduce_to": "0.00"}).body["remaining_count"] == "0.00"
    assert one.order(order)["status"] == "canceled"


def test_a_batch_answers_each_item_in_its_place(one: Member, market: str) -> None:
    before = one.balance()
    good = {
        "ticker": market,
        "side": "bid",
        "price": "0.1000",
        "count": "1.00",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }
    items = [
        good | {"client_order_id": str(uuid4())},
        good | {"price": "0.1050"},
        good | {"ticker": "NOT-THERE"},
        good | {"price": "0.1100"},
    ]
    reply = one.call("POST", "/portfolio/events/orders/batched", {"orders": items})
    assert reply.status == 201
    rows = reply.body["orders"]
    assert [bool(row.get("error")) for row in rows] == [False, True, True, False]
    assert rows[1]["error"]["code"] == "invalid_price"
    assert rows[0]["client_order_id"] == items[0]["client_order_id"]
    assert one.balance() == before - 21 * CENT
    wanted = [rows[0]["order_id"], str(uuid4()), rows[3]["order_id"]]
    body = {"orders": [{"order_id": order} for order in wanted]}
    canceled = one.call("DELETE", "/portfolio/events/orders/batched", body)
    assert canceled.status == 200
    rows = canceled.body["orders"]
    assert [row["reduced_by"] for row in rows] == ["1.00", "0.00", "1.00"]
    assert rows[1]["error"]["code"] == "not_found"
    assert one.balance() == before


def test_cancel_all_leaves_nothing_resting(two: Member, market: str) -> None:
    before = two.balance()
    for price in ("0.0100", "0.0200", "0.0300"):
        two.placed(market, "bid", price, "1.00")
    reply = two.call("DELETE", "/portfolio/events/orders")
    assert (reply.status, reply.raw) == (204, b"")
    assert two.get(f"/portfolio/orders?ticker={market}&status=resting")["orders"] == []
    assert two.balance() >= before


def test_fill_or_kill_is_all_or_nothing_and_spends_its_name(
    one: Member, two: Member, market: str
) -> None:
    one.placed(market, "ask", "0.5000", "2.00")
    name = str(uuid4())
    before = two.balance()
    killed = two.place(
        market, "bid", "0.5000", "3.00", time_in_force="fill_or_kill", client_order_id=name
    )
    assert killed.status == 409
    assert killed.body["error"]["code"] == "fill_or_kill_insufficient_resting_volume"
    assert two.balance() == before
    again = two.place(
        market, "bid", "0.5000", "2.00", time_in_force="fill_or_kill", client_order_id=name
    )
    assert (again.status, again.body["error"]["code"]) == (409, "order_already_exists")
    filled = two.placed(market, "bid", "0.5000", "2.00", time_in_force="fill_or_kill")
    assert filled["fill_count"] == "2.00"


def test_an_order_that_expires_is_gone_from_the_book(one: Member, market: str) -> None:
    order = one.placed(market, "bid", "0.2000", "1.00", expiration_time=int(time.time()) + 3_600)
    assert one.order(order["order_id"])["expiration_time"]
    past = one.place(market, "bid", "0.2000", "1.00", expiration_time=int(time.time()) - 10)
    assert past.status == 400
    immediate = one.place(
        market,
        "bid",
        "0.2000",
        "1.00",
        expiration_time=int(time.time()) + 60,
        time_in_force="immediate_or_cancel",
    )
    assert immediate.status == 400
    assert one.cancel(order["order_id"]).status == 200


@pytest.mark.parametrize("prevention", ["taker_at_cross", "maker"])
def test_nobody_trades_with_themselves(one: Member, market: str, prevention: str) -> None:
    resting = one.placed(market, "bid", "0.4800", "1.00")["order_id"]
    taker = one.placed(market, "ask", "0.4800", "1.00", self_trade_prevention_type=prevention)
    assert taker["fill_count"] == "0.00"
    states = one.order(resting)["status"], one.order(taker["order_id"])["status"]
    assert (
        states
        == {
            "taker_at_cross": ("resting", "canceled"),
            "maker": ("canceled", "resting"),
        }[prevention]
    )
    one.call("DELETE", "/portfolio/events/orders")


def test_a_group_stops_all_its_orders_at_its_limit(one: Member, two: Member, market: str) -> None:
    created = one.call("POST", "/portfolio/order_groups/create", {"contracts_limit": 5})
    assert created.status == 201
    group = created.body["order_group_id"]
    path = f"/portfolio/order_groups/{group}"
    orders = [
        one.placed(market, "ask", price, "4.00", order_group_id=group)["order_id"]
        for price in ("0.6000", "0.6100")
    ]
    shown = one.get(path)
    assert sorted(shown["orders"]) == sorted(orders)
    two.placed(market, "bid", "0.6100", "6.00", time_in_force="immediate_or_cancel")
    assert one.get(f"/portfolio/orders?ticker={market}&status=resting")["orders"] == []
    refused = one.place(market, "ask", "0.6000", "1.00", order_group_id=group)
    assert refused.status in (400, 409)
    assert one.call("PUT", f"{path}/reset", {}).status == 200
    one.placed(market, "ask", "0.7000", "1.00", order_group_id=group)
    assert one.call("PUT", f"{path}/limit", {"contracts_limit": 50}).status == 200
    assert one.call("PUT", f"{path}/trigger", {}).status == 200
    assert one.get(f"/portfolio/orders?ticker={market}&status=resting")["orders"] == []
    assert one.call("DELETE", path).status == 200
    assert one.send("GET", path).status == 404


def test_reduce_only_never_opens_anything(one: Member, two: Member, market: str) -> None:
    one.placed(market, "ask", "0.5000", "2.00")
    two.placed(market, "bid", "0.5000", "2.00")
    one.placed(market, "bid", "0.4000", "10.00")
    sold = two.placed(
        market, "ask", "0.4000", "5.00", reduce_only=True, time_in_force="immediate_or_cancel"
    )
    assert sold["fill_count"] == "2.00"
    positions = two.get(f"/portfolio/positions?ticker={market}")["market_positions"]
    assert [row["position_fp"] for row in positions] in ([], ["0.00"])
    one.call("DELETE", "/portfolio/events/orders")


def test_settlement_pays_the_winner_and_finalizes(
    one: Member, two: Member, operator: Operator, market: str
) -> None:
    before = one.balance(), two.balance()
    one.placed(market, "ask", "0.2500", "8.00")
    two.placed(market, "bid", "0.2500", "8.00")
    fee = taker_fee(8, 25)
    done = operator.act("POST", f"/markets/{market}/settle", result="yes")
    assert done["market"]["status"] == "finalized"
    assert two.balance() == before[1] - 8 * 25 * CENT - fee + 8 * DOLLAR
    assert one.balance() == before[0] - 8 * 75 * CENT
    (won,) = two.get(f"/portfolio/settlements?ticker={market}")["settlements"]
    assert (won["market_result"], won["revenue"], won["value"]) == ("yes", 800, 100)
    (lost,) = one.get(f"/portfolio/settlements?ticker={market}")["settlements"]
    assert lost["revenue"] == 0
    shown = one.get(f"/markets/{market}")["market"]
    assert (shown["status"], shown["result"]) == ("finalized", "yes")


def test_collateral_comes_back_where_only_one_can_win(
    one: Member, two: Member, make_market: MakeMarket
) -> None:
    first = make_market(exclusive=True)
    event = first.rpartition("-")[0]
    second = make_market(event)
    assert (
        one.call(
            "PUT", "/portfolio/subaccounts/netting", {"enabled": True, "subaccount_number": 0}
        ).status
        == 200
    )
    before = one.balance()
    for ticker in (first, second):
        two.placed(ticker, "bid", "0.4000", "10.00")
        one.placed(ticker, "ask", "0.4000", "10.00", time_in_force="immediate_or_cancel")
    spent = 2 * (10 * 60 * CENT + taker_fee(10, 40))
    assert one.balance() == before - spent + 10 * DOLLAR, "one of two NOs always wins"
    one.call("PUT", "/portfolio/subaccounts/netting", {"enabled": False, "subaccount_number": 0})
