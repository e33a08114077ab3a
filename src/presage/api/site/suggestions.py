"""Members suggest markets: written once, changed when an operator asks for it, a few at a time.

What is much like it already is shown at once. Whether it becomes an event is decided by operators
(`api/admin/suggestions.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from presage.api.http import Reply
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site import finding, ids, pages
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.links import https_link
from presage.api.site.naming import name_events
from presage.api.site.options import YES, title_of
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import clean, maybe_printed, moment, printed
from presage.api.site.writing import submit
from presage.identity.uuids import uuid7
from presage.site import search, suggestions
from presage.site.slugs import same
from presage.site.suggestions import NEEDS_CHANGES, PENDING, Suggestion
from presage.wire.site import suggestions as wire

_TITLE: Final = (10, 200)
_DESCRIPTION: Final = (20, 5_000)
_CATEGORY: Final = 60
_LABEL: Final = 100
_SOURCE: Final = 500
_LOOKED_AT: Final = 50
_SHOWN: Final = 5
_ALIKE: Final = 0.35
"""From this score on it may be the same event."""


async def list_market_suggestions(call: Call[wire.ListSuggestions, None]) -> wire.Suggestions:
    """List the caller's suggestions, for administrators everybody's."""
    if not site_of(call).settings.flag("marketSuggestions"):
        return wire.Suggestions(suggestions=[], enabled=False, next_cursor=None)
    place, wanted = pages.after(call, str), pages.wanted(call)
    member = 0 if call.caller.role in ("admin", "operator") else call.caller.member
    status, before = call.query.status or "", str(place[0]) if place else ""
    found = await services_of(call).reader.run(
        lambda connection: suggestions.page(connection, member, status, before, wanted)
    )
    cut = pages.cut(call, found, lambda one: (one.id,))
    return wire.Suggestions(
        suggestions=[shown(services_of(call), one) for one in cut.rows],
        enabled=True,
        next_cursor=cut.next_cursor,
    )


async def suggest_market(call: Call[None, wire.SuggestMarket]) -> Reply:
    """Suggest a market, or write one anew that needed changes."""
    new, services = _asked(call), services_of(call)
    before = None if call.body.id is None else ids.row_id("sug", call.body.id)
    if call.body.id is not None and before is None:
        raise not_found()
    most = site_of(call).settings.number("PENDING_SUGGESTIONS")

    def rows(connection: Any) -> None:
        old = None if before is None else suggestions.find(connection, before)
        if before is not None:
            if old is None or old.member != new.member:
                raise not_found()
            if old.status != NEEDS_CHANGES:
                raise refuse("conflict", "Only what needs changes can be changed.", "id")
        if suggestions.pending(connection, new.member) >= most:
            raise refuse("limit_reached", f"You have {most} suggestions that wait already.")
        if old is None:
            suggestions.add(connection, new)
        else:
            again = {"id": old.id, "created_at": old.created_at, "review_note": old.review_note}
            suggestions.change(connection, msgspec.structs.replace(new, **again))

    await submit(call, None, rows)

    def read(connection: Any) -> Suggestion | None:
        written = suggestions.find(connection, before or new.id)
        # After a crash the key was spent by the try before: it was written then.
        return written or suggestions.last_with(connection, new.member, new.title)

    found = await services.reader.run(read)
    assert found is not None, "it has been written"
    reply = wire.SuggestionReply(
        suggestion=shown(services, found), similar=await similar(services, new.title)
    )
    return Reply(201 if before is None else 200, reply)


def _asked(call: AnyCall) -> Suggestion:
    """What the body says, made even. Raises: Refusal."""
    body = call.body
    low, high = _TITLE
    return Suggestion(
        id=uuid7(call.at),
        member=call.caller.member,
        title=clean(body.title, "title", low=low, high=high),
        description=clean(
            body.description, "description", low=_DESCRIPTION[0], high=_DESCRIPTION[1], lines=True
        ),
        category=clean(body.category, "category", low=1, high=_CATEGORY),
        options=_labels(body.options),
        close_at=_closing(call),
        resolution_source=clean(body.resolution_source, "resolutionSource", high=_SOURCE),
        source_urls=tuple(dict.fromkeys(https_link(one, "sourceUrls") for one in body.source_urls)),
        status=PENDING,
        created_at=call.at,
    )


def _labels(asked: Sequence[str]) -> tuple[str, ...]:
    labels: dict[str, str] = {}
    for text in asked:
        label = clean(text, "options", low=1, high=_LABEL)
        if same(label) in labels:
            raise invalid("options", f"there is more than one {label}")
        labels[same(label)] = label
    return tuple(labels.values()) or (YES,)


def _closing(call: AnyCall) -> int:
    if call.body.close_at is None:
        return 0
    at = moment(call.body.close_at, "closeAt")
    if at <= call.at:
        raise invalid("closeAt", "must be in the future")
    return at


async def similar(services: Services, title: str) -> list[wire.Similar]:
    """Events that are not over and whose titles share many words with this one, the most first."""
    await name_events(services)
    await finding.index(services)
    near = services.site.search.sharing(title, _LOOKED_AT)
    cards = [services.markets.event_by_id(event) for event in near]
    live = [card for card in cards if not card.collection and finding.stage(card) != "resolved"]
    await services.markets.texts.bring(services.reader, live)
    mine, found = set(search.words(title)), []
    for card in live:
        row = services.site.events.by_ticker(card.ticker)
        theirs = set(search.words(title_of(card)))
        score = 2 * len(mine & theirs) / max(len(mine) + len(theirs), 1)
        if row is not None and not row.is_draft and score >= _ALIKE:
            found.append(wire.Similar(slug=row.slug, title=title_of(card), score=round(score, 2)))
    return sorted(found, key=lambda one: -one.score)[:_SHOWN]


def shown(services: Services, one: Suggestion) -> wire.Suggestion:
    """A suggestion as it is printed."""
    known = services.site.events
    event = known.by_id(one.event) if one.event else None
    twin = known.by_id(one.duplicate_of) if one.duplicate_of else None
    return wire.Suggestion(
        id=ids.shown("sug", one.id),
        title=one.title,
        description=one.description,
        category=one.category,
        options=list(one.options),
        close_at=maybe_printed(one.close_at),
        resolution_source=one.resolution_source,
        source_urls=list(one.source_urls),
        status=one.status,  # type: ignore[arg-type]  # one of the five
        review_note=one.review_note or None,
        duplicate_of=None if twin is None else twin.slug,
        event_slug=None if event is None else event.slug,
        created_at=printed(one.created_at),
        decided_at=maybe_printed(one.decided_at),
    )
