"""Which events a list holds, and in which order: filters, sorts, search.

It works on the cards in memory and prints nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

from presage.api.cursors import Keyset
from presage.api.kalshi.services import Services
from presage.api.site.errors import refuse
from presage.catalog.events import EVENT_TEXTS
from presage.catalog.markets import MARKET_TEXTS
from presage.catalog.series import SERIES_TEXTS
from presage.feeds.cards import EventCard
from presage.site import categories
from presage.site.events import SiteEvent
from presage.site.search import BODY, LABEL, TAG, TITLE
from presage.units import Micros
from presage.wire.site import events as wire

PORTION: Final = 200
"""Events whose words are read in one go."""
_FOREVER: Final[Micros] = 1 << 62
_WORDS: Final = {"open": ("open", "paused"), "closed": ("closed",)}
"""What some of an event's options are called where `stage` may say so."""


class Place(NamedTuple):
    """Where an event stands in a list: by `key`, then by age."""

    key: int
    card: EventCard

    def keyset(self) -> Keyset:
        return (self.key, self.card.id)


async def find(services: Services, query: wire.ListEvents, now: Micros) -> list[Place]:
    """Every event that the question admits, in no order; the smallest key comes first."""
    ranks = None
    if query.q is not None:
        await index(services)
        ranks = services.site.search.find(query.q)
        cards: Sequence[EventCard] = [services.markets.event_by_id(event) for event in ranks]
    elif query.status in _WORDS:
        cards = services.markets.events_having(*_WORDS[query.status])
    else:
        cards = services.markets.all_events()
    # Combos are asked for by their legs; there may be many times as many as all else.
    single = (card for card in cards if not card.collection)
    chosen = [card for card in single if _admits(services, query, card)]
    if query.category is not None:
        await bring_categories(services, chosen)
        chosen = [card for card in chosen if category_slug(card) == query.category.lower()]
    if query.sort is None and ranks is not None:
        return [Place(-ranks[card.id], card) for card in chosen]
    key = _KEYS[query.sort or "trending"]
    return [Place(key(services, card, now), card) for card in chosen]


def page(places: Sequence[Place], after: Keyset | None, count: int) -> list[Place]:
    """The first `count` behind a keyset; of equals the newest first."""

    def order(place: Place) -> tuple[int, int]:
        return place.key, -place.card.id

    if after is not None:
        key, id = after
        if not (isinstance(key, int) and isinstance(id, int)):
            raise refuse("bad_cursor", "The cursor is not of this list.", "cursor")
        places = [place for place in places if order(place) > (key, -id)]
    return heapq.nsmallest(count, places, key=order)


def _admits(services: Services, query: wire.ListEvents, card: EventCard) -> bool:
    if query.status != "all" and stage(card) != query.status:
        return False
    row = services.site.events.by_ticker(card.ticker)
    if row is None or row.is_draft:  # it is being published
        return False
    return query.featured is None or row.featured == bool(query.featured)


def stage(card: EventCard) -> str:
    """What lists filter by: open, closed, resolved, or upcoming (only among all)."""
    counted = card.words.get
    if counted("open") or counted("paused"):
        return "open"
    if counted("closed"):
        return "closed"
    if counted("unopened") or not card.markets:
        return "upcoming"
    return "resolved"


def _newest(services: Services, card: EventCard, now: Micros) -> int:
    return -card.id


def _closing(services: Services, card: EventCard, now: Micros) -> int:
    """The next of its options to close; what is over comes last."""
    return min((one.close_at for one in card.markets if one.close_at > now), default=_FOREVER)


def _volume(services: Services, card: EventCard, now: Micros) -> int:
    return -card.volume


def _trending(services: Services, card: EventCard, now: Micros) -> int:
    return -sum(services.turnover.recent(one.id, now) for one in card.markets)


_KEYS: Final[dict[str, Callable[[Services, EventCard, Micros], int]]] = {
    "newest": _newest,
    "closing": _closing,
    "volume": _volume,
    "trending": _trending,
}


async def bring_categories(services: Services, cards: Sequence[EventCard]) -> None:
    """Give events and their series, not their options, their texts."""
    await services.markets.texts.bring(services.reader, cards)


def category_slug(card: EventCard) -> str:
    """The slug of an event's category, "" where it has none. Texts must have been brought."""
    own = card.text.category if card.text is not None else ""
    name = own or (card.series.text.category if card.series.text is not None else "")
    return categories.slug_of(name) if name else ""


async def index(services: Services) -> None:
    """Bring the search up to date with what was made or rewritten."""
    pending = services.markets.unsearched
    while pending:
        editions = dict(islice(pending.items(), PORTION))
        cards = [services.markets.event_by_id(event) for event in editions]
        texts = await services.reader.run(partial(_texts, cards=cards))
        for card, found in zip(cards, texts, strict=True):
            row = services.site.events.by_ticker(card.ticker)
            services.site.search.put(card.id, [*found, *_of_row(row), (TITLE, card.ticker)])
            if pending.get(card.id) == editions[card.id]:  # else it was rewritten while it was read
                del pending[card.id]


def _of_row(row: SiteEvent | None) -> list[tuple[int, str]]:
    if row is None:
        return []
    return [(TAG, " ".join(row.tags)), (BODY, row.description)]


def _texts(connection: Any, cards: Sequence[EventCard]) -> list[list[tuple[int, str]]]:
    events = EVENT_TEXTS.find_many(connection, [card.ticker for card in cards])
    markets = MARKET_TEXTS.find_many(
        connection, [market.ticker for card in cards for market in card.markets]
    )
    series = SERIES_TEXTS.find_many(connection, sorted({card.series.ticker for card in cards}))
    found = []
    for card in cards:
        words: list[tuple[int, str]] = []
        if (text := events.get(card.ticker)) is not None:
            words += [(TITLE, text.title), (LABEL, text.sub_title)]
        if (group := series.get(card.series.ticker)) is not None:
            words += [(TAG, " ".join(group.tags)), (BODY, group.title)]
        for market in card.markets:
            if (option := markets.get(market.ticker)) is not None:
                words += [(LABEL, option.yes_sub_title), (BODY, option.title)]
        found.append(words)
    return found
