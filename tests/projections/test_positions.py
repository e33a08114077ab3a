"""Positions, what they cost and what they have earned."""

from __future__ import annotations

from typing import Any

from presage.domain.commands import VoidMarket
from presage.projections import positions
from presage.projections.positions import Positions
from presage.units import CENT, CONTRACT, DOLLAR, DOLLAR_PRICE
from tests.projections.desk import ANN, BOB, Desk


def test_an_open_position_as_recorded() -> None:
    """3 YES for .99 + .99 + .52: exposure and traded 2.50, fees .0007 + .0007 + .0175."""
    desk = Desk(Positions())
    (market,) = desk.open_market()
    for price in (9_900, 9_900, 5_200):
        desk.ask(market, price, 1)
        desk.bid(market, 9_900, 1)
    (row,) = positions.page(desk.connection, [ANN], 9)
    assert (row.position, row.cost, row.traded) == (300, 250 * CENT, 250 * CENT)
    assert (row.fees, row.realized, row.volume) == (18_900, 0, 300)
    assert row.updated_at == desk.at
    (row,) = positions.page(desk.connection, [BOB], 9)
    assert (row.position, row.cost) == (-300, 50 * CENT)


def test_closing_locks_profit_in_and_is_not_money_spent() -> None:
    desk = Desk(Positions())
    (market,) = desk.open_market()
    desk.ask(market, 4_000, 2)
    desk.bid(market, 4_000, 2)
    desk.bid(market, 7_000, 2, BOB)
    desk.ask(market, 7_000, 1, ANN)
    (row,) = positions.page(desk.connection, [ANN], 9)
    assert (row.position, row.cost) == (CONTRACT, 40 * CENT)
    assert (row.realized, row.traded, row.volume) == (30 * CENT, 80 * CENT, 300)


def test_one_entry_with_several_trades_counts_each() -> None:
    desk = Desk(Positions())
    (market,) = desk.open_market()
    desk.ask(market, 4_000, 1)
    desk.ask(market, 5_000, 1)
    desk.bid(market, 5_000, 2)
    (row,) = positions.page(desk.connection, [ANN], 9)
    assert (row.position, row.cost, row.traded, row.volume) == (200, 90 * CENT, 90 * CENT, 200)


def test_settled_positions_leave_the_list_and_keep_their_totals() -> None:
    desk = Desk(Positions())
    rain, snow = desk.open_market("RAIN-26-YES", "RAIN-26-NO")
    for market in (rain, snow):
        desk.ask(market, 4_000, 1)
        desk.bid(market, 4_000, 1)
    desk.settle(rain, DOLLAR_PRICE)
    assert [row.market for row in positions.page(desk.connection, [ANN], 9)] == [snow]
    rows = {row.market: row for row in positions.of_markets(desk.connection, ANN, [rain, snow])}
    assert (rows[rain].position, rows[rain].cost) == (0, 0)
    assert (rows[rain].realized, rows[rain].traded) == (DOLLAR - 40 * CENT, 40 * CENT)


def test_who_went_flat_before_the_settlement_leaves_the_list_too() -> None:
    desk = Desk(Positions())
    (market,) = desk.open_market()
    desk.ask(market, 4_000, 1)
    desk.bid(market, 4_000, 1)
    desk.bid(market, 4_000, 1, BOB)
    desk.ask(market, 4_000, 1, ANN)
    assert [row.position for row in positions.page(desk.connection, [ANN], 9)] == [0]
    desk.settle(market, 0)
    assert positions.page(desk.connection, [ANN], 9) == []
    assert positions.page(desk.connection, [BOB], 9) == []


def test_a_void_ends_positions() -> None:
    desk = Desk(Positions())
    (market,) = desk.open_market()
    desk.ask(market, 4_000, 1)
    desk.bid(market, 4_000, 1)
    desk.run(VoidMarket(market))
    desk.tick(10**12)
    assert positions.page(desk.connection, [ANN], 9) == []


def test_filters_and_pages() -> None:
    desk = Desk(Positions())
    first, second, third = desk.open_market("RAIN-26-A", "RAIN-26-B", "RAIN-26-C")
    for market in (first, second, third):
        desk.ask(market, 4_000, 1)
        desk.bid(market, 4_000, 1)
    desk.bid(second, 4_000, 1, BOB)
    desk.ask(second, 4_000, 1, ANN)

    def markets(**filters: Any) -> list[int]:
        rows = positions.page(desk.connection, [ANN], 9, **filters)
        return [row.market for row in rows]

    assert markets() == [third, second, first]
    assert markets(before=third) == [second, first]
    assert markets(markets=[first, second]) == [second, first]
    assert markets(nonzero=["position"]) == [third, first]
    assert markets(nonzero=["position", "traded"]) == [third, second, first]


def test_of_some_markets_means_no_others() -> None:
    desk = Desk(Positions())
    markets = desk.open_market("RAIN-26-YES", "RAIN-26-NO", "RAIN-26-MAYBE")
    for market in markets:
        desk.ask(market, 4_000, 1)
        desk.bid(market, 4_000, 1)
    first, _, last = markets
    rows = positions.of_markets(desk.connection, ANN, [last, first])
    assert {row.market for row in rows} == {first, last}
    assert positions.of_markets(desk.connection, ANN, []) == []
