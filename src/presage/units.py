"""Price, Count and Money as integers with a unit, and how they are read and printed.

A price is in 1/10 000 dollar, a count in 1/100 contract, money in micro-dollars, so that
price x count = money holds exactly and no rounding can hide in a product. Texts are parsed by an
ASCII pattern: Python's own `int()` takes full-width digits and underscores. Nothing here rounds;
fees round, in `domain/fees.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

Price = int
"""1/10 000 dollar, in YES terms, 0..10 000."""
Count = int
"""1/100 contract."""
Money = int
"""Micro-dollar (1/1 000 000 dollar)."""
Micros = int
"""Microseconds since the Unix epoch, UTC."""

DOLLAR_PRICE: Final = 10_000
CENT_PRICE: Final = 100
CONTRACT: Final = 100
DOLLAR: Final = 1_000_000
CENT: Final = 10_000
SECOND: Final = 1_000_000
MAX_COUNT: Final = 1_000_000_000 * CONTRACT
"""The largest count an order may name: one thousand million contracts."""
MAX_MONEY: Final = 1_000_000_000_000 * DOLLAR
"""The largest amount one movement of money may name; keeps every sum inside 64 bits."""

_REMEMBERED: Final = 4_096
"""Texts of counts, of amounts and of prices as sent: the same few come again and again."""
_DECIMAL = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,12}))?", re.ASCII)


class NotANumber(ValueError):
    """The text is not a plain decimal such as `12` or `0.5600`."""


class TooPrecise(ValueError):
    """The text has more decimals than the unit holds; `places` says how many it had."""

    def __init__(self, text: str, places: int) -> None:
        super().__init__(f"{text!r} has more decimals than allowed")
        self.places = places


def parse_decimal(text: str, places: int) -> int:
    """Read a non-negative decimal text as an integer of 10**-places.

    Trailing zeros beyond `places` are not forgiven: `"0.56000"` is as wrong as `"0.56001"`, so that
    one rule holds for every value.

    Raises: NotANumber, TooPrecise.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise NotANumber(f"{text[:40]!r} is not a decimal number")
    whole, fraction = match.group(1), match.group(2) or ""
    if len(fraction) > places:
        raise TooPrecise(text, len(fraction))
    return int(whole + fraction.ljust(places, "0"))


@lru_cache(maxsize=_REMEMBERED)
def parse_price(text: str) -> Price:
    """Read dollars as a price: up to 4 decimals. Raises: NotANumber, TooPrecise."""
    return parse_decimal(text, 4)


@lru_cache(maxsize=_REMEMBERED)
def parse_count(text: str) -> Count:
    """Read contracts as a count: up to 2 decimals. Raises: NotANumber, TooPrecise."""
    return parse_decimal(text, 2)


def parse_money(text: str) -> Money:
    """Read dollars as money: up to 6 decimals. Raises: NotANumber, TooPrecise."""
    return parse_decimal(text, 6)


@lru_cache(maxsize=2 * DOLLAR_PRICE)
def format_price(price: Price) -> str:
    """`5200` -> `"0.5200"`."""
    return f"{price // DOLLAR_PRICE}.{price % DOLLAR_PRICE:04d}"


@lru_cache(maxsize=_REMEMBERED)
def format_count(count: Count) -> str:
    """`100` -> `"1.00"`, `-250` -> `"-2.50"`."""
    if count < 0:
        return "-" + format_count(-count)
    return f"{count // CONTRACT}.{count % CONTRACT:02d}"


@lru_cache(maxsize=_REMEMBERED)
def format_money(money: Money) -> str:
    """Dollars with all 6 decimals: `17_500` -> `"0.017500"`."""
    if money < 0:
        return "-" + format_money(-money)
    return f"{money // DOLLAR}.{money % DOLLAR:06d}"


def format_balance(money: Money) -> str:
    """Dollars with 4 decimals, 6 where the amount needs them: `98_018_600` -> `"98.0186"`."""
    text = format_money(money)
    return text[:-2] if text.endswith("00") else text


def whole_cents(money: Money) -> int:
    """Cents, cut toward zero, as Kalshi prints a balance: `98.0186` -> `9801`."""
    return money // CENT if money >= 0 else -(-money // CENT)


def whole_contracts(count: Count) -> int:
    """Contracts, cut toward zero, for the replies of clients that know only whole contracts."""
    return count // CONTRACT if count >= 0 else -(-count // CONTRACT)


def price_cents(price: Price) -> int:
    """Cents of a price, nearest (half up), for the replies of clients that know only cents."""
    return (price + CENT_PRICE // 2) // CENT_PRICE
