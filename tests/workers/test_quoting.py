"""The house's quotes: on the grid, never crossing each other, leaning against what is held."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.domain.markets import PRICE_STRUCTURES, on_grid
from presage.domain.orders import ASK, BID
from presage.units import CONTRACT, DOLLAR_PRICE
from presage.workers.quoting import (
    MAX_POSITION,
    Change,
    Quote,
    Resting,
    changes,
    grid_down,
    grid_up,
    ladder,
    wander,
)

STRUCTURES = st.sampled_from(sorted(PRICE_STRUCTURES))
PRICES = st.integers(1, DOLLAR_PRICE - 1)
POSITIONS = st.integers(-2 * MAX_POSITION, 2 * MAX_POSITION)
SIZE = 50 * CONTRACT


def best(quotes: list[Quote], side: int) -> int:
    prices = [quote.price for quote in quotes if quote.side == side]
    if not prices:
        return 0 if side == BID else DOLLAR_PRICE
    return max(prices) if side == BID else min(prices)


@given(STRUCTURES, PRICES)
def test_the_nearest_prices_are_on_the_grid_and_nothing_lies_between(
    structure: str, price: int
) -> None:
    down, up = grid_down(structure, price), grid_up(structure, price)
    assert down <= price <= up
    assert down == 0 or on_grid(structure, down)
    assert up == DOLLAR_PRICE or on_grid(structure, up)
    assert not any(on_grid(structure, p) for p in range(down + 1, up) if p != price)
    assert (down == up) == on_grid(structure, price)


@given(STRUCTURES, PRICES, POSITIONS, st.integers(0, 2**32))
def test_a_ladder_stands_on_the_grid_and_does_not_cross_itself(
    structure: str, fair: int, position: int, seed: int
) -> None:
    quotes = ladder(Random(seed), structure, fair, position, SIZE)
    assert all(on_grid(structure, quote.price) and quote.count > 0 for quote in quotes)
    assert len({(quote.side, quote.price) for quote in quotes}) == len(quotes)
    assert best(quotes, BID) < best(quotes, ASK)


@pytest.mark.parametrize("fair", [500, 3_000, 5_000, 7_000, 9_500])
def test_both_sides_of_an_ordinary_market_are_quoted(fair: int) -> None:
    quotes = ladder(Random(1), "linear_cent", fair, 0, SIZE)
    assert {quote.side for quote in quotes} == {BID, ASK}
    assert best(quotes, ASK) - best(quotes, BID) <= 300


def test_a_position_pushes_the_quotes_away_and_ends_the_buying() -> None:
    flat = ladder(Random(1), "linear_cent", 5_000, 0, SIZE)
    long = ladder(Random(1), "linear_cent", 5_000, MAX_POSITION // 2, SIZE)
    full = ladder(Random(1), "linear_cent", 5_000, MAX_POSITION, SIZE)
    assert best(long, BID) < best(flat, BID)
    assert best(long, ASK) < best(flat, ASK)
    assert {quote.side for quote in full} == {ASK}


@given(PRICES, POSITIONS, st.integers(0, 2**32))
def test_a_promised_ask_is_kept_whatever_is_held(fair: int, position: int, seed: int) -> None:
    quotes = ladder(Random(seed), "linear_cent", fair, position, SIZE, ask_limit=3_400)
    offered = [quote for quote in quotes if quote.side == ASK and quote.price <= 3_400]
    assert sum(quote.count for quote in offered) >= SIZE


@given(PRICES, st.integers(0, 2**32))
def test_a_fair_price_stays_around_its_home(home: int, seed: int) -> None:
    random, fair = Random(seed), home
    for _ in range(50):
        fair = wander(random, fair, home)
        assert 0 < fair < DOLLAR_PRICE
        assert abs(fair - home) <= 1_000


def resting(quotes: list[Quote]) -> list[Resting]:
    return [Resting(i, q.side, q.price, q.count, 0) for i, q in enumerate(quotes)]


def carried_out(mine: list[Resting], todo: list[Change]) -> list[Quote]:
    """The book of one's own orders after the changes; none may meet another on the way."""
    book = {order.id: Quote(order.side, order.price, order.remaining) for order in mine}
    for number, change in enumerate(todo, 1_000):
        key = number if change.order is None else change.order.id
        if change.quote is None:
            del book[key]
        else:
            book[key] = change.quote
        assert best(list(book.values()), BID) < best(list(book.values()), ASK)
    return list(book.values())


@given(PRICES, PRICES, POSITIONS, st.integers(0, 2**32))
def test_changes_lead_from_any_ladder_to_any_other_without_crossing(
    before: int, after: int, position: int, seed: int
) -> None:
    random = Random(seed)
    mine = resting(ladder(random, "linear_cent", before, 0, SIZE))
    wanted = ladder(random, "linear_cent", after, position, SIZE)
    book = carried_out(mine, changes(mine, wanted))
    assert {(q.side, q.price) for q in book} == {(q.side, q.price) for q in wanted}


def test_a_small_move_changes_one_order_a_side() -> None:
    mine = resting(ladder(Random(1), "linear_cent", 5_000, 0, SIZE))
    assert changes(mine, ladder(Random(2), "linear_cent", 5_000, 0, SIZE)) == []
    assert len(changes(mine, ladder(Random(2), "linear_cent", 5_100, 0, SIZE))) == 2


def test_what_was_taken_is_put_back() -> None:
    quotes = ladder(Random(1), "linear_cent", 5_000, 0, SIZE)
    taken = Resting(0, quotes[0].side, quotes[0].price, CONTRACT, quotes[0].count - CONTRACT)
    assert changes([taken, *resting(quotes)[1:]], quotes) == [Change(taken, quotes[0])]
