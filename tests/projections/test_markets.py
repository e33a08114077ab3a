"""The rows of series, events and markets say what facts said."""

from __future__ import annotations

import pytest

from presage.domain import commands as c
from presage.domain.orders import ASK, BID
from presage.projections import exchange, fee_changes, markets
from presage.units import CONTRACT
from tests.feeds.kit import HOUR, MINUTE, NOON, Exchange


def only_market(ex: Exchange) -> markets.MarketRow:
    (row,) = markets.all_markets(ex.connection)
    return row


def test_a_new_market_has_an_untouched_book_and_no_outcome() -> None:
    with Exchange() as ex:
        ex.set_up(structure="deci_cent", open_at=NOON + HOUR)
        row = only_market(ex)
    assert (row.status, row.structure, row.created_at) == ("initialized", "deci_cent", NOON)
    assert (row.bid, row.ask, row.last_price, row.volume, row.result) == (0, 0, 0, 0, "")


def test_trading_moves_quotes_price_volume_and_open_interest() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.place(1, market, ASK, 5200, 3 * CONTRACT)
        ex.place(1, market, ASK, 5300, 2 * CONTRACT)
        ex.place(1, market, BID, 4700, 4 * CONTRACT)
        ex.place(2, market, BID, 5300, 350)
        row = only_market(ex)
    assert (row.bid, row.bid_size, row.ask, row.ask_size) == (4700, 400, 5300, 150)
    # two trades: 3 contracts at .52, half a one at .53
    assert (row.last_price, row.volume, row.open_interest) == (5300, 350, 350)
    assert row.updated_at == NOON, "trading is no update of a market"


def test_asks_that_are_used_up_leave_one_dollar() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.place(1, market, ASK, 5200, CONTRACT)
        ex.place(2, market, BID, 5200, CONTRACT)
        row = only_market(ex)
    assert (row.bid, row.bid_size, row.ask, row.ask_size) == (0, 0, 10_000, 0)


def test_life_from_pause_to_settlement() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up(timer=HOUR)
        ex.place(1, market, ASK, 5200, CONTRACT)
        ex.place(2, market, BID, 5200, CONTRACT)
        ex.now += MINUTE
        ex.do(c.PauseMarket(market))
        assert only_market(ex).status == "inactive"
        ex.do(c.ResumeMarket(market))
        ex.do(c.CloseMarket(market))
        closed = only_market(ex)
        assert (closed.status, closed.close_at) == ("closed", ex.now)
        ex.do(c.DetermineMarket(market, 2_500))
        ex.do(c.DisputeMarket(market))
        assert only_market(ex).status == "disputed"
        ex.do(c.AmendMarket(market, 10_000))
        amended = only_market(ex)
        assert (amended.status, amended.result, amended.value) == ("amended", "yes", 10_000)
        ex.pass_time(HOUR)
        row = only_market(ex)
    assert (row.status, row.result, row.settled_at) == ("finalized", "yes", ex.now)
    assert row.open_interest == CONTRACT, "a settled market keeps what its last trade left"


def test_times_and_grid_can_be_moved() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        ex.now += MINUTE
        ex.do(c.SetMarketTimes(market, close_at=NOON + HOUR))
        ex.do(c.SetPriceStructure(market, "deci_cent"))
        row = only_market(ex)
    assert (row.close_at, row.structure, row.updated_at) == (NOON + HOUR, "deci_cent", ex.now)


def test_fees_change_and_every_change_is_kept() -> None:
    with Exchange() as ex:
        ex.set_up()
        for multiplier in (5_000, 20_000):
            ex.now += MINUTE
            ex.do(c.SetSeriesFees(1, "quadratic_with_maker_fees", multiplier))
            ex.do(c.SetEventFees(1, "flat", multiplier))
        ex.do(c.SetEventFees(1))
        (series,) = markets.all_series(ex.connection)
        (event,) = markets.all_events(ex.connection)
        of_series = fee_changes.of_series(ex.connection, 1, 10)
        newest = fee_changes.of_events(ex.connection, None, 2, None)
        rest = fee_changes.of_events(ex.connection, 1, 2, newest[-1].id)
        none = fee_changes.of_events(ex.connection, 2, 10, None)
    assert (series.fee_type, series.multiplier) == ("quadratic_with_maker_fees", 20_000)
    assert event.fee_type == ""
    assert [change.multiplier for change in of_series] == [20_000, 5_000]
    assert [change.fee_type for change in newest] == ["", "flat"]
    assert [change.multiplier for change in rest] == [5_000]
    assert none == []


@pytest.mark.parametrize(("active", "trading"), [(True, False), (False, False), (True, True)])
def test_the_exchange_says_whether_it_is_open(active: bool, trading: bool) -> None:
    with Exchange() as ex:
        assert exchange.is_active(ex.connection) == (True, True)
        ex.do(c.SetPause(False, False))
        ex.do(c.SetPause(active, trading))
        assert exchange.is_active(ex.connection) == (active, trading)
