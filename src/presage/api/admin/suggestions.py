"""Suggested markets are decided: approved as drafts, sent back, refused, or known already.

The author is told, and gets the reward that the settings name, in the same submission. What the
draft says otherwise than the suggestion is the operator's to name.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from presage.api.admin import events
from presage.api.admin.errors import invalid
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.drafts import draft_page
from presage.api.site.errors import not_found, refuse
from presage.api.site.grants import grant
from presage.api.site.naming import name_events
from presage.api.site.options import row_for
from presage.api.site.strings import clean
from presage.api.site.suggestions import shown, similar
from presage.domain.commands import Command
from presage.identity.uuids import uuid7
from presage.site import notifications, outbox, suggestions
from presage.site.events import SiteEvent
from presage.site.suggestions import NEEDS_CHANGES, PENDING, Suggestion
from presage.units import CENT, Micros
from presage.wire.admin import suggestions as wire
from presage.wire.admin.events import DraftEvent, NewOption

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOTE: Final = 2_000
_APPROVED_TOPIC: Final = "suggestion.approved"
_STATUSES: Final = {
    "APPROVE": suggestions.APPROVED,
    "REJECT": suggestions.REJECTED,
    "NEEDS_CHANGES": NEEDS_CHANGES,
    "DUPLICATE": suggestions.DUPLICATE,
}
_TITLES: Final = {
    "APPROVE": "Your suggestion was approved",
    "REJECT": "Your suggestion was not taken",
    "NEEDS_CHANGES": "Your suggestion needs changes",
    "DUPLICATE": "What you suggested is there already",
}


async def list_suggestions(call: Call[wire.ListAllSuggestions, None]) -> wire.AllSuggestions:
    """List everybody's suggestions, newest first."""
    services, place, wanted = services_of(call), pages.after(call, str), pages.wanted(call)
    status, before = call.query.status or "", str(place[0]) if place else ""
    found = await services.reader.run(
        lambda connection: suggestions.page(connection, 0, status, before, wanted)
    )
    cut = pages.cut(call, found, lambda one: (one.id,))
    return wire.AllSuggestions(
        suggestions=[_shown(services, one) for one in cut.rows], next_cursor=cut.next_cursor
    )


async def decide_suggestion(call: Call[None, wire.DecideSuggestion]) -> wire.SuggestionDecided:
    """Decide about a suggestion; approved it becomes a draft."""
    services, body = services_of(call), call.body
    await name_events(services)
    id = ids.row_id("sug", call.path["suggestion_id"])
    asked = None if id is None else await services.reader.run(lambda c: suggestions.find(c, id))
    if asked is None:
        raise not_found()
    note, twin = _note(call), _twin(call)
    draft = _draft(call, asked) if body.decision == "APPROVE" else None
    decided = msgspec.structs.replace(
        asked,
        status=_STATUSES[body.decision],
        review_note=note,
        duplicate_of="" if twin is None else twin.id,
        event="" if draft is None else draft.id,
        decided_at=call.at,
        decided_by=call.caller.member,
    )

    def then(connection: Any, audit: int) -> Command | None:
        now = suggestions.find(connection, asked.id)
        if now != asked or now.status != PENDING:
            raise refuse("conflict", "This was decided, or written anew, in the meantime.")
        suggestions.change(connection, decided)
        _tell(connection, call, decided, twin)
        if draft is None:
            return None
        events.add_draft(connection, call, draft)
        about = {"suggestion": ids.shown("sug", asked.id)}
        outbox.add(connection, call.at, _APPROVED_TOPIC, asked.member, about)
        money = services.site.settings.number("SUGGESTION_REWARD_CENTS") * CENT
        cause = f"suggestion:{asked.id}"
        return grant(asked.member, money, cause, "suggestion") if money else None

    written = await write(call, "suggestion.decide", ids.shown("sug", asked.id), then)
    if draft is not None:
        services.site.events.put(draft)
    return wire.SuggestionDecided(
        seq=written.seq,
        audit_id=written.audit_id,
        suggestion=_shown(services, decided),
        similar=await similar(services, decided.title),
        event=None if draft is None else draft_page(services, draft),
    )


def _note(call: AnyCall) -> str:
    """What the author reads. Raises: ApiError where it has to say which changes."""
    note = clean(call.body.note, "note", high=_NOTE, lines=True)
    if call.body.decision == "NEEDS_CHANGES" and not note:
        raise invalid(call, "note", "must say what is to be changed")
    return note


def _twin(call: AnyCall) -> SiteEvent | None:
    """The event that there is already. Raises: ApiError."""
    name = call.body.duplicate_of
    if (name is not None) != (call.body.decision == "DUPLICATE"):
        raise invalid(call, "duplicateOf", "goes with DUPLICATE, and DUPLICATE with it")
    if name is None:
        return None
    found = row_for(services_of(call), name)
    if found is None or found.is_draft:
        raise invalid(call, "duplicateOf", "there is no such event")
    return found


def _draft(call: AnyCall, one: Suggestion) -> SiteEvent:
    """The draft that it becomes. Raises: ApiError."""
    other = call.body.overrides or wire.Overrides()
    closes = other.close_at or (_moment(one.close_at) if one.close_at else None)
    if closes is None:
        raise invalid(call, "overrides", "closeAt is needed: the suggestion names none")
    labels = other.options or one.options
    sources = "\n".join(one.source_urls)
    described = f"{one.description}\n\n{sources}".strip()
    words: dict[str, Any] = {
        "title": other.title or one.title,
        "category": other.category or one.category,
        "description": described if other.description is None else other.description,
        "rules_primary": other.rules_primary or "",
        "rules_secondary": other.rules_secondary or "",
        "resolution_source": other.resolution_source or one.resolution_source,
        "mutually_exclusive": bool(other.mutually_exclusive),
        "tags": other.tags or (),
    }
    body = DraftEvent(
        reason=call.body.reason,
        slug=other.slug,
        options=tuple(NewOption(label=label) for label in labels),
        open_at=other.open_at,
        close_at=closes,
        **words,
    )
    made = events.draft_row(call, body)
    return msgspec.structs.replace(made, id=uuid7(call.at), suggested_by=one.member)


def _moment(at: Micros) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def _tell(connection: Any, call: AnyCall, one: Suggestion, twin: SiteEvent | None) -> None:
    notifications.tell(
        connection,
        call.at,
        one.member,
        "SUGGESTION_DECIDED",
        f"{_TITLES[call.body.decision]}: {one.title}",
        one.review_note,
        "" if twin is None else f"/events/{twin.slug}",
        suggestion=ids.shown("sug", one.id),
        status=one.status,
    )


def _shown(services: Services, one: Suggestion) -> wire.Suggested:
    suggestion, who = shown(services, one), services.site.people.find(one.member)
    return wire.Suggested(
        **{name: getattr(suggestion, name) for name in suggestion.__struct_fields__},
        username=None if who is None else who.username,
    )
