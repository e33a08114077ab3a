"""What a market maker offers around a fair price: prices on the grid, sizes, what to change.

Pure arithmetic in integers. It decides the house's own quotes and nothing about anybody else's
orders; randomness comes from the caller, so that the same seed gives the same quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final, NamedTuple

import msgspec

from presage.domain.ids import Id
from presage.domain.markets import PRICE_STRUCTURES, Band
from presage.domain.orders import ASK, BID, Side
from presage.units import CONTRACT, DOLLAR_PRICE, Count, Price

LEVELS: Final = 5
"""Prices quoted on each side."""
MAX_POSITION: Final[Count] = 5_000 * CONTRACT
"""Contracts held at which the maker stops buying more of them."""
SKEW: Final[Price] = 600
"""How far the quotes lean against a full position."""
_SPREAD: Final = 2
"""Grid steps between the fair price and the best quotes, within these bounds."""
_NARROWEST: Final[Price] = 30
_WIDEST: Final[Price] = 80
_BLUR: Final = 240
"""Size of the fair price's steps: at one half, _BLUR x p x (1 - p) = 60, which is 0.6 cents."""
_RANGE: Final = 4_000
"""How far the fair price may stray from where it began, in 1/10 000 of p x (1 - p)."""


class Quote(msgspec.Struct, frozen=True):
    """So many contracts at a price, in YES terms."""

    side: Side
    price: Price
    count: Count


class Resting(NamedTuple):
    """One of the maker's own orders; `filled` is what was traded of it already."""

    id: Id
    side: Side
    price: Price
    remaining: Count
    filled: Count


class Change(NamedTuple):
    """Place `quote` (`order` None), amend `order` to it, or cancel `order` (`quote` None)."""

    order: Resting | None
    quote: Quote | None


def _spread_of(price: Price) -> int:
    """p x (1 - p) in 1/10 000: what a price can still move is less near 0 and 1."""
    return price * (DOLLAR_PRICE - price) // DOLLAR_PRICE


def wander(random: Random, fair: Price, home: Price) -> Price:
    """The next fair price of a random walk that stays around `home`."""
    blur = max(_BLUR * _spread_of(fair) // DOLLAR_PRICE, 3)
    reach = max(_RANGE * _spread_of(home) // DOLLAR_PRICE, 20)
    moved = fair + random.randint(-blur, blur)
    return max(home - reach, 1, min(home + reach, DOLLAR_PRICE - 1, moved))


def grid_down(structure: str, price: Price) -> Price:
    """The highest price that an order may name at or below `price`; 0 when there is none."""
    for band in reversed(PRICE_STRUCTURES[structure]):
        if price > band.start:
            top = min(price, band.end, DOLLAR_PRICE - 1)
            return top - (top - band.start) % band.step
    return 0


def grid_up(structure: str, price: Price) -> Price:
    """The lowest price that an order may name at or above `price`; 10 000 when there is none."""
    for band in PRICE_STRUCTURES[structure]:
        if price < band.end:
            low = max(price, band.start, 1)
            return low + (band.start - low) % band.step
    return DOLLAR_PRICE


def step_at(structure: str, price: Price) -> Price:
    """The grid's step around a price."""

    def holds(band: Band) -> bool:
        return band.start <= price <= band.end

    return next(band.step for band in PRICE_STRUCTURES[structure] if holds(band))


def ladder(
    random: Random,
    structure: str,
    fair: Price,
    position: Count,
    size: Count,
    ask_limit: Price = 0,
) -> list[Quote]:
    """The quotes of both sides, best first, bids before asks.

    They lean away from a position, and stop adding to it at MAX_POSITION. With `ask_limit` the best
    ask never stands above that price, whatever is held; it then has at least `size` contracts.
    """
    lean = SKEW * min(max(position, -MAX_POSITION), MAX_POSITION) // MAX_POSITION
    centre = min(max(fair - lean * _spread_of(fair) * 4 // DOLLAR_PRICE, 1), DOLLAR_PRICE - 1)
    half = min(max(_SPREAD * step_at(structure, centre), _NARROWEST), _WIDEST)
    ask = grid_up(structure, centre + half)
    if ask_limit:
        ask = min(ask, grid_down(structure, ask_limit))
    bid = grid_down(structure, min(centre - half, ask - 1))
    quotes = []
    if position < MAX_POSITION:
        quotes += _side(random, structure, BID, bid, size)
    if position > -MAX_POSITION:
        quotes += _side(random, structure, ASK, ask, size)
    elif ask_limit:
        quotes.append(Quote(ASK, ask, size))
    return quotes


def _side(random: Random, structure: str, side: Side, best: Price, size: Count) -> list[Quote]:
    """Neighbouring prices from the best outwards, more contracts the farther out."""
    unit = CONTRACT if structure == "linear_cent" else CONTRACT // 4
    quotes, price = [], best
    for level in range(LEVELS):
        if not 0 < price < DOLLAR_PRICE:
            break
        count = size * random.randint(100, 160) * (level + 2) // 200
        quotes.append(Quote(side, price, max(count - count % unit, unit)))
        if side == BID:
            price = grid_down(structure, price - 1)
        else:
            price = grid_up(structure, price + 1)
    return quotes


def changes(resting: Sequence[Resting], wanted: Sequence[Quote]) -> list[Change]:
    """What turns the resting orders into the wanted quotes, in an order that never crosses itself.

    An order at a wanted price stays while a third of the size is left, so that a small move of the
    fair price changes one order a side. Asks move first where the new bids would meet old ones.
    """
    best_bid = max((quote.price for quote in wanted if quote.side == BID), default=0)
    old_ask = min((order.price for order in resting if order.side == ASK), default=DOLLAR_PRICE)
    sides = (ASK, BID) if best_bid >= old_ask else (BID, ASK)
    return [
        change
        for side in sides
        for change in _side_changes(
            [order for order in resting if order.side == side],
            [quote for quote in wanted if quote.side == side],
        )
    ]


def _side_changes(resting: list[Resting], wanted: list[Quote]) -> list[Change]:
    open_quotes = {quote.price: quote for quote in wanted}
    changed: list[Change] = []
    leftover: list[Resting] = []
    for order in resting:
        quote = open_quotes.pop(order.price, None)
        if quote is None:
            leftover.append(order)
        elif order.remaining * 3 < quote.count:
            changed.append(Change(order, quote))
    for quote in open_quotes.values():
        changed.append(Change(leftover.pop() if leftover else None, quote))
    return changed + [Change(order, None) for order in leftover]
