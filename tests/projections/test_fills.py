"""Each trade is two fills, one for each party."""

from __future__ import annotations

from typing import Any

import pytest

from presage.domain.orders import ASK, BID
from presage.projections import fills
from presage.projections.fills import Fills
from presage.projections.orders import Orders
from presage.units import CONTRACT, SECOND
from tests.projections.desk import ANN, BOB, Desk


def test_both_parties_see_the_same_trade_from_their_side() -> None:
    desk = Desk(Orders(), Fills())
    (market,) = desk.open_market()
    sold = desk.ask(market, 5_200, 2, client_order_id="theirs", action="buy", outcome="no")
    bought = desk.bid(market, 9_900, 1)
    (taker,) = fills.page(desk.connection, [ANN], 9)
    (maker,) = fills.page(desk.connection, [BOB], 9)
    assert taker.trade == maker.trade
    assert (taker.price, taker.count, taker.at) == (maker.price, maker.count, maker.at)
    assert (taker.price, taker.count, taker.at) == (5_200, CONTRACT, desk.at)
    assert (taker.order_id, taker.side, taker.is_taker, taker.fee) == (bought, BID, True, 17_500)
    assert (maker.order_id, maker.side, maker.is_taker, maker.fee) == (sold, ASK, False, 0)
    assert (maker.action, maker.outcome, maker.client_order_id) == ("buy", "no", "theirs")


def test_filters_and_pages() -> None:
    desk = Desk(Orders(), Fills())
    rain, snow = desk.open_market("RAIN-26-YES", "RAIN-26-NO")
    asks = [desk.ask(market, 5_000, 3) for market in (rain, snow)]
    bids = [desk.bid(market, 5_000, 1) for market in (rain, snow, rain)]

    rows = fills.page(desk.connection, [BOB], 9)
    assert [row.market for row in rows] == [rain, snow, rain]
    assert [row.at for row in rows] == [desk.at, desk.at - SECOND, desk.at - 2 * SECOND]
    after = rows[0].at, rows[0].trade
    assert fills.page(desk.connection, [BOB], 1, after) == [rows[1]]
    assert fills.page(desk.connection, [BOB], 9, market=snow) == [rows[1]]
    assert fills.page(desk.connection, [BOB], 9, order=asks[0]) == [rows[0], rows[2]]
    assert fills.page(desk.connection, [BOB], 9, order=bids[0]) == []
    assert fills.page(desk.connection, [BOB], 9, since=desk.at) == [rows[0]]
    assert fills.page(desk.connection, [BOB], 9, until=rows[2].at) == [rows[2]]


def test_a_sweep_gives_one_fill_for_each_maker_in_order() -> None:
    desk = Desk(Orders(), Fills())
    (market,) = desk.open_market()
    for price in (5_000, 5_100, 5_200):
        desk.ask(market, price, 1)
    desk.bid(market, 9_000, 3)
    assert [row.price for row in fills.page(desk.connection, [ANN], 9)] == [5_200, 5_100, 5_000]
    assert fills.volume(desk.connection, [ANN], 0) == 3 * CONTRACT
    assert fills.volume(desk.connection, [ANN, BOB], 0) == 6 * CONTRACT
    assert fills.volume(desk.connection, [ANN], desk.at + 1) == 0


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "fills_by_account"),
        ({"market": 1}, "fills_by_market"),
        ({"order": 1}, "fills_by_order"),
    ],
)
def test_lists_follow_an_index(filters: dict[str, Any], index: str) -> None:
    desk = Desk(Orders(), Fills())
    plan = desk.plan(lambda connection: fills.page(connection, [ANN], 9, (1, 1), **filters))
    assert f"USING INDEX {index}" in plan
    assert "TEMP B-TREE" not in plan
