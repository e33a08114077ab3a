"""Which events have these words: an index in memory, and the rank of what it finds.

Every word asked for must begin a word of the event. It holds no texts and reads none.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from heapq import nlargest
from typing import Final

from presage.domain.ids import EventId
from presage.site.slugs import plain

TITLE: Final = 8
LABEL: Final = 4
TAG: Final = 3
BODY: Final = 1
"""How much a word counts by where it stands; twice when it is the whole word that was asked for."""

MAX_WORDS: Final = 500
"""Words that are kept of one event."""
_WORD: Final = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    return _WORD.findall(plain(text))


class Search:
    """The index. `put` an event again when its words have changed."""

    def __init__(self) -> None:
        self._events: dict[EventId, Mapping[str, int]] = {}
        self._found: dict[str, dict[EventId, int]] = {}
        self._sorted: list[str] = []

    def put(self, event: EventId, texts: Iterable[tuple[int, str]]) -> None:
        """An event with its texts, each with the weight of its place."""
        weights: dict[str, int] = {}
        for weight, text in texts:
            for word in words(text):
                if word in weights or len(weights) < MAX_WORDS:
                    weights[word] = max(weight, weights.get(word, 0))
        for word in self._events.get(event, {}):
            del self._found[word][event]
        self._events[event] = weights
        for word, weight in weights.items():
            if word not in self._found:
                self._found[word] = {}
                insort(self._sorted, word)
            self._found[word][event] = weight

    def find(self, asked: str) -> dict[EventId, int]:
        """The rank of each event that has all words of the question; nothing for no words."""
        ranks: dict[EventId, int] | None = None
        for word in dict.fromkeys(words(asked)):
            one = self._beginning(word)
            if ranks is None:
                ranks = one
            else:
                ranks = {event: ranks[event] + one[event] for event in ranks.keys() & one.keys()}
        return ranks or {}

    def sharing(self, text: str, most: int) -> list[EventId]:
        """Events with words of a text, those with most of them first."""
        shared: dict[EventId, int] = {}
        for word in dict.fromkeys(words(text)):
            for event in self._found.get(word, ()):
                shared[event] = shared.get(event, 0) + 1
        return nlargest(most, shared, key=lambda event: (shared[event], event))

    def _beginning(self, prefix: str) -> dict[EventId, int]:
        best: dict[EventId, int] = {}
        at = bisect_left(self._sorted, prefix)
        while at < len(self._sorted) and self._sorted[at].startswith(prefix):
            word = self._sorted[at]
            for event, weight in self._found[word].items():
                rank = weight * 2 if word == prefix else weight
                best[event] = max(rank, best.get(event, 0))
            at += 1
        return best
