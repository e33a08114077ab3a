"""What the orders table says after everything that can happen to an order."""

from __future__ import annotations

from typing import Any

import pytest

from presage.domain.commands import DecreaseOrder, PlaceOrder
from presage.domain.facts import OrderKilled
from presage.domain.orders import BID, FOK, IOC
from presage.projections import orders
from presage.projections.orders import OrderRow, Orders, placed_by
from presage.units import CENT, CONTRACT, SECOND
from tests.projections.desk import ANN, BOB, NOON, Desk, only


def one(desk: Desk, order: int) -> OrderRow:
    row = orders.find(desk.connection, order)
    assert row is not None
    return row


def test_a_resting_order_is_printed_as_it_was_placed() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    order = desk.bid(market, 4_000, 3, client_order_id="mine", cancel_on_pause=True)
    row = one(desk, order)
    assert (row.account, row.market, row.side, row.price) == (ANN, market, BID, 4_000)
    assert (row.count, row.filled, row.remaining, row.status) == (300, 0, 300, "resting")
    assert (row.client_order_id, row.cancel_on_pause, row.tif) == (
        "mine",
        True,
        "good_till_canceled",
    )
    assert row.created_at == row.updated_at == desk.at


def test_costs_are_in_the_terms_of_the_orders_own_outcome() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    sold = desk.ask(market, 5_200, 2)
    bought = desk.bid(market, 9_900, 1)
    taker, maker = one(desk, bought), one(desk, sold)
    # The taker pays the maker's price: 1 x 0.52; the seller bought NO for 0.48.
    assert (taker.taker_cost, taker.maker_cost) == (52 * CENT, 0)
    assert (maker.taker_cost, maker.maker_cost) == (0, 48 * CENT)
    assert (taker.taker_fees, maker.maker_fees) == (17_500, 0)
    assert (taker.status, taker.price, taker.remaining) == ("executed", 9_900, 0)
    assert (maker.status, maker.filled, maker.remaining) == ("resting", 100, 100)
    assert maker.reason == "Trade"
    assert maker.updated_at == desk.at > maker.created_at


def test_an_order_that_takes_from_several_makers_adds_them_up() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    desk.ask(market, 5_000, 1)
    desk.ask(market, 6_000, 1)
    row = one(desk, desk.bid(market, 6_000, 5))
    assert (row.filled, row.remaining, row.status) == (200, 300, "resting")
    assert row.taker_cost == 110 * CENT


def test_what_an_immediate_order_does_not_get_is_canceled() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    desk.ask(market, 5_000, 1)
    row = one(desk, desk.bid(market, 5_000, 3, tif=IOC))
    assert (row.filled, row.remaining, row.status) == (100, 0, "canceled")
    assert (row.count, row.reason) == (300, "ImmediateOrCancel")


def test_a_killed_order_leaves_no_row() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    facts = desk.run(PlaceOrder(ANN, market, BID, 5_000, CONTRACT, FOK, "spent"))
    assert only(OrderKilled, facts).client_order_id == "spent"
    assert desk.table("orders") == []
    assert placed_by(facts, desk.at) is None


def test_cancel_and_decrease() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    order = desk.bid(market, 4_000, 5)
    desk.run(DecreaseOrder(1, order, by=2 * CONTRACT))
    row = one(desk, order)
    assert (row.remaining, row.count, row.status, row.reason) == (300, 500, "resting", "Decrease")
    desk.run(DecreaseOrder(1, order, to=0))
    assert (one(desk, order).status, one(desk, order).remaining) == ("canceled", 0)
    other = desk.bid(market, 4_000, 5)
    desk.cancel(other)
    row = one(desk, other)
    assert (row.remaining, row.count, row.status, row.reason) == (0, 500, "canceled", "Cancel")


def test_an_amended_order_has_its_new_terms() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    desk.ask(market, 6_000, 1)
    order = desk.bid(market, 4_000, 5, client_order_id="old")
    desk.amend(order, 6_000, 3, new_client_order_id="new")
    row = one(desk, order)
    assert (row.price, row.count, row.filled, row.remaining) == (6_000, 300, 100, 200)
    assert (row.client_order_id, row.status) == ("new", "resting")
    assert row.taker_cost == 60 * CENT


def test_the_receipt_of_a_new_order_says_what_the_table_says() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    desk.ask(market, 5_000, 1)
    order = desk.bid(market, 5_500, 3, client_order_id="x")
    assert placed_by(desk.entries[-1].facts, desk.at) == one(desk, order)


def test_pages_are_newest_first_and_do_not_shift() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    placed = [desk.bid(market, 1_000, 1) for _ in range(5)]
    first = orders.page(desk.connection, [ANN], 2)
    assert [row.id for row in first] == [placed[4], placed[3]]
    desk.bid(market, 1_000, 1)
    after = first[-1].created_at, first[-1].id
    second = orders.page(desk.connection, [ANN], 9, after)
    assert [row.id for row in second] == [placed[2], placed[1], placed[0]]


def test_pages_merge_accounts() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    placed = [desk.bid(market, 1_000, 1, account) for account in (ANN, BOB, ANN, BOB)]
    rows = orders.page(desk.connection, [ANN, BOB], 3)
    assert [row.id for row in rows] == placed[:0:-1]


def test_filters() -> None:
    desk = Desk(Orders())
    rain, snow = desk.open_market("RAIN-26-YES", "RAIN-26-NO")
    first = desk.bid(rain, 1_000, 1)
    second = desk.bid(snow, 1_000, 1)
    desk.cancel(first)
    at = orders.find(desk.connection, second)
    assert at is not None

    def ids(**filters: Any) -> list[int]:
        return [row.id for row in orders.page(desk.connection, [ANN], 9, **filters)]

    assert ids(status="resting") == [second]
    assert ids(status="canceled") == [first]
    assert ids(status="executed") == []
    assert ids(markets=[rain]) == [first]
    assert ids(markets=[rain, snow]) == [second, first]
    assert ids(markets=[]) == []
    assert ids(since=at.created_at) == [second]
    assert ids(until=at.created_at - SECOND) == [first]
    assert ids(until=NOON) == []


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "orders_by_account"),
        ({"status": "canceled"}, "orders_by_account"),
        ({"status": "resting"}, "orders_resting"),
        ({"markets": [1]}, "orders_by_market"),
    ],
)
def test_lists_follow_an_index(filters: dict[str, Any], index: str) -> None:
    desk = Desk(Orders())
    plan = desk.plan(lambda connection: orders.page(connection, [ANN], 9, (1, 1), **filters))
    assert f"USING INDEX {index}" in plan
    assert "TEMP B-TREE" not in plan


def test_small_questions_follow_an_index() -> None:
    desk = Desk(Orders())
    assert "orders_by_group" in desk.plan(lambda c: orders.group_members(c, 1))
    assert "orders_resting" in desk.plan(lambda c: orders.resting_value(c, ANN))
    assert "orders_resting" in desk.plan(lambda c: orders.resting_ids(c, ANN, [1, 2]))
    assert "PRIMARY KEY" in desk.plan(lambda c: orders.find(c, 1))


def test_what_resting_orders_would_cost() -> None:
    desk = Desk(Orders())
    (market,) = desk.open_market()
    desk.bid(market, 1_000, 3)
    desk.ask(market, 7_000, 2, ANN)
    assert orders.resting_value(desk.connection, ANN) == 30 * CENT + 60 * CENT
    assert orders.resting_value(desk.connection, BOB) == 0
