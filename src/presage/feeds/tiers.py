"""Live and historical markets, each found by an index of its own.

A market is historical when it was settled before the cutoff. Markets change sides only when the
cutoff moves. It decides which list a market is in, never what it looks like.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from presage.domain.ids import MarketId
from presage.feeds.cards import MarketCard
from presage.feeds.indexes import FOREVER, MarketFilter, MarketIndex
from presage.units import Micros

Cards = dict[MarketId, MarketCard]
Page = tuple[list[MarketCard], MarketId | None]


class MarketTiers:
    """Both indexes. Pages may be asked for as of an earlier cutoff than the one in force."""

    def __init__(self) -> None:
        self._cutoff: Micros = 0
        self._live = MarketIndex()
        self._historical = MarketIndex()

    def fill(self, cards: Iterable[MarketCard], cutoff: Micros) -> None:
        """Add all markets at once, to empty indexes."""
        self._cutoff = cutoff
        live: list[MarketCard] = []
        historical: list[MarketCard] = []
        for card in cards:
            (historical if 0 < card.settled_at < cutoff else live).append(card)
        self._live.absorb(live)
        self._historical.absorb(historical)

    def add(self, card: MarketCard) -> None:
        """A market that was just created."""
        self._live.add(card)

    def remove(self, card: MarketCard) -> None:
        """Before the card's status or times change; `place` it again afterwards."""
        self._of(card).remove(card)

    def place(self, card: MarketCard) -> None:
        self._of(card).place(card)

    def is_live(self, card: MarketCard) -> bool:
        return card.id in self._live

    def _of(self, card: MarketCard) -> MarketIndex:
        return self._live if card.id in self._live else self._historical

    def move(self, cards: Cards, cutoff: Micros) -> None:
        """What was settled before a later cutoff becomes historical."""
        self._cutoff = cutoff
        if moved := [cards[id_] for id_ in self._live.settled_before(cutoff)]:
            self._live.expel(moved)
            self._historical.absorb(moved)

    def live_page(
        self,
        cards: Cards,
        wanted: MarketFilter,
        limit: int,
        before: MarketId | None,
        cutoff: Micros | None,
    ) -> Page:
        """Markets that were not settled before the cutoff, as `MarketIndex.page`."""
        live, more = self._live.page(cards, wanted, limit, before)
        if cutoff is None or cutoff >= self._cutoff:
            return live, more
        since = _settled(wanted, cutoff, FOREVER)
        moved, others = self._historical.page(cards, since, limit, before)
        found = sorted(live + moved, key=lambda card: card.id, reverse=True)
        goes_on = len(found) > limit or more is not None or others is not None
        return found[:limit], found[:limit][-1].id if goes_on else None

    def historical_page(
        self,
        cards: Cards,
        wanted: MarketFilter,
        limit: int,
        before: MarketId | None,
        cutoff: Micros,
    ) -> Page:
        """Markets that were settled before the cutoff."""
        if cutoff < self._cutoff:
            wanted = _settled(wanted, 0, cutoff - 1)
        return self._historical.page(cards, wanted, limit, before)


def _settled(wanted: MarketFilter, since: Micros, until: Micros) -> MarketFilter:
    """The same filter, narrowed to markets that were settled within these times."""
    if wanted.settled is not None:
        since, until = max(since, wanted.settled[0]), min(until, wanted.settled[1])
    return msgspec.structs.replace(wanted, settled=(since, until))
