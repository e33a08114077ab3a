"""What the channels read besides facts: cards, books, and how ids, times and prices are spelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from presage.api.ids import IdCipher, Kind
from presage.domain.ids import MarketId
from presage.feeds.books import Books
from presage.feeds.cards import MarketCard
from presage.feeds.markets import Markets
from presage.gateway import Reader
from presage.units import Micros


@dataclass(frozen=True, slots=True)
class Views:
    """As they stand after the last committed entry."""

    markets: Markets
    books: Books
    ids: IdCipher
    reader: Reader
    clock: Callable[[], Micros]
    obscured: Callable[[], bool] = lambda: False
    """Whether others are not told who made an RFQ."""

    def market_by_id(self, text: str) -> MarketCard | None:
        """The market that an id names."""
        number = self.ids.number(text, Kind.MARKET)
        return None if number is None else self.markets.find(number)

    def market_id(self, market: MarketId) -> str:
        """A market's id as it is told."""
        return self.ids.text(market, Kind.MARKET)
