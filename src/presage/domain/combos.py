"""Combos as the rules see them: the legs of a market that pays when all of them come true.

What a combo is worth, by which tickers it goes, and how many of them a member may make. Which
markets may be legs together is for the operator's collections (`catalog/collections.py`) and
`engine/combos.py`; nothing here looks at a market.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from math import prod
from typing import Final

import msgspec

from presage.domain.ids import MarketId
from presage.units import DOLLAR_PRICE, SECOND, Micros, Price

PREFIX: Final = "KXMVE"
"""What the ticker of every combo begins with, and so that of the series they belong to."""
STRUCTURE: Final = "center_deci_edge_centi_cent"
MAX_LEGS: Final = 50
MAX_WEEKLY: Final = 5_000
"""Combos that a member may create in one week, which begins on Monday, 00:00 UTC."""
SIDES: Final = ("yes", "no")

_WEEK: Final[Micros] = 7 * 86_400 * SECOND
_MONDAY: Final[Micros] = 3 * 86_400 * SECOND
"""The epoch was a Thursday: from the Monday before it to there."""


class ComboLeg(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One market that has to come out on this side, yes or no."""

    market: MarketId
    side: str


Legs = tuple[ComboLeg, ...]


def leg_value(side: str, result: str, value: Price) -> Price:
    """What a decided leg counts, when YES of its market is worth `value`. A void one counts 1: the
    combo is then about the others."""
    if result == "void":
        return DOLLAR_PRICE
    return value if side == "yes" else DOLLAR_PRICE - value


def product(values: Sequence[Price]) -> Price:
    """What YES of a combo is worth: the product of its legs' values, rounded **down** to $0.0001
    once, at the end. NO gets the rest of the dollar."""
    scale: int = DOLLAR_PRICE ** (len(values) - 1)
    return prod(values) // scale


def in_order(legs: Sequence[ComboLeg], ordered: bool) -> Legs:
    """The legs in the order that counts: as they were selected, or else always the same."""
    return tuple(legs) if ordered else tuple(sorted(legs, key=lambda leg: (leg.market, leg.side)))


def tickers(series: str, collection: str, legs: Legs) -> tuple[str, str]:
    """The tickers of a combination's event and market. They follow from it alone, so that one
    combination is one market, whoever asks for it and however often."""
    said = f"{collection} " + " ".join(f"{leg.market}:{leg.side}" for leg in legs)
    digest = sha256(said.encode()).hexdigest().upper()
    event = f"{series}-S{digest[:16]}"
    return event, f"{event}-{digest[16:28]}"


def week_of(at: Micros) -> int:
    """The number of the week that a moment is in."""
    return (at + _MONDAY) // _WEEK
