"""What settled markets paid, to whom."""

from __future__ import annotations

from presage.domain.commands import VoidMarket
from presage.projections import settlements
from presage.projections.settlements import SettlementRow, Settlements
from presage.units import CENT, CONTRACT, DOLLAR, DOLLAR_PRICE
from tests.projections.desk import ANN, BOB, Desk


def traded(desk: Desk, *markets: int) -> None:
    """Ann buys 2 YES at 40 cents of Bob in each market."""
    for market in markets:
        desk.ask(market, 4_000, 2)
        desk.bid(market, 4_000, 2)


def one(desk: Desk, account: int) -> SettlementRow:
    (row,) = settlements.page(desk.connection, [account], 9)
    return row


def test_winner_and_loser() -> None:
    desk = Desk(Settlements())
    (market,) = desk.open_market()
    traded(desk, market)
    desk.settle(market, DOLLAR_PRICE)
    won, lost = one(desk, ANN), one(desk, BOB)
    assert (won.position, won.cost, won.revenue) == (2 * CONTRACT, 80 * CENT, 2 * DOLLAR)
    assert (lost.position, lost.cost, lost.revenue) == (-2 * CONTRACT, 120 * CENT, 0)
    assert (won.result, won.value, won.market, won.at) == ("yes", DOLLAR_PRICE, market, desk.at)
    # 0.07 x 2 x 0.4 x 0.6, rounded up to $0.0001
    assert (won.fees, lost.fees) == (33_600, 0)


def test_a_value_between() -> None:
    desk = Desk(Settlements())
    (market,) = desk.open_market()
    traded(desk, market)
    desk.settle(market, 3_700)
    assert one(desk, ANN).revenue == 74 * CENT
    assert one(desk, BOB).revenue == 126 * CENT
    assert one(desk, BOB).result == "scalar"


def test_a_void_gives_the_money_back() -> None:
    desk = Desk(Settlements())
    (market,) = desk.open_market()
    traded(desk, market)
    desk.run(VoidMarket(market))
    desk.tick(10**12)
    row = one(desk, ANN)
    assert (row.result, row.revenue) == ("void", 80 * CENT + 33_600)


def test_filters_and_pages() -> None:
    desk = Desk(Settlements())
    rain, snow = desk.open_market("RAIN-26-YES", "RAIN-26-NO")
    traded(desk, rain, snow)
    desk.settle(snow, 0)
    desk.settle(rain, 0)
    rows = settlements.page(desk.connection, [ANN], 9)
    assert [row.market for row in rows] == [rain, snow]
    after = rows[0].at, rows[0].market
    assert settlements.page(desk.connection, [ANN], 9, after) == [rows[1]]
    assert settlements.page(desk.connection, [ANN], 9, markets=[snow]) == [rows[1]]
    assert settlements.page(desk.connection, [ANN], 9, since=rows[0].at) == [rows[0]]
    assert settlements.page(desk.connection, [ANN], 9, until=rows[1].at) == [rows[1]]
