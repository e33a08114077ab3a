"""The public order books: how many contracts rest at each price, folded from committed facts.

A book is in YES terms; a door shows asks as bids for NO. It knows no orders and no owners, and
never decides who trades with whom.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, select

from presage.domain.facts import (
    Fact,
    OrderAmended,
    OrderCanceled,
    OrderReduced,
    OrderRested,
    Traded,
)
from presage.domain.ids import MarketId
from presage.domain.orders import ASK, BID, Side
from presage.projections import history
from presage.projections.orders import IS_RESTING, orders
from presage.projections.projection import Entry
from presage.units import DOLLAR_PRICE, Count, Money, Price

Level = tuple[Price, Count]


class Book:
    """One market's levels; `seq` is the journal entry that changed it last, or one before which it
    changed last. `put_up` is the money that rests in it, of both sides. `piece` is the printed
    book, so many levels deep (0: all), until it changes."""

    __slots__ = ("_orders", "_prices", "_sizes", "piece", "piece_depth", "put_up", "seq")

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self.put_up: Money = 0
        self.piece: msgspec.Raw | None = None
        self.piece_depth = 0
        self._sizes: tuple[dict[Price, Count], dict[Price, Count]] = ({}, {})
        self._orders: tuple[dict[Price, int], dict[Price, int]] = ({}, {})
        self._prices: tuple[list[Price], list[Price]] = ([], [])

    def add(self, side: Side, price: Price, count: Count, orders: int = 0) -> None:
        """`count` more contracts, of `orders` more orders, rest at `price`, fewer if negative."""
        self.piece = None
        self.put_up += count * (price if side == BID else DOLLAR_PRICE - price)
        sizes, prices = self._sizes[side], self._prices[side]
        size = sizes.get(price)
        if size is None:
            if count:
                insort(prices, price)
                sizes[price] = count
                self._orders[side][price] = orders
            return
        if size + count:
            sizes[price] = size + count
            self._orders[side][price] += orders
        else:
            del sizes[price], self._orders[side][price]
            del prices[bisect_left(prices, price)]

    def size(self, side: Side, price: Price) -> Count:
        """What rests at a price."""
        return self._sizes[side].get(price, 0)

    def orders(self, side: Side, price: Price) -> int:
        """How many orders rest at a price."""
        return self._orders[side].get(price, 0)

    def bids(self, depth: int = 0) -> list[Level]:
        """YES bids, ascending, the best last; with `depth` only so many of the best."""
        prices, sizes = self._prices[BID], self._sizes[BID]
        best = prices[-depth:] if depth else prices
        return [(price, sizes[price]) for price in best]

    def no_bids(self, depth: int = 0) -> list[Level]:
        """The asks as bids for NO, in NO prices, ascending, the best last."""
        prices, sizes = self._prices[ASK], self._sizes[ASK]
        best = prices[:depth] if depth else prices
        return [(DOLLAR_PRICE - price, sizes[price]) for price in reversed(best)]


class Books:
    """Every market's book. A market that nobody placed an order in has an empty one."""

    def __init__(self) -> None:
        self._books: dict[MarketId, Book] = {}
        self._loaded = 0
        """The journal's end when the books were read: each has changed then or before."""

    def load(self, connection: Connection) -> None:
        """Start from the resting orders of the projection."""
        o = orders.c
        self._loaded = history.last_seq(connection)
        query = (
            select(o.market, o.side, o.price, func.sum(o.remaining), func.count())
            .where(IS_RESTING)
            .group_by(o.market, o.side, o.price)
        )
        for market, side, price, count, number in connection.execute(query):
            self._book(market).add(side, price, int(count), number)

    def apply(self, entry: Entry) -> None:
        """Fold one committed entry."""
        fact: Any
        for fact in entry.facts:
            fold = _FOLDS.get(type(fact))
            if fold is not None:
                book = self._book(fact.market)
                fold(book, fact)
                book.seq = entry.seq

    def book(self, market: MarketId) -> Book:
        """A market's book, to be read at once and not kept."""
        return self._books.get(market) or Book(self._loaded)

    def _book(self, market: MarketId) -> Book:
        book = self._books.get(market)
        if book is None:
            book = self._books[market] = Book(self._loaded)
        return book


def _rested(book: Book, fact: OrderRested) -> None:
    book.add(fact.side, fact.price, fact.remaining, 1)


def _traded(book: Book, fact: Traded) -> None:
    # A block trade is agreed elsewhere and meets no resting order.
    if not fact.block:
        book.add(1 - fact.side, fact.price, -fact.count, -(fact.maker.remaining == 0))


def _reduced(book: Book, fact: OrderReduced) -> None:
    book.add(fact.side, fact.price, -fact.by, -(fact.remaining == 0))


def _canceled(book: Book, fact: OrderCanceled) -> None:
    book.add(fact.side, fact.price, -fact.resting, -(fact.resting > 0))


def _amended(book: Book, fact: OrderAmended) -> None:
    book.add(fact.side, fact.was_price, -fact.was_remaining, -(fact.was_remaining > 0))
    # Otherwise it meets the book again, and what is left of it rests by its own fact.
    if fact.kept:
        book.add(fact.side, fact.price, fact.remaining, fact.remaining > 0)


_FOLDS: Final[dict[type[Fact], Callable[[Book, Any], None]]] = {
    OrderRested: _rested,
    Traded: _traded,
    OrderReduced: _reduced,
    OrderCanceled: _canceled,
    OrderAmended: _amended,
}
