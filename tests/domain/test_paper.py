"""Paper orders: levels in order, lots first in first out, no cash out of nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from presage.domain import paper
from presage.domain.fees import terms
from presage.domain.orders import ASK, BID
from presage.domain.paper import Closed, Level, Lot, Purse
from presage.domain.terms import FREE
from presage.units import CENT, CONTRACT


def test_levels_are_taken_best_first_and_no_further_than_the_limit() -> None:
    levels = [Level(4_000, 300), Level(4_100, 0), Level(4_200, 500), Level(4_300, 900)]
    assert paper.reachable(levels, BID, 4_200, 600) == [Level(4_000, 300), Level(4_200, 300)]
    assert paper.reachable(levels, BID, 3_900, 600) == []
    bids = [Level(6_000, 300), Level(5_000, 300)]
    assert paper.reachable(bids, ASK, 5_500, 600) == [Level(6_000, 300)]


def test_only_so_many_levels() -> None:
    levels = [Level(price, 1) for price in range(1, 400)]
    assert len(paper.reachable(levels, BID, 9_999, 10_000)) == paper.MOST_LEVELS


def test_closing_takes_the_oldest_lots() -> None:
    purse = Purse(0, 1_000, (Lot("a", 400, 3_000), Lot("b", 600, 5_000)))
    traded = paper.trade(FREE, ASK, [Level(6_000, 700)], purse)
    assert traded.closed == [Closed("a", 400, 400 * 3_000), Closed("b", 300, 300 * 1_000)]
    fill = traded.fills[0]
    assert (fill.closed, fill.position, fill.cash) == (700, 300, 700 * 6_000)
    assert (traded.filled, traded.netted) == (700, 700)


def test_an_order_may_close_and_open_at_once() -> None:
    purse = Purse(10 * CENT * CONTRACT, -200, (Lot("a", 200, 7_000),))
    traded = paper.trade(FREE, BID, [Level(2_000, 300)], purse)
    fill = traded.fills[0]
    # two NO are sold at 80 cents, one YES is bought at 20
    assert (fill.delta, fill.realized, fill.position) == (160 * CENT - 20 * CENT, 20 * CENT, 100)


def test_an_outcome_pays_each_order_its_part() -> None:
    lots = (Lot("a", 100, 3_000), Lot("b", 100, 9_000))
    assert paper.settle(-200, lots, 2_500) == (
        200 * 7_500,
        [Closed("a", 100, 100 * 4_500), Closed("b", 100, -100 * 1_500)],
    )


@given(
    st.integers(-5, 5),
    st.booleans(),
    st.lists(st.tuples(st.integers(1, 99), st.integers(1, 40)), min_size=1, max_size=5),
    st.integers(1, 60),
)
def test_what_is_needed_is_enough(
    held: int, buys: bool, asked: list[tuple[int, int]], quantity: int
) -> None:
    side = BID if buys else ASK
    prices = sorted({price for price, _ in asked}, reverse=not buys)
    levels = [
        Level(price * 100, size * CONTRACT) for price, (_, size) in zip(prices, asked, strict=False)
    ]
    fees, count, limit = terms("quadratic", 10_000), quantity * CONTRACT, prices[-1] * 100
    lots = (Lot("a", abs(held) * CONTRACT, 5_000),) if held else ()
    cash = paper.need(fees, side, limit, count, held * CONTRACT)
    taken = paper.reachable(levels, side, limit, count)
    traded = paper.trade(fees, side, taken, Purse(cash, held * CONTRACT, lots))
    assert traded.filled == min(count, sum(level.size for level in levels))
    assert all(fill.cash >= 0 for fill in traded.fills)
    assert cash + sum(fill.delta for fill in traded.fills) == traded.fills[-1].cash
    signed = traded.filled if buys else -traded.filled
    assert traded.fills[-1].position == held * CONTRACT + signed
    assert traded.netted == min(traded.filled, paper.held_against(side, held * CONTRACT))
