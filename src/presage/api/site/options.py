"""Finds what a request names: an event by id, slug or ticker, an option by id, ticker or label.

Every topic of the site looks up through here, so that the same name means the same thing
everywhere. A draft is as good as not there. What an option may do is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from presage.api.ids import IdCipher, Kind
from presage.api.kalshi.services import Services
from presage.api.site import ids
from presage.api.site.errors import invalid, not_found
from presage.api.site.naming import name_events
from presage.api.site.services import AnyCall, services_of
from presage.domain.ids import MarketId
from presage.feeds.cards import EventCard, MarketCard
from presage.site.events import SiteEvent
from presage.site.slugs import same

YES = "Yes"
NO = "No"


class Event(NamedTuple):
    """An event of the exchange with its row. Its texts have been brought."""

    row: SiteEvent
    card: EventCard

    @property
    def id(self) -> str:
        return event_id(self.row)

    @property
    def title(self) -> str:
        return title_of(self.card)


class Option(NamedTuple):
    """An option (a market) and its event. Their texts have been brought."""

    event: Event
    card: MarketCard
    id: str

    @property
    def label(self) -> str:
        return label_of(self.card)


class Wanted(NamedTuple):
    """An option; `flipped`: it was called by the name of its other side, so YES means NO."""

    option: Option
    flipped: bool = False


def event_id(row: SiteEvent) -> str:
    """An event's id as the site prints it."""
    return ids.shown("evt", row.id)


def option_id(cipher: IdCipher, market: MarketId) -> str:
    """An option's id as the site prints it."""
    return ids.exchange_id(cipher, "opt", market, Kind.MARKET)


def title_of(card: EventCard) -> str:
    """An event's title, its ticker where it has none. Its text must have been brought."""
    return (card.text.title if card.text else "") or card.ticker


def label_of(card: MarketCard) -> str:
    """An option's label. Its text must have been brought."""
    text = card.text
    assert text is not None, "texts are brought before an option is printed"
    if text.yes_sub_title:
        return text.yes_sub_title
    return YES if len(card.event.markets) == 1 else text.title or card.ticker


def is_fractional(card: MarketCard) -> bool:
    """May the site's orders name parts of a contract? Where prices are in whole cents they trade
    whole contracts."""
    return card.structure != "linear_cent"


async def event_for(call: AnyCall, name: str) -> Event:
    """The event with this id, slug or event ticker. Raises: not_found."""
    services = services_of(call)
    await name_events(services)
    row = row_for(services, name)
    card = None if row is None or row.is_draft else services.markets.event(row.ticker)
    if row is None or card is None:
        raise not_found()
    await services.markets.texts.bring(services.reader, [card, *card.markets])
    return Event(row, card)


def row_for(services: Services, name: str) -> SiteEvent | None:
    """The row, also of a draft, with this id, slug (or earlier slug) or event ticker."""
    known = services.site.events
    id = ids.row_id("evt", name)
    found = known.by_id(id) if id is not None else None
    return found or known.by_slug(name) or known.by_ticker(name)


async def option_for(call: AnyCall, name: str) -> Option:
    """The option with this id or market ticker. Raises: not_found."""
    services = services_of(call)
    card = services.markets.by_ticker(name)
    if card is None:
        number = ids.exchange_number(services.ids, "opt", name, Kind.MARKET)
        card = None if number is None else services.markets.find(number)
    if card is None:
        raise not_found()
    option = (await options_of(services, [card.id]))[card.id]
    if option.event.row.is_draft:
        raise not_found()
    return option


async def options_of(services: Services, markets: Iterable[MarketId]) -> dict[MarketId, Option]:
    """Options by the engine's number: what lists of orders, trades and positions print."""
    await name_events(services)
    cards = [services.markets.by_id(market) for market in dict.fromkeys(markets)]
    await services.markets.texts.bring(services.reader, cards)
    found = {}
    for card in cards:
        row = services.site.events.by_ticker(card.event.ticker)
        assert row is not None, "every event has been named"
        found[card.id] = Option(Event(row, card.event), card, option_id(services.ids, card.id))
    return found


async def option_by_label(call: AnyCall, event: str, label: str) -> Wanted:
    """The option of an event (id, slug or ticker) with this label. Raises: not_found."""
    services = services_of(call)
    found = await event_for(call, event)
    markets, wanted = found.card.markets, same(label)
    for card in markets:
        if same(label_of(card)) == wanted:
            return Wanted(Option(found, card, option_id(services.ids, card.id)))
    if len(markets) == 1 and wanted in (same(YES), same(NO)):
        only = Option(found, markets[0], option_id(services.ids, markets[0].id))
        return Wanted(only, flipped=wanted == same(NO))
    raise not_found()


async def option_wanted(
    call: AnyCall,
    option_id: str | None,
    event_slug: str | None,
    option_label: str | None,
) -> Wanted:
    """What a body means by `optionId`, or by `eventSlug` and `optionLabel`, or by all of them.

    Raises: not_found; a 400 where something is missing or both forms name different options.
    """
    if (event_slug is None) != (option_label is None):
        missing = "eventSlug" if event_slug is None else "optionLabel"
        raise invalid(missing, "is needed beside the other one")
    by_label: Wanted | None = None
    if event_slug is not None and option_label is not None:
        by_label = await option_by_label(call, event_slug, option_label)
    if option_id is None:
        if by_label is None:
            raise invalid("optionId", "is needed, or eventSlug and optionLabel")
        return by_label
    by_id = await option_for(call, option_id)
    if by_label is not None and by_label.option.card is not by_id.card:
        raise invalid("optionId", "is another option than eventSlug and optionLabel name")
    return by_label or Wanted(by_id)
