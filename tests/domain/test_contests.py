"""Pots are shared out to the last cent, whoever wins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.domain.contests import Prize, Split, implied_bps, share_out, split_pot

CENTS = st.integers(1, 10_000_000)


@given(CENTS, st.integers(0, 10_000))
def test_a_split_pays_the_whole_pot(pot: int, value: int) -> None:
    split = split_pot(pot, value)
    assert split.yes + split.no == pot
    assert split.yes * 10_000 <= pot * value < (split.yes + 1) * 10_000


def test_ends_of_a_split() -> None:
    assert split_pot(3_000, 10_000) == Split(3_000, 0)
    assert split_pot(3_000, 0) == Split(0, 3_000)
    assert split_pot(3_001, 5_000) == Split(1_500, 1_501)


@pytest.mark.parametrize(
    ("stake", "other", "bps"), [(100, 100, 5_000), (100, 200, 3_333), (1, 10**7, 1)]
)
def test_implied_probability(stake: int, other: int, bps: int) -> None:
    assert implied_bps(stake, other) == bps
    assert implied_bps(10**7, 1) == 9_999


@st.composite
def rules(draw: st.DrawFn) -> tuple[int, list[Prize]]:
    """A pool and prizes that it can pay."""
    pool = draw(st.integers(0, 1_000_000))
    left, whole, prizes = pool, 10_000, []
    for rank in range(1, draw(st.integers(1, 8)) + 1):
        if draw(st.booleans()):
            amount = draw(st.integers(0, left))
            left -= amount
            prizes.append(Prize(rank, 0, amount))
        else:
            share = draw(st.integers(0, whole))
            whole -= share
            prizes.append(Prize(rank, share))
    return pool, prizes


@given(rules(), st.integers(0, 12))
def test_prizes_sum_to_the_pool(told: tuple[int, list[Prize]], winners: int) -> None:
    pool, prizes = told
    shares = share_out(pool, prizes, winners)
    assert len(shares) == winners
    assert sum(shares) == (pool if winners else 0)
    assert all(share >= 0 for share in shares)
    for prize in prizes[1:winners]:
        if prize.amount_cents:
            assert shares[prize.rank - 1] == prize.amount_cents
