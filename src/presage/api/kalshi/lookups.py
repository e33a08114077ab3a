"""Which combos were asked for lately, and when last: what the lookup history tells.

In memory only, and only of the last hour; a restart begins anew. Nothing else rests on it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from presage.domain.ids import MarketId
from presage.units import Micros

MAX_KEPT: Final = 1_000
"""Combos of one collection; those asked for longest ago are forgotten first."""
MAX_COLLECTIONS: Final = 1_000


class Lookups:
    """By the ticker of the collection."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, OrderedDict[MarketId, Micros]] = OrderedDict()

    def note(self, collection: str, market: MarketId, at: Micros) -> None:
        """Somebody asked for this combo."""
        asked = self._asked.setdefault(collection, OrderedDict())
        self._asked.move_to_end(collection)
        asked[market] = at
        asked.move_to_end(market)
        if len(asked) > MAX_KEPT:
            asked.popitem(last=False)
        if len(self._asked) > MAX_COLLECTIONS:
            self._asked.popitem(last=False)

    def since(self, collection: str, then: Micros) -> list[tuple[MarketId, Micros]]:
        """The combos that were asked for at `then` or later, newest first."""
        asked = reversed(self._asked.get(collection, OrderedDict()).items())
        return [(market, at) for market, at in asked if at >= then]
