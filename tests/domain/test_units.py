"""Texts become integers exactly, or not at all, and print back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage import units
from presage.units import NotANumber, TooPrecise

AMOUNTS = st.integers(min_value=0, max_value=units.MAX_MONEY)


def test_price_times_count_is_money() -> None:
    assert units.parse_price("0.52") * units.parse_count("3") == units.parse_money("1.56")
    assert units.DOLLAR_PRICE * units.CONTRACT == units.DOLLAR
    assert units.CENT_PRICE * units.CONTRACT == units.CENT


@pytest.mark.parametrize(
    ("text", "price"),
    [("0", 0), ("0.5", 5_000), ("0.52", 5_200), ("0.5205", 5_205), ("1", 10_000), ("007", 70_000)],
)
def test_a_price_has_up_to_four_decimals(text: str, price: int) -> None:
    assert units.parse_price(text) == price


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", ".5", "5.", "+1", "-1", "1e3", "1_000", "0x1", "NaN", "inf", " 1", "1\n", "1,5"],
        *["\uff11", "\u0661", "1" * 16, "0." + "1" * 13],
    ],
)
def test_what_is_not_a_plain_decimal_is_refused(text: str) -> None:
    for parse in (units.parse_price, units.parse_count, units.parse_money):
        with pytest.raises(NotANumber):
            parse(text)


@pytest.mark.parametrize(("text", "places"), [("0.56000", 5), ("0.56001", 5), ("5.38295", 5)])
def test_more_decimals_than_the_unit_holds_are_refused_and_counted(text: str, places: int) -> None:
    with pytest.raises(TooPrecise) as refusal:
        units.parse_price(text)
    assert refusal.value.places == places


@given(st.integers(min_value=0, max_value=units.DOLLAR_PRICE))
def test_prices_print_as_they_are_read(price: int) -> None:
    assert units.parse_price(units.format_price(price)) == price
    assert len(units.format_price(price)) == len("0.5200")


@given(AMOUNTS)
def test_money_prints_as_it_is_read(money: int) -> None:
    assert units.parse_money(units.format_money(money)) == money
    assert units.parse_money(units.format_balance(money)) == money


@given(st.integers(min_value=0, max_value=units.MAX_COUNT))
def test_counts_print_as_they_are_read(count: int) -> None:
    assert units.parse_count(units.format_count(count)) == count


@given(AMOUNTS.filter(bool))
def test_negative_amounts_only_add_a_sign(amount: int) -> None:
    assert units.format_money(-amount) == "-" + units.format_money(amount)
    assert units.format_count(-amount) == "-" + units.format_count(amount)
    assert units.format_balance(-amount) == "-" + units.format_balance(amount)


def test_a_balance_shows_the_decimals_it_needs() -> None:
    assert units.format_balance(98_018_600) == "98.0186"
    assert units.format_balance(98_018_601) == "98.018601"
    assert units.format_balance(5) == "0.000005"


def test_whole_units_are_cut_toward_zero() -> None:
    assert units.whole_cents(98_018_600) == 9_801
    assert units.whole_cents(-19_999) == -1
    assert units.whole_contracts(299) == 2
    assert units.whole_contracts(-299) == -2


@pytest.mark.parametrize(("price", "cents"), [(5_200, 52), (5_249, 52), (5_250, 53), (9_999, 100)])
def test_a_price_in_cents_is_the_nearest(price: int, cents: int) -> None:
    assert units.price_cents(price) == cents
