"""Brings texts from their rows to the cards that are about to be printed.

Memory holds the texts of the markets read last, not of every market that ever was. It never writes
a text; whoever does calls `Markets.rewritten`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from presage.catalog.events import EVENT_TEXTS, EventText
from presage.catalog.markets import MARKET_TEXTS, MarketText
from presage.catalog.series import SERIES_TEXTS, SeriesText
from presage.domain.ids import MarketId
from presage.feeds.cards import Card, EventCard, MarketCard, SeriesCard
from presage.storage.reader import Reader

MAX_MARKETS: Final = 50_000
"""Markets whose texts stay in memory; those read longest ago are read again when printed."""

Text = SeriesText | EventText | MarketText


class TextMemory:
    """Which markets have their text in memory, oldest read first."""

    def __init__(self, limit: int = MAX_MARKETS) -> None:
        self._limit = limit
        self._kept: OrderedDict[MarketId, MarketCard] = OrderedDict()

    async def bring(self, reader: Reader, cards: Iterable[Card]) -> None:
        """Give these cards, and those whose texts are printed with them, their texts.

        Until the next await all of them have one.
        """
        wanted = list(cards)
        # Before reading, so that nothing is dropped again that is about to be printed.
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)[1].forget_text()
        while missing := _without_text(wanted):
            editions = [card.edition for card in missing]
            texts = await reader.run(lambda connection: _read(connection, missing))
            for card, edition, text in zip(missing, editions, texts, strict=True):
                # Rewritten while it was read: once more.
                if card.edition == edition:
                    self._give(card, text)

    def _give(self, card: Card, text: Text) -> None:
        match card, text:
            case SeriesCard(), SeriesText():
                card.text = text
            case EventCard(), EventText():
                card.text = text
            case MarketCard(), MarketText():
                card.text = text
                self._kept[card.id] = card
                self._kept.move_to_end(card.id)


def _without_text(cards: list[Card]) -> list[Card]:
    # A market may have the number, or the ticker, of its event.
    missing: dict[tuple[type[Card], int], Card] = {}
    for card in cards:
        for part in card.chain():
            if part.text is None:
                missing[type(part), part.id] = part
    return list(missing.values())


def _read(connection: Connection, cards: Sequence[Card]) -> list[Text]:
    """The cards' texts in their order, empty ones where nobody wrote any."""
    series = SERIES_TEXTS.find_many(connection, _tickers(cards, SeriesCard))
    events = EVENT_TEXTS.find_many(connection, _tickers(cards, EventCard))
    markets = MARKET_TEXTS.find_many(connection, _tickers(cards, MarketCard))
    texts: list[Text] = []
    for card in cards:
        match card:
            case SeriesCard():
                texts.append(series.get(card.ticker) or SeriesText(ticker=card.ticker))
            case EventCard():
                texts.append(events.get(card.ticker) or EventText(ticker=card.ticker))
            case MarketCard():
                texts.append(markets.get(card.ticker) or MarketText(ticker=card.ticker))
    return texts


def _tickers(cards: Sequence[Card], kind: type[Card]) -> list[str]:
    return [card.ticker for card in cards if isinstance(card, kind)]
