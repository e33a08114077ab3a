"""Finds markets and events by what lists filter by, newest first, at the cost of the answer.

Ids grow with time, so a list of ids is a list by age, and a page ends at an id: it stays where it
was while new markets arrive. It holds ids and times only and decides nothing about a market.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter, itemgetter
from typing import Final, TypeVar

import msgspec

from presage.domain.ids import EventId, MarketId, SeriesId
from presage.feeds.cards import EventCard, MarketCard, SeriesCard
from presage.units import Micros

T = TypeVar("T", MarketCard, EventCard)

FOREVER: Final[Micros] = 1 << 62
Span = tuple[Micros, Micros]
"""From and to, both included."""

_WORDS: Final = ("unopened", "open", "paused", "closed", "settled")


class MarketFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of markets is asked for; None: anything. `among` are ids, oldest first."""

    among: Sequence[MarketId] | None = None
    word: str | None = None
    event: EventCard | None = None
    series: SeriesCard | None = None
    created: Span | None = None
    closing: Span | None = None
    settled: Span | None = None
    updated_since: Micros | None = None
    combos: bool | None = None

    @property
    def is_a_list(self) -> bool:
        """Whether one of the lists that an index keeps holds just what is wanted, age aside."""
        others = (self.among, self.closing, self.settled, self.updated_since)
        lists = (self.word, self.event, self.series)
        if self.combos is not None and (self.event or self.series) is not None:
            return False
        return others.count(None) == len(others) and lists.count(None) >= len(lists) - 1

    def admits(self, card: MarketCard) -> bool:
        """Whether a market is in, age and `among` aside."""
        return (
            (self.word is None or card.word == self.word)
            and (self.combos is None or bool(card.legs) == self.combos)
            and (self.event is None or card.event is self.event)
            and (self.series is None or card.event.series is self.series)
            and (self.closing is None or self.closing[0] <= card.close_at <= self.closing[1])
            and (self.settled is None or self.settled[0] <= card.settled_at <= self.settled[1])
            and (self.updated_since is None or card.updated_at >= self.updated_since)
        )


class MarketIndex:
    """Ids of markets by age, status word, closing time, settlement and last update."""

    def __init__(self) -> None:
        self._created: list[tuple[Micros, MarketId]] = []
        self._ids: list[MarketId] = []
        self._by_word: dict[str, list[MarketId]] = {word: [] for word in _WORDS}
        self._by_close: list[tuple[Micros, MarketId]] = []
        self._by_settled: list[tuple[Micros, MarketId]] = []
        self._by_series: dict[SeriesId, list[MarketId]] = {}
        self._updated: OrderedDict[MarketId, Micros] = OrderedDict()

    def __contains__(self, market: MarketId) -> bool:
        return market in self._updated

    def add(self, card: MarketCard) -> None:
        """A market that was just created."""
        self._append(card)
        self.place(card)

    def _append(self, card: MarketCard) -> None:
        self._ids.append(card.id)
        self._created.append((card.created_at, card.id))
        self._by_series.setdefault(card.event.series.id, []).append(card.id)

    def settled_before(self, at: Micros) -> list[MarketId]:
        """The markets that were settled earlier than that."""
        return [id_ for _, id_ in self._by_settled[: bisect_left(self._by_settled, (at, 0))]]

    def expel(self, cards: Sequence[MarketCard]) -> None:
        """Forget many markets at once, in one pass over each list."""
        gone = {card.id for card in cards}
        self._ids = [id_ for id_ in self._ids if id_ not in gone]
        self._created = [item for item in self._created if item[1] not in gone]
        self._by_close = [item for item in self._by_close if item[1] not in gone]
        self._by_settled = [item for item in self._by_settled if item[1] not in gone]
        for word in {card.word for card in cards}:
            self._by_word[word] = [id_ for id_ in self._by_word[word] if id_ not in gone]
        for series in {card.event.series.id for card in cards}:
            kept = [id_ for id_ in self._by_series[series] if id_ not in gone]
            self._by_series[series] = kept
        for id_ in gone:
            del self._updated[id_]

    def absorb(self, cards: Sequence[MarketCard]) -> None:
        """Add many markets of any age at once."""
        for card in cards:
            self._append(card)
            self._by_word[card.word].append(card.id)
            self._by_close.append((card.close_at, card.id))
            if card.settled_at:
                self._by_settled.append((card.settled_at, card.id))
        # All but sorted: that is a merge.
        for series in {card.event.series.id for card in cards}:
            self._by_series[series].sort()
        for word in {card.word for card in cards}:
            self._by_word[word].sort()
        for ages in (self._ids, self._created, self._by_close, self._by_settled):
            ages.sort()
        self._follow(cards)

    def _follow(self, cards: Sequence[MarketCard]) -> None:
        """Note when they were updated, and keep that in order."""
        last = next(reversed(self._updated.values()), 0)
        for card in sorted(cards, key=attrgetter("updated_at")):
            self._updated[card.id] = card.updated_at
        if cards and min(card.updated_at for card in cards) < last:
            self._updated = OrderedDict(sorted(self._updated.items(), key=itemgetter(1)))

    def remove(self, card: MarketCard) -> None:
        """Before the card's status or times change; `place` it again afterwards."""
        _take(self._by_word[card.word], card.id)
        _take(self._by_close, (card.close_at, card.id))
        if card.settled_at:
            _take(self._by_settled, (card.settled_at, card.id))

    def place(self, card: MarketCard) -> None:
        """List a card under its status and times."""
        insort(self._by_word[card.word], card.id)
        insort(self._by_close, (card.close_at, card.id))
        if card.settled_at:
            insort(self._by_settled, (card.settled_at, card.id))
        self._updated[card.id] = card.updated_at
        self._updated.move_to_end(card.id)

    def page(
        self,
        markets: dict[MarketId, MarketCard],
        wanted: MarketFilter,
        limit: int,
        before: MarketId | None,
    ) -> tuple[list[MarketCard], MarketId | None]:
        """Up to `limit` markets, newest first, older than `before`, and the `before` of the next
        page, None on the last."""
        low, high = 0, before if before is not None else FOREVER
        if wanted.created is not None:
            low, older_than = self._ages(wanted.created)
            high = min(high, older_than)
        ids = self._candidates(wanted)
        if wanted.is_a_list:
            return _newest(ids, markets, low, high, limit)
        return _take_newest(ids, markets, wanted.admits, low, high, limit)

    def _ages(self, created: Span) -> tuple[MarketId, MarketId]:
        """The ids that were created in a span, as a half-open range."""
        start = bisect_left(self._created, (created[0], 0))
        end = bisect_right(self._created, (created[1], FOREVER))
        if start >= end:
            return 0, 0
        return self._ids[start], self._ids[end - 1] + 1

    def _candidates(self, wanted: MarketFilter) -> Sequence[MarketId]:
        """The shortest list, oldest first, that holds every market that is wanted."""
        if wanted.among is not None:
            return [id_ for id_ in wanted.among if id_ in self]
        lists: list[Sequence[MarketId]] = [self._ids]
        if wanted.word is not None:
            lists.append(self._by_word[wanted.word])
        if wanted.event is not None:
            lists.append([market.id for market in wanted.event.markets if market.id in self])
        if wanted.series is not None:
            lists.append(self._by_series.get(wanted.series.id, []))
        if wanted.updated_since is not None:
            lists.append(self._updated_since(wanted.updated_since))
        shortest = min(lists, key=len)
        for times, span in ((self._by_close, wanted.closing), (self._by_settled, wanted.settled)):
            if span is not None:
                start = bisect_left(times, (span[0], 0))
                end = bisect_right(times, (span[1], FOREVER))
                # These must be sorted first: worth it only where they leave much out.
                if (end - start) * 4 < len(shortest):
                    shortest = sorted(id_ for _, id_ in times[start:end])
        return shortest

    def _updated_since(self, since: Micros) -> list[MarketId]:
        found = []
        for id_, at in reversed(self._updated.items()):
            if at < since:
                break
            found.append(id_)
        return sorted(found)


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of events is asked for; None: anything. `word` and `closing_after` ask whether
    any of the event's markets fits; `among` are ids, oldest first. Combos are never together with
    other events."""

    among: Sequence[EventId] | None = None
    word: str | None = None
    series: SeriesCard | None = None
    closing_after: Micros | None = None
    updated_since: Micros | None = None
    combos: bool = False
    collection: str | None = None

    def admits(self, card: EventCard) -> bool:
        """Whether an event is in, `among` aside."""
        since = self.closing_after
        return (
            (self.word is None or self.word in card.words)
            and (card.collection != "") == self.combos
            and (self.collection is None or card.collection == self.collection)
            and (self.series is None or card.series is self.series)
            and (self.updated_since is None or card.updated_at >= self.updated_since)
            and (since is None or any(market.close_at >= since for market in card.markets))
        )


class EventIndex:
    """Ids of events by age, by the status words of their markets, and by collection."""

    def __init__(self) -> None:
        self._ids: list[EventId] = []
        self._by_collection: dict[str, list[EventId]] = {}
        self._by_word: dict[str, list[EventId]] = {word: [] for word in _WORDS}

    def add(self, card: EventCard) -> None:
        """An event that was just created."""
        self._ids.append(card.id)
        if card.collection:
            self._by_collection.setdefault(card.collection, []).append(card.id)

    def count(self, event: EventCard, word: str, by: int) -> None:
        """One of the event's markets got or lost a status word."""
        before = event.words.pop(word, 0)
        if before == 0:
            insort(self._by_word[word], event.id)
        if before + by == 0:
            _take(self._by_word[word], event.id)
        else:
            event.words[word] = before + by

    def having(self, words: Iterable[str]) -> set[EventId]:
        """Events of whose markets some have one of these status words."""
        return {event for word in words for event in self._by_word[word]}

    def page(
        self,
        events: dict[EventId, EventCard],
        wanted: EventFilter,
        limit: int,
        before: EventId | None,
    ) -> tuple[list[EventCard], EventId | None]:
        """As `MarketIndex.page`."""
        high = before if before is not None else FOREVER
        if wanted.among is not None:
            ids = wanted.among
        else:
            lists: list[Sequence[EventId]] = [self._ids]
            if wanted.word is not None:
                lists.append(self._by_word[wanted.word])
            if wanted.collection is not None:
                lists.append(self._by_collection.get(wanted.collection, ()))
            if wanted.series is not None:
                lists.append([event.id for event in wanted.series.events])
            ids = min(lists, key=len)
        return _take_newest(ids, events, wanted.admits, 0, high, limit)


def _newest(
    ids: Sequence[int], cards: dict[int, T], low: int, high: int, limit: int
) -> tuple[list[T], int | None]:
    """As `_take_newest` where every card is admitted."""
    first, end = bisect_left(ids, low), bisect_left(ids, high)
    start = max(end - limit, first)
    found = [cards[id_] for id_ in reversed(ids[start:end])]
    return found, found[-1].id if start > first else None


def _take_newest(
    ids: Sequence[int],
    cards: dict[int, T],
    admits: Callable[[T], bool],
    low: int,
    high: int,
    limit: int,
) -> tuple[list[T], int | None]:
    """Up to `limit` admitted cards with low <= id < high, newest first, and where to go on."""
    found: list[T] = []
    for place in range(bisect_left(ids, high) - 1, -1, -1):
        id_ = ids[place]
        if id_ < low:
            break
        card = cards[id_]
        if admits(card):
            if len(found) == limit:
                return found, found[-1].id
            found.append(card)
    return found, None


Item = TypeVar("Item", int, tuple[int, int])


def _take(items: list[Item], item: Item) -> None:
    """Remove an item from a sorted list that holds it."""
    place = bisect_left(items, item)
    assert items[place] == item, "an index lost what it was given"
    del items[place]
