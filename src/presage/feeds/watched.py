"""How the marks of watched markets have moved lately: whether one has lasted.

Folded entry by entry, so that nothing in between is missed. Who watches, and what follows, is not
known here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from presage.domain.facts import MarketStatusChanged, TopChanged, Traded
from presage.domain.ids import MarketId
from presage.feeds import marks
from presage.feeds.cards import MarketCard
from presage.projections.projection import Entry
from presage.site import protections
from presage.units import DOLLAR_PRICE, SECOND, Micros, Price

KEPT: Final[Micros] = 61 * SECOND
"""How far back marks are remembered: longer than any level has to last."""


class Watched:
    """One market's quotes, and its marks since when each has held, oldest first."""

    __slots__ = ("ask", "bid", "last", "marks")

    def __init__(self, card: MarketCard, at: Micros) -> None:
        self.bid, self.ask = marks.quotes(card)
        self.last = card.last_price
        self.marks: deque[tuple[Micros, Price | None]] = deque([(at, self.mark)])

    @property
    def mark(self) -> Price | None:
        return marks.between(self.bid, self.ask, self.last).price

    def remember(self, at: Micros) -> None:
        """A change is over."""
        mark = self.mark
        if mark != self.marks[-1][1]:
            self.marks.append((at, mark))
        while len(self.marks) > 1 and self.marks[1][0] < at - KEPT:
            self.marks.popleft()


class WatchedMarks:
    """The view. `unseen` are markets to be watched of which nothing is known yet."""

    def __init__(self) -> None:
        self.unseen: set[MarketId] = set()
        self.changed: set[MarketId] = set()
        self.wake: Callable[[], None] = _nobody
        self._markets: dict[MarketId, Watched] = {}

    def load(self, connection: Connection) -> None:
        """Which markets are to be watched."""
        self.unseen = protections.live_markets(connection)

    def __contains__(self, market: MarketId) -> bool:
        return market in self._markets or market in self.unseen

    def watch(self, card: MarketCard, at: Micros) -> None:
        """From now on."""
        self.unseen.discard(card.id)
        if card.id not in self._markets:
            self._markets[card.id] = Watched(card, at)
        self.changed.add(card.id)
        self.wake()

    def forget(self, market: MarketId) -> None:
        """Nobody watches it any more."""
        self._markets.pop(market, None)
        self.changed.discard(market)

    def apply(self, entry: Entry) -> None:
        """Fold one committed entry."""
        if not self._markets:
            return
        touched: set[MarketId] = set()
        for fact in entry.facts:
            if not isinstance(fact, TopChanged | Traded | MarketStatusChanged):
                continue
            watched = self._markets.get(fact.market)
            if watched is None:
                continue
            touched.add(fact.market)
            if isinstance(fact, TopChanged):
                watched.bid = fact.bid
                watched.ask = fact.ask if fact.ask < DOLLAR_PRICE else 0
            elif isinstance(fact, Traded):
                watched.last = fact.price
        for market in touched:
            self._markets[market].remember(entry.at)
        if touched:
            self.changed |= touched
            self.wake()

    def lasted(self, market: MarketId, sign: int, level: Price, since: Micros) -> bool:
        """Has the side's mark been at or below a level all the time since then?"""
        for at, mark in reversed(self._markets[market].marks):
            if mark is None or (mark if sign > 0 else DOLLAR_PRICE - mark) > level:
                return False
            if at <= since:
                return True
        return False


def _nobody() -> None:
    """Nobody waits for changes."""
