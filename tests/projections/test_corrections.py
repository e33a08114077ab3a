"""What the tables say once an outcome that was paid has been corrected."""

from __future__ import annotations

from presage.domain.commands import Move
from presage.projections import postings, settlements, standings
from presage.projections.markets import Markets, all_markets
from presage.projections.positions import Positions, of_markets
from presage.projections.postings import Postings
from presage.projections.records import MINUTE, Records
from presage.projections.settlements import Settlements
from presage.projections.standings import Accuracy, Results, Sums
from presage.projections.transfers import Transfers
from presage.units import CENT, CONTRACT, DOLLAR, DOLLAR_PRICE
from tests.projections.desk import ANN, BOB, Desk

FEE = 33_600
"""Of the taker of 2 contracts at 40 cents: 0.07 x 2 x 0.4 x 0.6, rounded up to $0.0001."""


def corrected(desk: Desk) -> int:
    """Ann held 2 YES at 40 cents and was paid as the winner, which she was not."""
    (market,) = desk.open_market()
    desk.ask(market, 4_000, 2)
    desk.bid(market, 4_000, 2)
    desk.settle(market, DOLLAR_PRICE)
    desk.at += 90 * MINUTE
    desk.correct(market, 0, (ANN, 2), (BOB, -2))
    return market


def test_settlements_say_what_it_pays_by_now_and_keep_their_place() -> None:
    desk = Desk(Settlements())
    market = corrected(desk)
    (ann,) = settlements.page(desk.connection, [ANN], 9)
    (bob,) = settlements.page(desk.connection, [BOB], 9)
    assert (ann.result, ann.value, ann.revenue, ann.realized) == ("no", 0, 0, -80 * CENT)
    assert (bob.result, bob.value, bob.revenue, bob.realized) == ("no", 0, 2 * DOLLAR, 80 * CENT)
    assert (ann.corrected, bob.corrected) == (-2 * DOLLAR, 2 * DOLLAR)
    assert (ann.position, ann.cost, ann.fees) == (2 * CONTRACT, 80 * CENT, FEE)
    assert ann.at < desk.at - 80 * MINUTE
    assert settlements.holders(desk.connection, [market], 9) == [
        (market, ANN, 2 * CONTRACT),
        (market, BOB, -2 * CONTRACT),
    ]
    assert settlements.holders(desk.connection, [market + 1], 9) == []


def test_positions_have_the_profit_that_it_left() -> None:
    desk = Desk(Positions())
    market = corrected(desk)
    (ann,) = of_markets(desk.connection, ANN, [market])
    (bob,) = of_markets(desk.connection, BOB, [market])
    assert (ann.position, ann.realized, bob.realized) == (0, -80 * CENT, 80 * CENT)


def test_records_and_forecasts_are_judged_by_the_corrected_outcome() -> None:
    desk = Desk(Records())
    corrected(desk)
    (ann,) = standings.of_member(desk.connection, 1)
    (bob,) = standings.of_member(desk.connection, 2)
    assert (ann.profit, bob.profit) == (-80 * CENT - FEE, 80 * CENT)
    assert (ann.closed, ann.resolved) == (ann.opened, True)
    assert standings.results(desk.connection, 1) == {1: Results(1, 0), 2: Results(1, 1)}
    # Ann said 40 % of what did not happen, Bob 60 % of what did.
    error = 2 * CONTRACT * 4_000 * 4_000
    accuracy = Accuracy(2 * CONTRACT, error)
    assert standings.accuracies(desk.connection, 1) == {1: accuracy, 2: accuracy}
    # What it took back counts when it did so.
    lately = standings.sums(desk.connection, desk.at - 30 * MINUTE)
    assert lately == {1: Sums(-2 * DOLLAR, 0, 0), 2: Sums(2 * DOLLAR, 0, 0)}


def test_markets_say_how_they_came_out() -> None:
    desk = Desk(Markets())
    corrected(desk)
    (row,) = all_markets(desk.connection)
    assert (row.status, row.result, row.value, row.updated_at) == ("finalized", "no", 0, desk.at)
    assert row.settled_at < desk.at


def test_the_ledger_has_it_as_one_movement() -> None:
    desk = Desk(Postings(), Transfers())
    (market,) = desk.open_market()
    desk.ask(market, 4_000, 2)
    desk.bid(market, 4_000, 2)
    desk.settle(market, DOLLAR_PRICE)
    cash = desk.engine.state.accounts[ANN].cash
    desk.run(Move(((f"cash:{ANN}", DOLLAR - cash), ("world", cash - DOLLAR)), "away", "withdrawal"))
    desk.correct(market, 0, (ANN, 2), (BOB, -2))
    rows = postings.page(desk.connection, 9, None, kind="correction")
    assert {(row.account, row.amount) for row in rows} == {
        (f"cash:{ANN}", -DOLLAR),
        (f"cash:{BOB}", 2 * DOLLAR),
        (f"house:cover:{ANN}", -DOLLAR),
    }
    assert len({row.id for row in rows}) == 1
