"""Sponsors as operators write them: who they are, from when to when, on which events' pages.

A sponsor's address is always https, and nothing that it says reaches a market.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET

from presage.api.admin.errors import invalid, not_found
from presage.api.admin.event_texts import line
from presage.api.admin.read import maybe_micros
from presage.api.admin.versions import check_version
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.strings import clean, maybe_printed
from presage.identity.uuids import uuid7
from presage.providers.plain import web_address
from presage.site import sponsors as rows
from presage.site.sponsors import Sponsor
from presage.wire.admin import sponsors as wire
from presage.wire.admin.common import Done
from presage.wire.admin.events import Act

PREFIX: Final = "spn"
MAX_EVENTS: Final = 100
_TEXT: Final = 140


async def list_sponsors(call: Call[wire.ListSponsors, None]) -> wire.SponsorList:
    """List sponsors, newest first."""
    after = pages.after(call, str)
    every = services_of(call).site.sponsors.all()
    found = [one for one in every if after is None or one.id < str(after[0])]
    cut = pages.cut(call, found[: pages.wanted(call)], lambda one: (one.id,))
    return wire.SponsorList(
        sponsors=[_shown(call, one) for one in cut.rows], next_cursor=cut.next_cursor
    )


async def create_sponsor(call: Call[None, wire.PutSponsor]) -> wire.SponsorDone:
    """Write a sponsor down. Events name it by its id."""
    body = call.body
    row = Sponsor(
        id=uuid7(call.at),
        name=clean(body.name, "name", low=1, high=100),
        url=_address(call, body.url, "url"),
        logo_url=_address(call, body.logo_url, "logoUrl"),
        text=line(body.text, "text", _TEXT),
        starts_at=maybe_micros(body.starts_at) or 0,
        ends_at=maybe_micros(body.ends_at) or 0,
        created_at=call.at,
    )
    _check_dates(call, row)

    def then(connection: Any, audit: int) -> None:
        rows.add(connection, row)

    written = await write(call, "sponsor.create", ids.shown(PREFIX, row.id), then)
    services_of(call).site.sponsors.put(row)
    return wire.SponsorDone(seq=written.seq, audit_id=written.audit_id, sponsor=_shown(call, row))


async def change_sponsor(call: Call[None, wire.ChangeSponsor]) -> wire.SponsorDone:
    """Change what a sponsor says, or when."""
    id = _named(call)
    changed: Sponsor | None = None

    def then(connection: Any, audit: int) -> None:
        nonlocal changed
        now = rows.find(connection, id)
        if now is None:
            raise not_found(call, "sponsor", call.path["id"])
        check_version(call, now.version)
        wanted = _changed(call, now)
        _check_dates(call, wanted)
        changed = rows.change(connection, wanted)

    written = await write(call, "sponsor.change", call.path["id"], then)
    assert changed is not None, "else it was refused"
    services_of(call).site.sponsors.put(changed)
    return wire.SponsorDone(
        seq=written.seq, audit_id=written.audit_id, sponsor=_shown(call, changed)
    )


async def delete_sponsor(call: Call[None, Act]) -> Done:
    """Erase a sponsor; its events have none any more."""
    id = _named(call)

    def then(connection: Any, audit: int) -> None:
        if rows.find(connection, id) is None:
            raise not_found(call, "sponsor", call.path["id"])
        rows.remove(connection, id)

    written = await write(call, "sponsor.delete", call.path["id"], then)
    services_of(call).site.sponsors.drop(id)
    return Done(seq=written.seq, audit_id=written.audit_id)


def of_event(call: AnyCall, text: str) -> str:
    """The row of the sponsor that an event's body names; "" for none. Raises: ApiError."""
    if not text:
        return ""
    id = ids.row_id(PREFIX, text)
    if id is None or services_of(call).site.sponsors.find(id) is None:
        raise invalid(call, "sponsor", "there is no such sponsor")
    return id


def give(connection: Any, call: AnyCall, event: str, sponsor: str) -> None:
    """Put a sponsor's row ("": none) onto an event's page. Raises: ApiError when it is gone."""
    if sponsor and rows.find(connection, sponsor) is None:
        raise invalid(call, "sponsor", "there is no such sponsor")
    rows.give(connection, event, sponsor)


def _named(call: AnyCall) -> str:
    id = ids.row_id(PREFIX, call.path["id"])
    if id is None or services_of(call).site.sponsors.find(id) is None:
        raise not_found(call, "sponsor", call.path["id"])
    return id


def _changed(call: AnyCall, now: Sponsor) -> Sponsor:
    body = call.body
    words: dict[str, Any] = {}
    if body.name is not None:
        words["name"] = clean(body.name, "name", low=1, high=100)
    if body.url is not None:
        words["url"] = _address(call, body.url, "url")
    if body.logo_url is not None:
        words["logo_url"] = _address(call, body.logo_url, "logoUrl")
    if body.text is not None:
        words["text"] = line(body.text, "text", _TEXT)
    for field in ("starts_at", "ends_at"):
        if getattr(body, field) is not UNSET:
            words[field] = maybe_micros(getattr(body, field)) or 0
    return msgspec.structs.replace(now, **words)


def _check_dates(call: AnyCall, row: Sponsor) -> None:
    if row.ends_at and row.ends_at <= row.starts_at:
        raise invalid(call, "endsAt", "must be after startsAt")


def _address(call: AnyCall, text: str, field: str) -> str:
    address = line(text, field)
    if address and not web_address(address, secure=True):
        raise invalid(call, field, "must be an https address")
    return address


def _shown(call: AnyCall, row: Sponsor) -> wire.Sponsor:
    site = services_of(call).site
    events = (site.events.by_id(id) for id in site.sponsors.events_of(row.id)[:MAX_EVENTS])
    return wire.Sponsor(
        id=ids.shown(PREFIX, row.id),
        name=row.name,
        url=row.url,
        logo_url=row.logo_url or None,
        text=row.text,
        starts_at=maybe_printed(row.starts_at),
        ends_at=maybe_printed(row.ends_at),
        active=row.is_on(call.at),
        events=[event.slug for event in events if event is not None],
        version=row.version,
    )
