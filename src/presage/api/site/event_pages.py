"""How events and options look on the site: cards become the shapes of `wire/site/events.py`.

It prints what is there; which events a list holds, and who may see one, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, Final, NamedTuple, cast

from presage.api.kalshi.services import Services
from presage.api.site.money import contracts, owned_cents, price_cents
from presage.api.site.options import (
    Event,
    event_id,
    is_fractional,
    label_of,
    option_id,
    title_of,
)
from presage.api.site.services import AnyCall, services_of
from presage.api.site.sponsors import sponsor_on
from presage.api.site.strings import maybe_printed
from presage.domain.ids import EventId, MemberId
from presage.domain.markets import PRICE_STRUCTURES
from presage.feeds import marks
from presage.feeds.cards import Card, EventCard, MarketCard
from presage.projections import positions
from presage.projections.periods import HOUR, period_end
from presage.site import categories, posts, watchlist
from presage.units import DOLLAR_PRICE, Micros, Price
from presage.wire.site import events as wire

STATUSES: Final[dict[str, wire.Status]] = {
    "initialized": "UPCOMING",
    "active": "OPEN",
    "inactive": "PAUSED",
    "closed": "CLOSED",
    "determined": "RESOLVING",
    "disputed": "DISPUTED",
    "amended": "AMENDED",
    "finalized": "RESOLVED",
}
_ORDER: Final[tuple[tuple[frozenset[str], wire.Status], ...]] = (
    (frozenset({"OPEN"}), "OPEN"),
    (frozenset({"PAUSED"}), "PAUSED"),
    (frozenset({"DISPUTED"}), "DISPUTED"),
    (frozenset({"RESOLVING", "AMENDED"}), "RESOLVING"),
    (frozenset({"CLOSED"}), "CLOSED"),
    (frozenset({"UPCOMING"}), "UPCOMING"),
)
"""An event is what the first of these says that one of its options is."""
_TICKS: Final = {
    name: price_cents(min(band.step for band in bands)) for name, bands in PRICE_STRUCTURES.items()
}
_RESULTS: Final[dict[str, wire.Result]] = {"yes": "YES", "no": "NO", "scalar": "SCALAR"}


def option_status(card: MarketCard) -> wire.Status:
    """An option's status."""
    return "VOIDED" if is_void(card) else STATUSES[card.status]


def is_void(card: MarketCard) -> bool:
    """Did everybody get their money back?"""
    return card.status == "finalized" and card.result in ("", "void")


def event_status(card: EventCard) -> wire.Status:
    """An event's status, which follows from its options'."""
    return _status({option_status(market) for market in card.markets})


def _status(options: set[wire.Status]) -> wire.Status:
    for wanted, status in _ORDER:
        if options & wanted:
            return status
    if not options:
        return "UPCOMING"
    return "VOIDED" if options == {"VOIDED"} else "RESOLVED"


def result_of(card: MarketCard) -> wire.Result | None:
    """How it was decided, None while it is not."""
    if card.result == "void" or is_void(card):
        return "VOID"
    return _RESULTS.get(card.result)


def category_of(card: EventCard) -> str:
    """The name of an event's category: its own, or else that of its series. Texts must have been
    brought."""
    own = card.text.category if card.text is not None else ""
    return own or (card.series.text.category if card.series.text is not None else "")


class Numbers(NamedTuple):
    """What is counted about events in tables rather than views."""

    traders: dict[EventId, int]
    said: dict[str, int]
    """Posts and comments, by the event's row."""
    watched: set[str]
    """Those that the reader has bookmarked, likewise."""


async def show_events(call: AnyCall, events: Sequence[Event]) -> list[wire.Event]:
    """Events as lists print them."""
    services = services_of(call)
    cards = [event.card for event in events]
    counting = Counting(events, call.caller.member)
    await services.reader.run(counting.read)
    await bring(services, cards)
    numbers = counting.numbers()
    return [wire.Event(**fields(services, event, numbers, call.at)) for event in events]


async def bring(services: Services, cards: Sequence[EventCard]) -> None:
    """Give events and their options their texts."""
    wanted: list[Card] = []
    for card in cards:
        wanted += [card, *card.markets]
    await services.markets.texts.bring(services.reader, wanted)


class Counting:
    """Counts it for a reader (0: anybody): `read` within a read, then `numbers`. The members who
    have ever traded in an event are counted again when its volume has grown: a trader who is new
    has made it grow."""

    def __init__(self, events: Sequence[Event], reader: MemberId) -> None:
        self._cards = [event.card for event in events]
        self._rows = [event.row.id for event in events]
        self._reader = reader
        volumes = {card: card.volume for card in self._cards}
        self._grown = {card: now for card, now in volumes.items() if now != card.counted_at}
        self._traders: dict[EventId, int] = {}
        self._said: dict[str, int] = {}
        self._watched: set[str] = set()

    def read(self, connection: Any) -> None:
        """Look at the tables."""
        if self._grown:
            self._traders = positions.traders(connection, [card.id for card in self._grown])
        self._said = posts.counts(connection, self._rows)
        self._watched = watchlist.of_member(connection, self._reader, self._rows)

    def numbers(self) -> Numbers:
        """What was found."""
        for card, volume in self._grown.items():
            if volume >= card.counted_at:  # else others have counted meanwhile, and later
                card.traders, card.counted_at = self._traders.get(card.id, 0), volume
        traders = {card.id: card.traders for card in self._cards}
        return Numbers(traders, self._said, self._watched)


def fields(services: Services, event: Event, numbers: Numbers, now: Micros) -> dict[str, Any]:
    """The members of an event that lists print."""
    row, card = event.row, event.card
    text, markets = card.text, card.markets
    assert text is not None, "texts are brought before an event is printed"
    series = card.series.text
    name, shown = category_of(card), options(services, card, now)
    return {
        "id": event_id(row),
        "slug": row.slug,
        "event_ticker": card.ticker,
        "series_ticker": card.series.ticker,
        "title": title_of(card),
        "subtitle": text.sub_title or None,
        "category": wire.CategoryRef(slug=categories.slug_of(name), name=name) if name else None,
        "tags": row.tags or (series.tags if series is not None else ()),
        "featured": row.featured,
        "image_url": text.image_url or None,
        "sponsor": sponsor_on(services.site, row, now),
        "status": _status({one.status for one in shown}),
        "mutually_exclusive": card.exclusive,
        **_times(markets),
        "volume_contracts": contracts(card.volume),
        "volume_cents": owned_cents(sum(services.turnover.ever(one.id) for one in markets)),
        "volume_24h_cents": owned_cents(sum(services.turnover.day(one.id, now) for one in markets)),
        "liquidity_cents": owned_cents(sum(services.books.book(one.id).put_up for one in markets)),
        "open_interest": contracts(sum(one.open_interest for one in markets)),
        "trader_count": numbers.traders.get(card.id, 0),
        "comment_count": numbers.said.get(row.id, 0),
        "is_watched": row.id in numbers.watched,
        "options": shown,
    }


def _times(markets: Sequence[MarketCard]) -> dict[str, str | None]:
    """It opens with the first of its options and closes with the last."""
    over = all(one.settled_at for one in markets)
    return {
        "open_at": maybe_printed(min((one.open_at for one in markets), default=0)),
        "close_at": maybe_printed(max((one.close_at for one in markets), default=0)),
        "resolved_at": maybe_printed(
            max((one.settled_at for one in markets), default=0) if over else 0
        ),
    }


def options(services: Services, card: EventCard, now: Micros) -> list[wire.Option]:
    """All options of an event, in the order in which they were made."""
    shown = [option(services, market, now, at) for at, market in enumerate(card.markets)]
    if card.exclusive:
        normal = marks.normalized([marks.mark(market).price for market in card.markets])
        shown = [copy(one) for one in shown]
        for one, price in zip(shown, normal, strict=True):
            one.normalized_prob_bps = price
    return shown


def option(services: Services, card: MarketCard, now: Micros, order: int) -> wire.Option:
    """An option as it stands, not to be changed. Its texts must have been brought."""
    hour = period_end(HOUR, now)
    if card.option_hour != hour:
        card.option = _option(services, card, now, order)
        card.option_hour = hour
    return cast(wire.Option, card.option)


def _option(services: Services, card: MarketCard, now: Micros, order: int) -> wire.Option:
    text = card.text
    assert text is not None, "texts are brought before an option is printed"
    bid, ask = marks.quotes(card)
    price, source = marks.probability(card)
    decided = card.result in _RESULTS
    return wire.Option(
        id=option_id(services.ids, card.id),
        market_ticker=card.ticker,
        label=label_of(card),
        image_url=text.image_url or None,
        status=option_status(card),
        order=order,
        yes_bid_cents=_cents(bid),
        yes_ask_cents=_cents(ask),
        no_bid_cents=_cents(DOLLAR_PRICE - ask if ask else 0),
        no_ask_cents=_cents(DOLLAR_PRICE - bid if bid else 0),
        last_price_cents=_cents(card.last_price),
        prob_bps=price,
        normalized_prob_bps=None,
        mark_source=source,
        change_24h_bps=marks.day_change(card, now),
        volume_contracts=contracts(card.volume),
        open_interest=contracts(card.open_interest),
        tick_cents=_TICKS[card.structure],
        fractional=is_fractional(card),
        result=result_of(card),
        settlement_value_cents=price_cents(card.value) if decided else None,
    )


def _cents(price: Price) -> wire.Number | None:
    """0 is no price."""
    return price_cents(price) if price else None
