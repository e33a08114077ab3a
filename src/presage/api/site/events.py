"""Events as people read them: lists, pages, and the short answer to "which one is it?"."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from presage.api.http import Reply
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site import finding, pages, resolutions
from presage.api.site.drafts import draft_page
from presage.api.site.errors import not_found
from presage.api.site.event_pages import (
    Counting,
    bring,
    category_of,
    event_status,
    fields,
    show_events,
)
from presage.api.site.finding import Place
from presage.api.site.naming import name_events
from presage.api.site.options import Event, event_for, row_for
from presage.api.site.price_history import price_history
from presage.api.site.services import services_of
from presage.api.site.strings import printed
from presage.domain.ids import MemberId
from presage.feeds.cards import EventCard
from presage.site import events as rows
from presage.site.events import Clarification, SiteEvent
from presage.wire.site import events as wire

MAX_CLARIFICATIONS: Final = 200
MAX_RELATED: Final = 5


async def list_events(call: Call[wire.ListEvents, None]) -> wire.EventsReply:
    """List events with their options and current prices."""
    services = services_of(call)
    await name_events(services)
    after = pages.after(call, int, int)
    places = await finding.find(services, call.query, call.at)
    cut = pages.cut(call, finding.page(places, after, pages.wanted(call)), Place.keyset)
    events = [_event(services, place.card) for place in cut.rows]
    return wire.EventsReply(events=await show_events(call, events), next_cursor=cut.next_cursor)


async def get_event(call: Call[wire.ShowEvent, None]) -> wire.EventReply | Reply:
    """Show one event with rules, resolution and price history."""
    services, name = services_of(call), call.path["slug"]
    await name_events(services)
    row = row_for(services, name)
    if row is not None and row.is_draft:
        if call.caller.role not in ("admin", "operator"):
            raise not_found()
        return wire.EventReply(event=draft_page(services, row), price_history=[])
    event = await event_for(call, name)
    known = services.site.events
    if name != event.row.slug and known.by_slug(name) is event.row:
        return _moved(event.row, call.request.query_string)
    detail = await event_page(services, event, call.at, call.caller.member)
    history = await price_history(services, event.card, call.query, call.at)
    return wire.EventReply(event=detail, price_history=history)


async def find_event(call: Call[None, None]) -> wire.EventRef:
    """Find an event by its slug."""
    event = await event_for(call, call.path["slug"])
    return wire.EventRef(
        id=event.id,
        slug=event.row.slug,
        title=event.title,
        status=event_status(event.card),
        event_ticker=event.card.ticker,
    )


def _moved(row: SiteEvent, query: bytes) -> Reply:
    """Where an event with an earlier slug is now."""
    target = f"/api/events/{row.slug}".encode() + (b"?" + query if query else b"")
    return Reply(301, headers=((b"location", target),))


def _event(services: Services, card: EventCard) -> Event:
    row = services.site.events.by_ticker(card.ticker)
    assert row is not None, "every event has been named"
    return Event(row, card)


async def event_page(
    services: Services, event: Event, now: int, reader: MemberId
) -> wire.EventDetail:
    """An event as its own page prints it."""
    card, row = event.card, event.row
    counting = Counting([event], reader)

    def read(connection: Any) -> list[Clarification]:
        counting.read(connection)
        return rows.clarified(connection, row.id, MAX_CLARIFICATIONS)

    said = await services.reader.run(read)
    told = resolutions.NOTHING
    if resolutions.is_decided(card):
        told = await services.reader.run(partial(resolutions.read, event=row.id))
    await bring(services, [card])  # others were read meanwhile
    return wire.EventDetail(
        **fields(services, event, counting.numbers(), now),
        **_rules(card, row),
        clarifications=[
            wire.Clarification(at=printed(one.at), text=one.text, by=_name(services, one.by))
            for one in said
        ],
        resolution=resolutions.resolution(services, event, told),
        disputes=told.said,
        created_by=_name(services, row.created_by),
        suggested_by=_name(services, row.suggested_by),
        related_slugs=_related(services, card),
    )


def _rules(card: EventCard, row: SiteEvent) -> dict[str, Any]:
    texts = [one.text for one in card.markets if one.text is not None]
    sources = card.text.settlement_sources if card.text is not None else ()
    if not sources and card.series.text is not None:
        sources = card.series.text.settlement_sources
    named = ", ".join(f"{one.name} ({one.url})" if one.url else one.name for one in sources)
    early = [text.early_close_condition for text in texts if text.early_close_condition]
    return {
        "description": row.description,
        "rules_primary": texts[0].rules_primary if texts else "",
        "rules_secondary": texts[0].rules_secondary if texts else "",
        "resolution_source": row.resolution_source or named,
        "early_close_condition": early[0] if early else None,
    }


def _name(services: Services, member: MemberId) -> str | None:
    person = services.site.people.find(member)
    return None if person is None else person.username


def _related(services: Services, card: EventCard) -> list[str]:
    """Open events of the same series, newest first, then others of its category."""
    found: list[str] = []
    groups = [
        card.series,
        *(one for one in services.markets.all_series() if one is not card.series),
    ]
    wanted = category_of(card)
    for group in groups:
        if group is not card.series and (
            group.text is None or not wanted or group.text.category != wanted
        ):
            continue
        for other in reversed(group.events):
            row = services.site.events.by_ticker(other.ticker)
            if other is not card and row is not None and finding.stage(other) == "open":
                found.append(row.slug)
            if len(found) == MAX_RELATED:
                return found
    return found
