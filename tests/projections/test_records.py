"""What members' trading came to, and what can be asked of it."""

from __future__ import annotations

from presage.domain.commands import OpenAccount, VoidMarket
from presage.domain.ids import account_id
from presage.projections import standings
from presage.projections.records import MINUTE, Records
from presage.projections.standings import Accuracy, Bucket, Results, Sums
from presage.units import CENT, CONTRACT, DOLLAR, DOLLAR_PRICE
from tests.projections.desk import ANN, BOB, NOON, Desk

FEE = 33_600
"""Of the taker of 2 contracts at 40 cents: 0.07 x 2 x 0.4 x 0.6, rounded up to $0.0001."""
HOUR = 60 * MINUTE


def trade(desk: Desk, market: int, price: int = 4_000, contracts: int = 2) -> None:
    """Ann buys YES of Bob."""
    desk.ask(market, price, contracts)
    desk.bid(market, price, contracts)


def test_a_position_that_is_held_to_the_end() -> None:
    desk = Desk(Records())
    (market,) = desk.open_market()
    trade(desk, market)
    (ann,) = standings.of_member(desk.connection, 1)
    (bob,) = standings.of_member(desk.connection, 2)
    assert (ann.volume, ann.profit, ann.opened, ann.resolved) == (
        80 * CENT,
        -FEE,
        2 * CONTRACT,
        False,
    )
    assert (bob.volume, bob.profit, bob.trades) == (120 * CENT, 0, 1)
    desk.at += 3 * HOUR
    desk.settle(market, DOLLAR_PRICE)
    (ann,) = standings.of_member(desk.connection, 1)
    (bob,) = standings.of_member(desk.connection, 2)
    assert (ann.profit, ann.spent, ann.closed) == (120 * CENT - FEE, 80 * CENT, ann.opened)
    assert (ann.held, ann.resolved) == (2 * CONTRACT * 180, True)
    assert (bob.profit, bob.spent) == (-120 * CENT, 120 * CENT)
    assert standings.results(desk.connection, 1) == {1: Results(1, 1), 2: Results(1, 0)}


def test_selling_early_realizes_but_the_forecast_stands() -> None:
    desk = Desk(Records())
    (market,) = desk.open_market()
    trade(desk, market)
    desk.bid(market, 3_000, 2, BOB)
    desk.ask(market, 3_000, 2, ANN)
    (ann,) = standings.of_member(desk.connection, 1)
    assert (ann.closed, ann.volume) == (ann.opened, 80 * CENT + 60 * CENT)
    desk.settle(market, 0)
    (ann,) = standings.of_member(desk.connection, 1)
    assert ann.resolved
    assert ann.profit == -20 * CENT - FEE - 29_400  # two takers' fees
    # Ann said 40 % of what did not happen, Bob 60 % of what did: both are off by 0.4.
    error = 2 * CONTRACT * 4_000 * 4_000
    assert standings.accuracies(desk.connection, 1) == {
        1: Accuracy(2 * CONTRACT, error),
        2: Accuracy(2 * CONTRACT, error),
    }
    assert standings.calibration(desk.connection, 1) == [
        Bucket(4, 2 * CONTRACT, 2 * CONTRACT * 4_000, 0, error)
    ]
    assert standings.calibration(desk.connection, 2) == [
        Bucket(6, 2 * CONTRACT, 2 * CONTRACT * 6_000, 2 * CONTRACT * DOLLAR_PRICE, error)
    ]


def test_a_value_between_is_what_forecasts_are_held_against() -> None:
    desk = Desk(Records())
    (market,) = desk.open_market()
    trade(desk, market)
    desk.settle(market, 5_000)
    found = standings.accuracies(desk.connection, 1)
    assert found[1].error == found[2].error == 2 * CONTRACT * 1_000 * 1_000


def test_a_void_leaves_neither_profit_nor_forecast() -> None:
    desk = Desk(Records())
    one, two = desk.open_market("RAIN-26-A", "RAIN-26-B")
    trade(desk, one)
    trade(desk, two)
    desk.bid(two, 3_000, 2, BOB)
    desk.ask(two, 3_000, 2, ANN)
    for market in (one, two):
        desk.run(VoidMarket(market))
    desk.tick(10**12)
    for member in (1, 2):
        for record in standings.of_member(desk.connection, member):
            assert (record.profit, record.void, record.resolved) == (0, True, False)
    assert standings.sums(desk.connection, 0)[1].profit == 0
    assert standings.accuracies(desk.connection, 1) == {}
    assert standings.results(desk.connection, 1) == {}


def test_spans_count_what_happened_in_them() -> None:
    desk = Desk(Records())
    one, two = desk.open_market("RAIN-26-A", "RAIN-26-B")
    trade(desk, one)
    desk.at += HOUR
    later = desk.at
    trade(desk, two)
    desk.settle(one, DOLLAR_PRICE)
    ever, lately = standings.sums(desk.connection, 0), standings.sums(desk.connection, later)
    assert ever[1] == Sums(120 * CENT - 2 * FEE, 160 * CENT, 2)
    assert lately[1] == Sums(120 * CENT - FEE, 80 * CENT, 1)
    assert standings.predictions(desk.connection, 0) == {1: 2, 2: 2}
    assert standings.predictions(desk.connection, later) == {1: 1, 2: 1}
    assert standings.results(desk.connection, later)[1] == Results(1, 1)
    assert standings.results(desk.connection, desk.at + 1) == {}


def test_ever_is_the_sum_of_all_spans() -> None:
    desk = Desk(Records())
    one, two = desk.open_market("RAIN-26-A", "RAIN-26-B")
    for price in (3_000, 4_500, 7_000):
        trade(desk, one, price, 3)
        trade(desk, two, price, 1)
        desk.at += HOUR
    desk.settle(one, DOLLAR_PRICE)
    desk.settle(two, 0)
    assert standings.sums(desk.connection, 0) == standings.sums(desk.connection, NOON)


def test_other_subaccounts_are_left_out() -> None:
    desk = Desk(Records())
    (market,) = desk.open_market()
    side = account_id(1, 1)
    desk.run(OpenAccount(1))
    desk.deposit(side, 10 * DOLLAR)
    desk.ask(market, 4_000, 1, BOB)
    desk.bid(market, 4_000, 1, side)
    desk.settle(market, DOLLAR_PRICE)
    assert standings.of_member(desk.connection, 1) == []
    assert standings.sums(desk.connection, 0).keys() == {2}


def test_one_member_is_read_by_key() -> None:
    desk = Desk(Records())
    plan = desk.plan(lambda connection: standings.of_member(connection, 1))
    assert "SEARCH records" in plan
    plan = desk.plan(lambda connection: standings.sums(connection, NOON))
    assert "SEARCH earnings" in plan
