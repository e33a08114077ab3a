"""Fees: the recorded figures, and what holds for every fill however an order is cut up."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.domain import fees
from presage.domain.orders import ASK, BID
from presage.domain.terms import DIRECT_GRID, FREE, FeeTerms
from presage.units import CENT, CONTRACT, DOLLAR, DOLLAR_PRICE

QUADRATIC = fees.terms("quadratic", 10_000)
MAKER = fees.terms("quadratic_with_maker_fees", 10_000)
COMBO = fees.terms("quadratic_with_combo_maker_fees", 10_000)
FLAT = fees.terms("flat", 10_000)
CENT_GRID = fees.terms("quadratic", 10_000, CENT)

ALL_TERMS = st.builds(
    fees.terms,
    st.sampled_from(sorted(fees.MAKER_RATES)),
    st.integers(min_value=0, max_value=50_000),
    st.sampled_from([DIRECT_GRID, CENT]),
)
PRICES = st.integers(min_value=1, max_value=DOLLAR_PRICE - 1)
COUNTS = st.integers(min_value=1, max_value=10**7)


@pytest.mark.parametrize(
    ("price", "count", "fee"),
    [
        (5_200, 1, 17_500),  # 0.07 x 0.52 x 0.48 = 0.017472
        (9_900, 1, 700),  # 0.07 x 0.99 x 0.01 = 0.000693
        (5_000, 100, 1_750_000),  # 0.07 x 100 x 0.25, exact
    ],
)
def test_the_recorded_taker_fees(price: int, count: int, fee: int) -> None:
    assert fees.trade_fee(QUADRATIC, True, count * CONTRACT, price) == fee


@pytest.mark.parametrize(
    ("terms", "fee"),
    [(QUADRATIC, 0), (MAKER, 437_500), (COMBO, 875_000), (FLAT, 250_000)],
)
def test_what_a_maker_pays_for_a_hundred_at_one_half(terms: FeeTerms, fee: int) -> None:
    assert fees.trade_fee(terms, False, 100 * CONTRACT, 5_000) == fee


def test_a_flat_fee_is_the_same_for_both_and_at_any_price() -> None:
    assert {
        fees.trade_fee(FLAT, taker, 3 * CONTRACT, price)
        for taker in (True, False)
        for price in (100, 5_000, 9_900)
    } == {7_500}


def test_a_flat_fee_of_part_of_a_contract_is_rounded_up() -> None:
    assert fees.trade_fee(FLAT, True, 1, 5_000) == 100  # 0.000025 -> 0.0001


def test_a_multiplier_scales_before_the_rounding() -> None:
    half = fees.terms("quadratic", 5_000)
    assert fees.trade_fee(half, True, CONTRACT, 5_200) == 8_800  # 0.008736 -> 0.0088
    assert fees.trade_fee(fees.terms("quadratic", 0), True, CONTRACT, 5_200) == 0
    assert fees.trade_fee(fees.terms("flat", 0), True, CONTRACT, 5_200) == 0


def test_free_terms_cost_nothing() -> None:
    assert fees.trade_fee(FREE, True, 10**9, 5_000) == 0


@given(ALL_TERMS, st.booleans(), COUNTS, PRICES)
def test_the_fee_is_the_formula_rounded_up_once(
    terms: FeeTerms, taker: bool, count: int, price: int
) -> None:
    p, contracts = Fraction(price, DOLLAR_PRICE), Fraction(count, CONTRACT)
    rate = Fraction(terms.taker if taker else terms.maker, fees.RATE_ONE**2)
    exact = (rate * contracts * p * (1 - p) + Fraction(terms.flat, DOLLAR) * contracts) * DOLLAR
    fee = fees.trade_fee(terms, taker, count, price)
    assert 0 <= fee - exact < fees.FEE_STEP
    assert fee % fees.FEE_STEP == 0


@given(ALL_TERMS, st.booleans(), COUNTS, COUNTS, PRICES)
def test_cutting_an_order_up_never_saves_fees(
    terms: FeeTerms, taker: bool, first: int, second: int, price: int
) -> None:
    parts = sum(fees.trade_fee(terms, taker, count, price) for count in (first, second))
    assert parts >= fees.trade_fee(terms, taker, first + second, price)


@given(ALL_TERMS, st.sampled_from([BID, ASK]), COUNTS, PRICES, PRICES)
def test_the_worst_fee_bounds_a_fill_at_every_price_within_the_limit(
    terms: FeeTerms, side: int, count: int, limit: int, price: int
) -> None:
    price = min(price, limit) if side == BID else max(price, limit)
    worst = fees.worst_fee(terms, True, side, count, limit)
    assert fees.trade_fee(terms, True, count, price) <= worst


@given(ALL_TERMS, st.booleans(), st.sampled_from([BID, ASK]), COUNTS, PRICES)
def test_a_reserve_lies_on_the_cash_grid_and_no_step_too_high(
    terms: FeeTerms, taker: bool, side: int, count: int, limit: int
) -> None:
    cost = count * (limit if side == BID else DOLLAR_PRICE - limit)
    worst = fees.worst_fee(terms, taker, side, count, limit)
    assert (cost + worst) % terms.grid == 0
    if not taker:
        fee = fees.trade_fee(terms, terms.young > 0, count, limit)
        assert 0 <= worst - fee < terms.grid


@given(ALL_TERMS, st.sampled_from([BID, ASK]), COUNTS, PRICES)
def test_one_fill_at_the_limit_is_charged_what_was_set_aside(
    terms: FeeTerms, side: int, count: int, limit: int
) -> None:
    cost = count * (limit if side == BID else DOLLAR_PRICE - limit)
    worst = fees.worst_fee(terms, False, side, count, limit)
    fee = fees.trade_fee(terms, terms.young > 0, count, limit)
    assert fees.charge(terms, fee, -cost, 0, worst)[0] == worst


def test_the_worked_example_of_the_cent_grid() -> None:
    """Fills that change cash by half cents and cost 0.0085 each: 0.0150, 0.0050, 0.0150."""
    carry, nets = 0, []
    for _ in range(3):
        net, _, carry = fees.charge(CENT_GRID, 8_500, -125_000, carry, DOLLAR)
        nets.append(net)
    assert nets == [15_000, 5_000, 15_000]
    assert carry == 9_500  # 3 x 0.0065 collected, 0.01 given back


def test_exactly_one_cent_in_the_accumulator_is_not_yet_given_back() -> None:
    assert fees.charge(CENT_GRID, 5_000, 0, 5_000, DOLLAR) == (10_000, 5_000, 10_000)


def test_what_the_cap_takes_away_is_forgone() -> None:
    """And as little more as keeps the cash on its grid: -0.125 - 0.005 is a whole cent."""
    assert fees.charge(CENT_GRID, 8_500, -125_000, 0, 9_000)[0] == 5_000
    assert fees.charge(CENT_GRID, 8_500, -125_000, 0, 4_000)[0] == 4_000, "no whole cent within"
    assert fees.charge(QUADRATIC, 17_500, -520_000, 0, 0)[0] == 0
    assert fees.charge(QUADRATIC, 17_500, -520_000, 0, -5)[0] == 0


@given(
    ALL_TERMS,
    st.lists(st.tuples(st.booleans(), COUNTS, PRICES, st.sampled_from([-1, 1])), max_size=12),
)
def test_an_orders_rounding_never_costs_more_than_a_cent_and_never_pays(
    terms: FeeTerms, fills: list[tuple[bool, int, int, int]]
) -> None:
    carry = trade_fees = net = 0
    for taker, count, price, sign in fills:
        fee = fees.trade_fee(terms, taker, count, price)
        paid, _, carry = fees.charge(terms, fee, sign * count * price, carry, 10**18)
        assert paid >= 0
        assert (sign * count * price - paid) % terms.grid == 0
        trade_fees, net = trade_fees + fee, net + paid
    assert net == trade_fees + carry
    assert carry >= 0


@given(ALL_TERMS, COUNTS, PRICES, st.integers(0, 2 * CENT), st.integers(-CENT, 10**6))
def test_a_charge_stays_within_its_cap(
    terms: FeeTerms, count: int, price: int, carry: int, cap: int
) -> None:
    fee = fees.trade_fee(terms, True, count, price)
    net, rounding, _ = fees.charge(terms, fee, -count * price, carry, cap)
    assert 0 <= net <= max(cap, 0)
    assert rounding <= net
