"""Paper orders of tournaments: what one trades against a displayed book, and what that does.

The book is only looked at. A player's own earlier takings are left out of it by the caller. Lots
are closed first in, first out, prices and fees are those of a real taker; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from presage.domain.fees import trade_fee, worst_fee
from presage.domain.orders import BID, Side
from presage.domain.payouts import payout
from presage.domain.terms import FeeTerms
from presage.units import DOLLAR_PRICE, Count, Money, Price

MOST_LEVELS: Final = 100
"""Prices at which one order may trade."""


class Level(NamedTuple):
    """What a player may still take at a price of YES."""

    price: Price
    size: Count


class Lot(NamedTuple):
    """Contracts that an earlier order bought, at a price of their own side."""

    trade: str
    size: Count
    price: Price


class Fill(msgspec.Struct, frozen=True, array_like=True):
    """`price` of YES; `closed` of the contracts closed a position, at the profit `realized` before
    the fee; `position` and `cash` are as they were afterwards."""

    price: Price
    count: Count
    fee: Money
    closed: Count
    realized: Money
    delta: Money
    position: Count
    cash: Money


class Closed(NamedTuple):
    """What was closed of an earlier order's contracts, and the profit that this locked in."""

    trade: str
    size: Count
    realized: Money


class Purse(NamedTuple):
    """What a player has: cash, a signed position in the option, and its lots, oldest first."""

    cash: Money
    position: Count
    lots: tuple[Lot, ...]


class Traded(NamedTuple):
    """All that became of an order."""

    fills: list[Fill]
    closed: list[Closed]

    @property
    def filled(self) -> Count:
        return sum(fill.count for fill in self.fills)

    @property
    def netted(self) -> Count:
        return sum(fill.closed for fill in self.fills)


def held_against(side: Side, position: Count) -> Count:
    """Contracts that an order on this side of the book closes before it opens any."""
    return max(-position, 0) if side == BID else max(position, 0)


def need(terms: FeeTerms, side: Side, limit: Price, count: Count, position: Count) -> Money:
    """What an order may cost at worst: contracts that it opens, at its limit, and all fees."""
    opens = max(count - held_against(side, position), 0)
    return opens * _cost(side, limit) + worst_fee(terms, True, side, count, limit)


def reachable(levels: Sequence[Level], side: Side, limit: Price, count: Count) -> list[Level]:
    """The levels, best first, that an order trades with, each cut to what it takes there."""
    found: list[Level] = []
    for level in levels[:MOST_LEVELS]:
        inside = level.price <= limit if side == BID else level.price >= limit
        if not inside or not count:
            break
        if level.size > 0:
            taken = min(level.size, count)
            found.append(Level(level.price, taken))
            count -= taken
    return found


def trade(terms: FeeTerms, side: Side, taken: Sequence[Level], purse: Purse) -> Traded:
    """Take these levels. The purse must have what `need` says."""
    cash, position, lots = purse
    queue = list(lots)
    fills: list[Fill] = []
    closed: list[Closed] = []
    for price, count in taken:
        closing = min(count, held_against(side, position))
        received = closing * (DOLLAR_PRICE - _cost(side, price))
        gone = _close(queue, closing, DOLLAR_PRICE - _cost(side, price))
        paid = (count - closing) * _cost(side, price)
        fee = min(trade_fee(terms, True, count, price), max(cash + received - paid, 0))
        delta = received - paid - fee
        cash += delta
        position += count if side == BID else -count
        assert cash >= 0, "an order costs no more than was asked for"
        realized = sum(one.realized for one in gone)
        fills.append(Fill(price, count, fee, closing, realized, delta, position, cash))
        closed += gone
    return Traded(fills, closed)


def settle(position: Count, lots: Sequence[Lot], value: Price) -> tuple[Money, list[Closed]]:
    """What a position is paid when YES is worth `value`, and what each order gained by it."""
    own = value if position > 0 else DOLLAR_PRICE - value
    return payout(position, value), _close(list(lots), abs(position), own)


def _cost(side: Side, price: Price) -> Price:
    """What opening one contract costs at a price of YES."""
    return price if side == BID else DOLLAR_PRICE - price


def _close(queue: list[Lot], count: Count, own: Price) -> list[Closed]:
    """Take contracts from the oldest lots, each sold at `own`, a price of its side."""
    found: list[Closed] = []
    while count:
        lot = queue.pop(0)
        part = min(lot.size, count)
        if lot.size > part:
            queue.insert(0, lot._replace(size=lot.size - part))
        found.append(Closed(lot.trade, part, part * (own - lot.price)))
        count -= part
    return found
