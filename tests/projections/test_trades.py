"""Public trades are listed newest first, and pages stay where they were while more arrive."""

from __future__ import annotations

from presage.domain.orders import ASK, BID
from presage.projections import trades
from presage.units import CONTRACT, SECOND
from tests.feeds.kit import NOON, Exchange


def trade(ex: Exchange, market: int, price: int, takes_bid: bool = False) -> None:
    maker, taker = (BID, ASK) if takes_bid else (ASK, BID)
    ex.place(1, market, maker, price, CONTRACT)
    ex.place(2, market, taker, price, CONTRACT)


def test_a_trade_says_price_and_the_takers_side() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        trade(ex, market, 5_200)
        trade(ex, market, 4_100, takes_bid=True)
        newest, oldest = trades.page(ex.connection, 10)
    assert (newest.price, newest.side, newest.count) == (4_100, ASK, CONTRACT)
    assert (oldest.price, oldest.side, oldest.at) == (5_200, BID, NOON)
    assert not newest.block


def test_pages_do_not_shift() -> None:
    with Exchange() as ex:
        first, second = ex.set_up(2)
        for step in range(6):
            ex.now += SECOND
            trade(ex, (first, second)[step % 2], 1_000 + 100 * step)
        page = trades.page(ex.connection, 2, market=first)
        trade(ex, first, 9_000)
        rest = trades.page(ex.connection, 2, (page[-1].at, page[-1].id), market=first)
    assert [row.price for row in page + rest] == [1_400, 1_200, 1_000]


def test_trades_of_one_entry_at_the_same_time_are_not_lost_between_pages() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        for price in (5_000, 5_100, 5_200):
            ex.place(1, market, ASK, price, CONTRACT)
        ex.place(2, market, BID, 5_200, 3 * CONTRACT)
        found, place = [], None
        while page := trades.page(ex.connection, 1, place):
            found += [row.price for row in page]
            place = page[-1].at, page[-1].id
    assert found == [5_200, 5_100, 5_000]


def test_a_time_range_includes_both_ends() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        for step in range(4):
            trade(ex, market, 1_000 + 100 * step)
            ex.now += SECOND
        found = trades.page(ex.connection, 9, since=NOON + SECOND, until=NOON + 2 * SECOND)
    assert [row.price for row in found] == [1_200, 1_100]


def test_asking_for_blocks_reads_no_other_trade() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        trade(ex, market, 5_200)
        plans: list[str] = []
        ex.raw.set_trace_callback(plans.append)
        assert trades.page(ex.connection, 10, block=True) == []
        assert len(trades.page(ex.connection, 10, block=False)) == 1
        ex.raw.set_trace_callback(None)
        plan = ex.raw.execute("EXPLAIN QUERY PLAN " + plans[0]).fetchall()
    assert "trades_blocks" in str(plan)
