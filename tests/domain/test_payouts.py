"""A YES and a NO contract together always pay one dollar, whatever the value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.domain.payouts import payout
from presage.units import DOLLAR_PRICE

VALUES = st.integers(min_value=0, max_value=DOLLAR_PRICE)
COUNTS = st.integers(min_value=0, max_value=10**11)


@pytest.mark.parametrize(
    ("position", "value", "paid"),
    [
        (300, 10_000, 3_000_000),
        (300, 0, 0),
        (-300, 10_000, 0),
        (-300, 0, 3_000_000),
        (150, 3_333, 499_950),
        (-150, 3_333, 1_000_050),
        (0, 5_000, 0),
    ],
)
def test_payouts(position: int, value: int, paid: int) -> None:
    assert payout(position, value) == paid


@given(COUNTS, VALUES)
def test_a_pair_pays_a_dollar(count: int, value: int) -> None:
    assert payout(count, value) + payout(-count, value) == count * DOLLAR_PRICE
