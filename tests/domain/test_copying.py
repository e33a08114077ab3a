"""Sizes and prices of copies: no cap is ever passed, and nothing is given away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from presage.domain import copying
from presage.domain.fees import terms, trade_fee
from presage.domain.markets import PRICE_STRUCTURES, on_grid
from presage.units import CENT_PRICE, CONTRACT, DOLLAR_PRICE

SIGNS = st.sampled_from([1, -1])
COUNTS = st.integers(1, 1_000_000)
STRUCTURES = st.sampled_from(sorted(PRICE_STRUCTURES))
TERMS = st.sampled_from(
    [
        terms("quadratic", 10_000),
        terms("flat", 10_000),
        terms("quadratic", 0),
        terms("flat", 70_000),
    ]
)


@given(COUNTS, st.integers(1, 50_000))
def test_a_ratio_gives_whole_contracts_and_never_more(count: int, ratio: int) -> None:
    wanted = copying.wanted(count, ratio)
    assert wanted % CONTRACT == 0
    assert wanted * 10_000 <= count * ratio < (wanted + CONTRACT) * 10_000


@given(COUNTS, COUNTS, COUNTS)
def test_a_share_is_never_more_than_the_leaders(sold: int, held: int, copied: int) -> None:
    share = copying.share(sold, held, copied)
    assert 0 <= share <= copied
    if sold >= held:
        assert share == copied
    else:
        assert share * held <= copied * sold < (share + CONTRACT) * held


@given(STRUCTURES, SIGNS, st.integers(1, DOLLAR_PRICE - 1), COUNTS, st.integers(0, 20))
def test_limits_are_the_best_on_the_grid(
    structure: str, sign: int, price: int, count: int, cents: int
) -> None:
    slippage, gross = cents * CENT_PRICE, price * count
    high = copying.highest(structure, sign, gross, count, slippage)
    low = copying.lowest(structure, sign, gross, count, slippage)
    grid = [one for one in range(1, DOLLAR_PRICE) if on_grid(structure, one)]
    own = [copying.yes_price(sign, one) for one in grid]
    assert high == max((one for one in own if one <= price + slippage), default=0)
    assert low == min((one for one in own if one >= price - slippage), default=0)


@given(TERMS, SIGNS, st.integers(1, DOLLAR_PRICE - 1), st.integers(1, 200), st.data())
def test_what_is_affordable_is_paid_for_at_any_price_met(
    fees: object, sign: int, limit: int, contracts: int, data: st.DataObject
) -> None:
    unit = copying.unit_cost(fees, sign, limit)  # type: ignore[arg-type]  # sampled terms
    money = unit * contracts + data.draw(st.integers(0, unit - 1))
    count = copying.affordable(money, unit)
    assert count == contracts * CONTRACT
    met = data.draw(st.integers(1, limit))
    fee = trade_fee(fees, True, count, copying.yes_price(sign, met))  # type: ignore[arg-type]
    assert count * met + fee <= money


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_parts_add_up_to_the_whole(money: int, sales: list[int]) -> None:
    left, count = money, sum(sales)
    for sold in sales:
        gone = copying.part(left, sold, count)
        left, count = left - gone, count - sold
    assert left == 0


def test_nothing_is_affordable_with_less_than_nothing() -> None:
    assert copying.affordable(-5_000_000, 500_000) == 0
