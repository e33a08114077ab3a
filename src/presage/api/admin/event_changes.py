"""Changing an event that was written: everything of a draft, less once people trade on it."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from presage.api.admin import event_texts as read
from presage.api.admin import sponsors
from presage.api.admin.errors import invalid, refusal
from presage.api.admin.events import changed_draft, done
from presage.api.admin.read import maybe_micros
from presage.api.admin.versions import check_version
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.catalog.events import EVENT_TEXTS, EventText
from presage.catalog.markets import MARKET_TEXTS, MarketText
from presage.domain.commands import SetMarketTimes
from presage.feeds.cards import EventCard, MarketCard
from presage.site import events as rows
from presage.site import slugs
from presage.site.events import SiteEvent
from presage.units import Micros
from presage.wire.admin import events as wire

_ALWAYS: Final = frozenset(
    {"reason", "version", "image_url", "featured", "tags", "sponsor", "close_at"}
)
"""What may be changed after the first trade."""
_TRADABLE: Final = frozenset({"initialized", "active", "inactive"})


async def change_event(call: Call[None, wire.ChangeEvent]) -> wire.EventDone:
    """Change what is written about an event, or when it closes."""
    row, body = await read.row_of(call), call.body
    services = services_of(call)
    card = None if row.is_draft else services.markets.event(row.ticker)
    if card is not None:
        _check_allowed(call, card)
    if body.slug is not None and not slugs.is_slug(body.slug):
        raise invalid(call, "slug", "may not be this")
    changed = row
    sponsor = None if body.sponsor is None else sponsors.of_event(call, body.sponsor)

    def then(connection: Any, audit: int) -> None:
        nonlocal changed
        now = rows.find(connection, row.id)
        if now is None:
            raise refusal(call, 409, "version_conflict", "somebody has deleted the event since")
        check_version(call, now.version)
        slug = body.slug or now.slug
        if slug != now.slug and rows.has_slug(connection, slug):
            raise refusal(call, 409, "conflict", f"the slug {slug} is taken", "slug")
        if card is not None:
            _write_texts(connection, call, card)
        changed = rows.change(connection, _changed(call, now))
        if sponsor is not None:
            sponsors.give(connection, call, row.id, sponsor)

    written = await write(call, "event.change", row.ticker, then)
    services.site.events.put(changed)
    if sponsor is not None:
        services.site.sponsors.give(row.id, sponsor)
    if card is not None:
        services.markets.rewritten(card, call.at)
        for market in card.markets:
            services.markets.rewritten(market, call.at)
        await _move_times(call, card)
    return await done(call, written, changed)


def _check_allowed(call: AnyCall, card: EventCard) -> None:
    """What people have traded on stays. Raises: ApiError."""
    body = call.body
    if body.options is not None:
        raise invalid(call, "options", "are added one by one to an event that is published")
    closes = maybe_micros(body.close_at)
    traded = any(one.volume for one in card.markets)
    if closes is not None:
        if closes <= call.at:
            raise invalid(call, "closeAt", "must be in the future; to close now, close the event")
        if traded and any(closes < one.close_at for one in _movable(card)):
            raise refusal(
                call,
                409,
                "wrong_status",
                "after the first trade it may only close later",
                "closeAt",
            )
    if not traded:
        return
    for name in body.__struct_fields__:
        if name not in _ALWAYS and getattr(body, name) is not None:
            sentence = f"{name} may not change after the first trade"
            raise refusal(call, 409, "wrong_status", sentence, name)


def _movable(card: EventCard) -> list[MarketCard]:
    return [one for one in card.markets if one.status in _TRADABLE]


def _changed(call: AnyCall, row: SiteEvent) -> SiteEvent:
    body = call.body
    words: dict[str, Any] = {}
    if body.slug is not None:
        words["slug"] = body.slug
    if body.featured is not None:
        words["featured"] = body.featured
    if body.tags is not None:
        words["tags"] = read.tags(body.tags)
    if body.description is not None:
        words["description"] = read.prose(body.description, "description")
    if body.resolution_source is not None:
        words["resolution_source"] = read.line(body.resolution_source, "resolutionSource")
    if row.is_draft:
        words["draft"] = changed_draft(call, row)
    return msgspec.structs.replace(row, **words)


def _write_texts(connection: Any, call: AnyCall, card: EventCard) -> None:
    """The words that Kalshi's API prints too."""
    body = call.body
    event: dict[str, Any] = {}
    if body.title is not None:
        event["title"] = read.line(body.title, "title", 200)
    if body.subtitle is not None:
        event["sub_title"] = read.line(body.subtitle, "subtitle")
    if body.image_url is not None:
        event["image_url"] = read.line(body.image_url, "imageUrl")
    if event:
        text = EVENT_TEXTS.find(connection, card.ticker) or EventText(ticker=card.ticker)
        EVENT_TEXTS.put(connection, msgspec.structs.replace(text, **event, updated_at=call.at))
    market: dict[str, Any] = {}
    if body.rules_primary is not None:
        market["rules_primary"] = read.prose(body.rules_primary, "rulesPrimary")
    if body.rules_secondary is not None:
        market["rules_secondary"] = read.prose(body.rules_secondary, "rulesSecondary")
    if body.early_close_condition is not None:
        market["early_close_condition"] = read.line(
            body.early_close_condition, "earlyCloseCondition"
        )
    if body.title is not None:
        market["title"] = event["title"]
    for one in card.markets if market else ():
        words = MARKET_TEXTS.find(connection, one.ticker) or MarketText(ticker=one.ticker)
        MARKET_TEXTS.put(connection, msgspec.structs.replace(words, **market, updated_at=call.at))


async def _move_times(call: AnyCall, card: EventCard) -> None:
    opens = maybe_micros(call.body.open_at) or 0
    closes: Micros = maybe_micros(call.body.close_at) or 0
    if not (opens or closes):
        return
    for one in _movable(card):
        command = SetMarketTimes(one.id, opens if one.status == "initialized" else 0, closes)
        await write(call, "market.times", one.ticker, partial(_audited, command))


def _audited(command: SetMarketTimes, connection: Any, audit: int) -> SetMarketTimes:
    return msgspec.structs.replace(command, audit=audit)
