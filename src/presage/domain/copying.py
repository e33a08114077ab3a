"""How large a copy of somebody's trade is, what it may cost, and at what price.

Everything is rounded so that no cap is passed: sizes down to whole contracts, prices towards the
better for whoever copies. Prices are those of the side that is bought or sold. Who copies whom, and
what is free, is not known here.
"""

from __future__ import annotations

from presage.domain.fees import worst_fee
from presage.domain.markets import on_grid
from presage.domain.orders import ASK, BID, Side
from presage.domain.terms import FeeTerms
from presage.units import CONTRACT, DOLLAR_PRICE, Count, Money, Price

RATIO_ONE = 10_000
"""A ratio in basis points: as many contracts as the leader."""


def yes_price(sign: int, price: Price) -> Price:
    """A side's price in YES terms, and the other way round. `sign`: 1 YES, -1 NO."""
    return price if sign > 0 else DOLLAR_PRICE - price


def buying_side(sign: int) -> Side:
    """The side of the book on which YES (1) or NO (-1) is bought."""
    return BID if sign > 0 else ASK


def outcome(sign: int) -> str:
    """The word for a side."""
    return "yes" if sign > 0 else "no"


def wanted(count: Count, ratio: int) -> Count:
    """The leader's contracts times the ratio, in whole contracts, rounded down."""
    return count * ratio // RATIO_ONE // CONTRACT * CONTRACT


def share(sold: Count, held: Count, copied: Count) -> Count:
    """Of the copied contracts as large a part as the leader sold of what he held: all, or whole
    contracts, rounded down."""
    if sold >= held:
        return copied
    return copied * sold // held // CONTRACT * CONTRACT


def highest(structure: str, sign: int, gross: Money, count: Count, slippage: Price) -> Price:
    """The highest price on the grid that is at most `slippage` above gross / count; 0: none."""
    price = min(gross // count + slippage, DOLLAR_PRICE - 1)
    while price > 0 and not on_grid(structure, yes_price(sign, price)):
        price -= 1
    return max(price, 0)


def lowest(structure: str, sign: int, gross: Money, count: Count, slippage: Price) -> Price:
    """The lowest price on the grid that is at most `slippage` below gross / count; 0: none."""
    price = max(-(-gross // count) - slippage, 1)
    while price < DOLLAR_PRICE and not on_grid(structure, yes_price(sign, price)):
        price += 1
    return price if price < DOLLAR_PRICE else 0


def unit_cost(terms: FeeTerms, sign: int, price: Price) -> Money:
    """What one contract costs at worst: at `price`, with the dearest fee that it may bring."""
    fee = worst_fee(terms, True, buying_side(sign), CONTRACT, yes_price(sign, price))
    return price * CONTRACT + fee


def affordable(money: Money, unit: Money) -> Count:
    """How many whole contracts at `unit` each the money pays for."""
    return max(money, 0) // unit * CONTRACT


def part(money: Money, some: Count, all_: Count) -> Money:
    """The share of an amount that some of all contracts have: rounded down, and the rest goes with
    the last."""
    return money if some >= all_ else money * some // all_
