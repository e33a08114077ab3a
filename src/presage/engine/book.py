"""Price-time priority: the resting orders of one market, in YES terms.

Each price level is a queue linked through the orders themselves, so that joining, leaving from the
middle and looking at the front cost the same however long the queue is. The prices of each side
stand in a sorted list whose last element is the best, so that finding the best price costs nothing
and a level that comes or goes costs one `bisect`. The book does not decide who may trade.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

from presage.domain.ids import Id, MemberId
from presage.domain.orders import ASK, BID, Side
from presage.domain.terms import FeeTerms
from presage.units import DOLLAR_PRICE, Count, Micros, Money, Price

if TYPE_CHECKING:
    from presage.engine.state import Account, Group, Holding, Market


class Order:
    """An open order: on its way through the book (`level` is None) or resting in it.

    `rank` grows with every order that comes to rest anywhere, so it is the order's age for
    priority; it came at `rested_at`; `budget` is what is left of the fees its reserve provides for;
    `full` is its reserve if no held contracts covered it; `carry` its rounding accumulator; `spent`
    what an arriving order has paid so far; `avoid` are members whom an arriving one must not meet.
    `prev` and `next` link it at its price, `older` and `newer` among the account's own on its side.
    """

    __slots__ = (
        "account",
        "avoid",
        "budget",
        "cancel_on_pause",
        "carry",
        "client_order_id",
        "expires_at",
        "filled",
        "full",
        "group",
        "holding",
        "id",
        "level",
        "market",
        "max_cost",
        "newer",
        "next",
        "older",
        "post_only",
        "prev",
        "price",
        "rank",
        "reduce_only",
        "remaining",
        "rested_at",
        "side",
        "spent",
        "stp",
        "terms",
        "tif",
    )

    def __init__(
        self,
        id: Id,
        account: Account,
        market: Market,
        holding: Holding,
        side: Side,
        price: Price,
        remaining: Count,
        terms: FeeTerms,
        tif: str = "",
        client_order_id: str = "",
        expires_at: Micros = 0,
        post_only: bool = False,
        reduce_only: bool = False,
        stp: str = "",
        cancel_on_pause: bool = False,
        max_cost: Money = 0,
    ) -> None:
        self.id = id
        self.account = account
        self.market = market
        self.holding = holding
        self.side = side
        self.price = price
        self.remaining = remaining
        self.terms = terms
        self.tif = tif
        self.client_order_id = client_order_id
        self.expires_at = expires_at
        self.post_only = post_only
        self.reduce_only = reduce_only
        self.stp = stp
        self.cancel_on_pause = cancel_on_pause
        self.max_cost = max_cost
        self.group: Group | None = None
        self.avoid: tuple[MemberId, ...] = ()
        self.filled: Count = 0
        self.spent: Money = 0
        self.carry: Money = 0
        self.budget: Money = 0
        self.full: Money = 0
        self.rank = 0
        self.rested_at: Micros = 0
        self.level: Level | None = None
        self.prev: Order | None = None
        self.next: Order | None = None
        self.older: Order | None = None
        self.newer: Order | None = None


class Level:
    """All orders at one price of one side, oldest first."""

    __slots__ = ("newest", "oldest", "price", "size")

    def __init__(self, price: Price) -> None:
        self.price = price
        self.size: Count = 0
        self.oldest: Order | None = None
        self.newest: Order | None = None


PRICES: Final = tuple(range(DOLLAR_PRICE + 1))
"""Each price once: all levels and resting orders share these, so that looking at a price does not
fetch a number of its own from memory."""
NO_BID: Final = Level(0)
NO_ASK: Final = Level(DOLLAR_PRICE)
"""The best level of an empty side: a price that no order reaches, so nothing crosses it."""


class Book:
    """Both sides of a market. `bid` and `ask` are the best levels. `keys(side)` are sorted so that
    the best comes last: bids by price, asks by price with its sign turned."""

    # No container between a market and its levels: each would be a place in memory of its own.
    __slots__ = ("_asks", "_asks_keys", "_bids", "_bids_keys", "ask", "bid")

    def __init__(self) -> None:
        self._bids: dict[Price, Level] = {}
        self._asks: dict[Price, Level] = {}
        self._bids_keys: list[int] = []
        self._asks_keys: list[int] = []
        self.bid = NO_BID
        self.ask = NO_ASK

    def levels(self, side: Side) -> dict[Price, Level]:
        """The levels of a side by price."""
        return self._asks if side == ASK else self._bids

    def keys(self, side: Side) -> list[int]:
        """The levels of a side in order, the best last."""
        return self._asks_keys if side == ASK else self._bids_keys

    def first(self, side: Side, price: Price) -> Order | None:
        """Whom an order of `side` at `price` meets first: the oldest of the best opposite level, if
        it reaches that."""
        if side == BID:
            return self.ask.oldest if self.ask.price <= price else None
        return self.bid.oldest if self.bid.price >= price else None

    def add(self, order: Order) -> None:
        """Join the back of the queue at the order's price."""
        level = self.levels(order.side).get(order.price)
        if level is None:
            level = self._open(order.side, order.price)
        newest = level.newest
        if newest is None:
            level.oldest = order
        else:
            newest.next = order
            order.prev = newest
        level.newest = order
        level.size += order.remaining
        order.level = level
        order.price = level.price

    def reduce(self, order: Order, by: Count) -> None:
        """Take contracts away; the order keeps its place. Does not touch `order.remaining`."""
        level = order.level
        assert level is not None
        level.size -= by

    def remove(self, order: Order) -> None:
        """Leave the queue with whatever the order still has at the level."""
        level = order.level
        assert level is not None
        before, after = order.prev, order.next
        if before is None:
            level.oldest = after
        else:
            before.next = after
        if after is None:
            level.newest = before
        else:
            after.prev = before
        level.size -= order.remaining
        order.level = order.prev = order.next = None
        if level.oldest is None:
            self._drop(order.side, level.price)

    def _open(self, side: Side, price: Price) -> Level:
        price = PRICES[price]
        level = self.levels(side)[price] = Level(price)
        if side == BID:
            insort(self._bids_keys, price)
            if price > self.bid.price:
                self.bid = level
        else:
            insort(self._asks_keys, -price)
            if price < self.ask.price:
                self.ask = level
        return level

    def _drop(self, side: Side, price: Price) -> None:
        levels, keys = self.levels(side), self.keys(side)
        del levels[price]
        key = price if side == BID else -price
        if keys[-1] != key:
            del keys[bisect_left(keys, key)]
            return
        keys.pop()
        if side == BID:
            self.bid = levels[keys[-1]] if keys else NO_BID
        else:
            self.ask = levels[-keys[-1]] if keys else NO_ASK

    def top(self) -> tuple[Price, Count, Price, Count]:
        """Best bid and its size, best ask and its size; empty sides are 0 and one dollar."""
        bid, ask = self.bid, self.ask
        return bid.price, bid.size, ask.price, ask.size

    def queues(self) -> Iterator[Level]:
        """All levels of both sides."""
        return chain(self._bids.values(), self._asks.values())

    def walk(self, side: Side) -> Iterator[Order]:
        """All resting orders of a side in the order in which they would trade."""
        levels = self.levels(side)
        for key in reversed(self.keys(side)):
            order = levels[key if side == BID else -key].oldest
            while order is not None:
                yield order
                order = order.next

    def ahead(self, order: Order) -> Count:
        """Contracts before this order at its own price: its queue position."""
        total = 0
        earlier = order.prev
        while earlier is not None:
            total += earlier.remaining
            earlier = earlier.prev
        return total
