"""Gives every event of the exchange its row on the site: an id and a slug of its own.

Events are also made on Kalshi's side, by imports and by the demo; they are named here when the site
is next asked about events. It changes no name that there is.
"""

from __future__ import annotations

from typing import Any, Final

from presage.api.kalshi.services import Services
from presage.catalog.events import EVENT_TEXTS, EventText
from presage.feeds.cards import EventCard
from presage.identity.uuids import uuid7
from presage.site import events, slugs
from presage.site.events import SiteEvent
from presage.units import Micros

PORTION: Final = 20
"""Events that one submission names: about a millisecond each, and orders wait for the writer."""


async def name_events(services: Services) -> None:
    """Until none is left without."""
    known = services.site.events
    while known.listed < services.markets.event_count:
        missing = [
            card for card in services.markets.all_events() if known.by_ticker(card.ticker) is None
        ]
        if not missing:
            return  # the others are drafts that are being published
        await _name(services, missing[:PORTION])


async def _name(services: Services, cards: list[EventCard]) -> None:
    made: list[SiteEvent] = []
    at = services.clock()

    def rows(connection: Any) -> None:
        texts = EVENT_TEXTS.find_many(connection, [card.ticker for card in cards])
        for card in cards:
            row = events.by_ticker(connection, card.ticker)
            if row is None:
                row = _row(connection, card, texts.get(card.ticker), at)
                events.add(connection, row)
            made.append(row)

    await services.gateway.submit(None, rows)
    for row in made:
        services.site.events.put(row)


def _row(connection: Any, card: EventCard, text: EventText | None, at: Micros) -> SiteEvent:
    """The slug is the one that was written down with the event, or its title."""
    wanted = (text.product_metadata or {}).get("slug") if text else None
    if not (isinstance(wanted, str) and slugs.is_slug(wanted)):
        wanted = slugs.slug_of((text.title if text else "") or card.ticker)
    slug = events.free_slug(connection, wanted)
    return SiteEvent(
        id=uuid7(at), ticker=card.ticker, slug=slug, created_at=at, published_at=card.updated_at
    )
