"""Events as operators write them for the site: drafts, what of an event may still be changed.

A draft is a row and nothing else; `publishing.py` puts it on the exchange. After the first trade
what people have traded on stays as it was.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from presage.api.admin import event_texts as read
from presage.api.admin import listings, sponsors
from presage.api.admin.errors import invalid, refusal
from presage.api.admin.read import micros
from presage.api.admin.writing import AnyCall, Written, services_of, write
from presage.api.registry import Call
from presage.api.site import drafts, pages
from presage.api.site.drafts import Draft, draft_of, draft_page
from presage.api.site.event_pages import event_status
from presage.api.site.events import event_page
from presage.api.site.naming import name_events
from presage.api.site.options import Event
from presage.identity.uuids import uuid7
from presage.site import events as rows
from presage.site import slugs
from presage.site.events import DRAFT, SiteEvent
from presage.wire.admin import events as wire
from presage.wire.admin.common import Done
from presage.wire.admin.listings import CreateEvent as ListEvent
from presage.wire.site.events import EventDetail

_HOUR: Final = 3_600_000_000
_MAX_TICKER: Final = 64
_EXPECTED = re.compile(r"Expected `([^`]+)`")
_PLACE: Final = re.compile(r" - at `\$\.([^`]+)`")
_FIELD: Final = re.compile(r"field `([^`]+)`")


async def create_event(call: Call[None, wire.CreateEvent]) -> wire.EventCreated:
    """Write an event as a draft, or list one on the exchange at once."""
    if call.body.event_ticker is not None or call.body.series_ticker is not None:
        return await _list_at_once(call)
    body = _drafted(call)
    row, sponsor = draft_row(call, body), sponsors.of_event(call, body.sponsor)

    def then(connection: Any, audit: int) -> None:
        add_draft(connection, call, row)
        sponsors.give(connection, call, row.id, sponsor)

    written = await write(call, "event.draft", row.ticker, then)
    services = services_of(call)
    services.site.events.put(row)
    services.site.sponsors.give(row.id, sponsor)
    return wire.EventCreated(
        seq=written.seq,
        audit_id=written.audit_id,
        ticker=row.ticker,
        event=draft_page(services, row),
    )


async def _list_at_once(call: Call[None, wire.CreateEvent]) -> wire.EventCreated:
    asked = msgspec.to_builtins(call.body)
    try:
        body = msgspec.convert(asked, ListEvent)
    except msgspec.ValidationError as error:
        raise invalid(call, "event_ticker", _plain(str(error))) from None
    listed: AnyCall = call
    made = await listings.create_event(msgspec.structs.replace(listed, body=body))
    return wire.EventCreated(seq=made.seq, audit_id=made.audit_id, ticker=made.ticker)


def _drafted(call: Call[None, wire.CreateEvent]) -> wire.DraftEvent:
    asked = msgspec.to_builtins(call.body)
    try:
        return msgspec.convert(asked, wire.DraftEvent)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PLACE.search(text) or _FIELD.search(text)
        what = _plain(_PLACE.sub("", text))
        raise invalid(call, found[1] if found else "body", what) from None


def _plain(complaint: str) -> str:
    """Readable as such; it is this way of saying an event that asks for more."""
    return _EXPECTED.sub(r"must be \1", complaint)


def _names(call: AnyCall, body: wire.DraftEvent, title: str, series: str) -> tuple[str, str]:
    """Slug and ticker: those that the body names, or free ones. Raises: ApiError."""
    services = services_of(call)
    known = services.site.events
    slug = body.slug or slugs.free(
        slugs.slug_of(title), lambda slug: known.by_slug(slug) is not None
    )
    if not slugs.is_slug(slug):
        raise invalid(call, "slug", "may not be this")

    def is_taken(ticker: str) -> bool:
        in_rows = known.by_ticker(ticker) is not None
        return in_rows or services.markets.event(ticker) is not None

    ticker = body.event_ticker or slugs.free(
        slugs.ticker_of(series, slug), is_taken, _MAX_TICKER - 13
    )
    if is_taken(ticker):
        raise refusal(call, 409, "ticker_exists", f"{ticker} is taken", "eventTicker")
    return slug, ticker


def add_draft(connection: Any, call: AnyCall, row: SiteEvent) -> None:
    """Write a new draft. Raises: ApiError when its names are taken."""
    if rows.has_slug(connection, row.slug):
        raise refusal(call, 409, "conflict", f"the slug {row.slug} is taken", "slug")
    if rows.by_ticker(connection, row.ticker) is not None:
        raise refusal(call, 409, "ticker_exists", f"{row.ticker} is taken", "eventTicker")
    rows.add(connection, row)


def draft_row(call: AnyCall, body: wire.DraftEvent) -> SiteEvent:
    """The draft that a body describes. Raises: ApiError."""
    opens, closes = read.span(call, body.open_at, body.close_at)
    title, category = read.line(body.title, "title", 200), read.line(body.category, "category", 60)
    series = body.series_ticker or slugs.series_of(category)
    if body.series_ticker and services_of(call).markets.series(series) is None:
        raise invalid(call, "seriesTicker", f"there is no series {series}")
    slug, ticker = _names(call, body, title, series)
    default = services_of(call).site.settings.number("DISPUTE_WINDOW_HOURS")
    hours = default if body.dispute_window_hours is None else body.dispute_window_hours
    liquid = body.liquidity.kind == "HOUSE_LMSR"
    draft = Draft(
        title=title,
        subtitle=read.line(body.subtitle, "subtitle"),
        series=series,
        category=category,
        rules_primary=read.prose(body.rules_primary, "rulesPrimary"),
        rules_secondary=read.prose(body.rules_secondary, "rulesSecondary"),
        options=drafts.with_tickers(ticker, read.labels(call, body.options)),
        exclusive=body.mutually_exclusive,
        open_at=opens,
        close_at=closes,
        image_url=read.line(body.image_url, "imageUrl"),
        timer=hours * _HOUR,
        structure=read.structure(call, body.tick),
        early_close_condition=read.line(body.early_close_condition, "earlyCloseCondition"),
        subsidy=body.liquidity.subsidy_cents if liquid else 0,
    )
    return SiteEvent(
        id=uuid7(call.at),
        ticker=ticker,
        slug=slug,
        state=DRAFT,
        featured=body.featured,
        description=read.prose(body.description, "description"),
        resolution_source=read.line(body.resolution_source, "resolutionSource"),
        tags=read.tags(body.tags),
        created_by=call.caller.member,
        created_at=call.at,
        draft=drafts.written(draft),
    )


async def list_events(call: Call[wire.ListEvents, None]) -> wire.EventList:
    """List events, drafts too, newest first."""
    services = services_of(call)
    await name_events(services)
    after = pages.after(call, str)
    found = sorted(services.site.events.all(), key=lambda row: row.id, reverse=True)
    if after is not None:
        found = [row for row in found if row.id < str(after[0])]
    shown: list[SiteEvent] = []
    for row in found:
        if call.query.status is None or _status(call, row) == call.query.status:
            shown.append(row)
        if len(shown) == pages.wanted(call):
            break
    cut = pages.cut(call, shown, lambda row: (row.id,))
    return wire.EventList(
        events=[await page_of(call, row) for row in cut.rows], next_cursor=cut.next_cursor
    )


def _status(call: AnyCall, row: SiteEvent) -> str:
    card = services_of(call).markets.event(row.ticker)
    return "DRAFT" if row.is_draft or card is None else event_status(card)


async def get_event(call: Call[None, None]) -> wire.EventShown:
    """Show an event, also a draft."""
    row = await read.row_of(call)
    return wire.EventShown(event=await page_of(call, row), version=row.version)


async def page_of(call: AnyCall, row: SiteEvent) -> EventDetail:
    """An event as its own page prints it, whether or not it is published."""
    services = services_of(call)
    card = services.markets.event(row.ticker)
    if row.is_draft or card is None:
        return draft_page(services, row)
    return await event_page(services, Event(row, card), call.at, call.caller.member)


async def done(call: AnyCall, written: Written, row: SiteEvent) -> wire.EventDone:
    """What a write answers with."""
    return wire.EventDone(
        seq=written.seq,
        audit_id=written.audit_id,
        event=await page_of(call, row),
        version=row.version,
    )


async def delete_event(call: Call[None, wire.Act]) -> Done:
    """Throw a draft away."""
    row = await read.row_of(call)

    def then(connection: Any, audit: int) -> None:
        now = rows.find(connection, row.id)
        if now is None or not now.is_draft or _has_begun(call, now):
            raise refusal(call, 409, "wrong_status", "only a draft can be thrown away")
        rows.remove(connection, row.id)
        sponsors.give(connection, call, row.id, "")

    written = await write(call, "event.delete", row.ticker, then)
    services_of(call).site.events.drop(row.id)
    services_of(call).site.sponsors.give(row.id, "")
    return Done(seq=written.seq, audit_id=written.audit_id)


def _has_begun(call: AnyCall, row: SiteEvent) -> bool:
    """Is a part of it on the exchange already?"""
    return services_of(call).markets.event(row.ticker) is not None


def changed_draft(call: AnyCall, row: SiteEvent) -> str:
    """A draft's document with what the body changes. Raises: ApiError."""
    body, draft = call.body, draft_of(row)
    words: dict[str, Any] = {}
    for field, name in (("subtitle", "subtitle"), ("image_url", "imageUrl")):
        if getattr(body, field) is not None:
            words[field] = read.line(getattr(body, field), name)
    for field, name in (("rules_primary", "rulesPrimary"), ("rules_secondary", "rulesSecondary")):
        if getattr(body, field) is not None:
            words[field] = read.prose(getattr(body, field), name)
    if body.title is not None:
        words["title"] = read.line(body.title, "title", 200)
    if body.early_close_condition is not None:
        words["early_close_condition"] = read.line(
            body.early_close_condition, "earlyCloseCondition"
        )
    if body.options is not None:
        words["options"] = drafts.with_tickers(row.ticker, read.labels(call, body.options))
    if body.open_at is not None or body.close_at is not None:
        opens = draft.open_at if body.open_at is None else micros(body.open_at)
        closes = draft.close_at if body.close_at is None else micros(body.close_at)
        if closes <= max(call.at, opens):
            raise invalid(call, "closeAt", "must be in the future, and after openAt")
        words |= {"open_at": opens, "close_at": closes}
    return drafts.written(msgspec.structs.replace(draft, **words))
