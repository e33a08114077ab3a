"""How money is shared out between shards: exact shares, and never more than may leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.domain.shards import LEAST, Pot, Sweep, sweeps, targets
from presage.units import CENT, DOLLAR

GRID = 100


def free(dollars: int) -> Pot:
    return Pot(dollars * DOLLAR, dollars * DOLLAR)


def test_what_rounding_leaves_goes_to_the_first_shard_with_a_percentage() -> None:
    assert targets(1_000, {2: 33, 1: 67, 0: 0}, GRID) == {2: 300, 1: 700, 0: 0}


@pytest.mark.parametrize(
    ("pots", "percents", "moves"),
    [
        ({0: free(100)}, {0: 60, 1: 40}, [Sweep(0, 1, 40 * DOLLAR)]),
        ({0: free(60), 1: free(40)}, {0: 60, 1: 40}, []),
        ({0: free(10), 1: free(90)}, {0: 100}, [Sweep(1, 0, 90 * DOLLAR)]),
        (
            {0: free(100)},
            {0: 20, 1: 30, 2: 50},
            [Sweep(0, 1, 30 * DOLLAR), Sweep(0, 2, 50 * DOLLAR)],
        ),
        # Half of it is held back by orders.
        ({0: Pot(100 * DOLLAR, 50 * DOLLAR)}, {1: 100}, [Sweep(0, 1, 50 * DOLLAR)]),
        ({0: Pot(CENT - 100, CENT - 100)}, {1: 100}, []),
        ({}, {0: 100}, []),
    ],
)
def test_sweeps(pots: dict[int, Pot], percents: dict[int, int], moves: list[Sweep]) -> None:
    assert sweeps(pots, percents, GRID) == moves


@st.composite
def wishes(draw: st.DrawFn) -> tuple[dict[int, Pot], dict[int, int], int]:
    money = st.integers(0, 10**9)
    amounts = draw(st.dictionaries(st.integers(0, 5), st.tuples(money, money), max_size=5))
    pots = {shard: Pot(max(pair), min(pair)) for shard, pair in amounts.items()}
    cut = draw(st.integers(0, 100))
    percents = {draw(st.integers(0, 2)): cut, draw(st.integers(3, 5)): 100 - cut}
    return pots, percents, draw(st.sampled_from([100, 10_000]))


@given(wishes())
def test_nobody_gives_more_than_is_free_and_a_second_sweep_finds_nothing(
    wish: tuple[dict[int, Pot], dict[int, int], int],
) -> None:
    pots, percents, grid = wish
    total = sum(pot.shared for pot in pots.values())
    assert sum(targets(total, percents, grid).values()) == total
    after = dict(pots)
    for source, destination, amount in sweeps(pots, percents, grid):
        assert amount % grid == 0
        assert amount >= LEAST
        assert amount <= after[source].free
        after[source] = Pot(after[source].shared - amount, after[source].free - amount)
        got = after.get(destination, Pot(0, 0))
        after[destination] = Pot(got.shared + amount, got.free)
    assert sweeps(after, percents, grid) == []
