"""The caller's private notes on trades: sealed on disk when the installation has a key for them."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from cryptography.exceptions import InvalidTag

from presage.api.http import Reply
from presage.api.ids import Kind
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.naming import name_events
from presage.api.site.options import event_for, option_for, option_id
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import clean, printed
from presage.api.site.writing import submit
from presage.domain.ids import Id, MarketId, member_of
from presage.identity.uuids import uuid7
from presage.projections import orders
from presage.site import notes
from presage.site.notes import MOST, TradeNote
from presage.wire.site import accounts
from presage.wire.site import notes as wire

BODY: Final = 4_000
TAG: Final = 30
_PLAIN: Final = b"\x00"
_SEALED: Final = b"\x01"
_READ: Final = 200


async def list_trade_notes(call: Call[wire.ListNotes, None]) -> wire.Notes:
    """List the caller's notes, newest first."""
    query, member = call.query, call.caller.member
    trade = None if query.trade_id is None else await _trade(call, query.trade_id)
    event = None
    if query.event_slug is not None:
        event = (await event_for(call, query.event_slug)).card.id
    place = pages.after(call, str)
    after, found = str(place[0]) if place else "", list[TradeNote]()
    while len(found) < pages.wanted(call):
        read = partial(
            notes.page, member=member, after=after, limit=_READ, trade=trade, event=event
        )
        some = await services_of(call).reader.run(read)
        found += [one for one in some if _holds(call, one, query.q)]
        if len(some) < _READ:
            break
        after = some[-1].id
    page = pages.cut(call, found, lambda one: (one.id,))
    await name_events(services_of(call))
    return wire.Notes(notes=[_shown(call, one) for one in page.rows], next_cursor=page.next_cursor)


async def write_trade_note(call: Call[None, wire.WriteNote]) -> Reply:
    """Write a note, or change the one that is named."""
    note = await (_new(call) if call.body.id is None else _changed(call, call.body.id))
    await name_events(services_of(call))
    status = 201 if call.body.id is None else 200
    return Reply(status, wire.NoteReply(note=_shown(call, note)))


async def delete_trade_note(call: Call[accounts.Which, accounts.Which]) -> accounts.Deleted:
    """Delete a note."""
    text, member = call.query.id or call.body.id, call.caller.member
    if not text:
        raise invalid("id", "is required")
    id = ids.row_id("note", text)

    def rows(connection: Any) -> None:
        if id is None or not notes.remove(connection, member, id):
            raise not_found()

    await submit(call, None, rows)
    return accounts.Deleted(deleted=True)


async def _new(call: Call[None, wire.WriteNote]) -> TradeNote:
    body, member = call.body, call.caller.member
    if body.body is None:
        raise invalid("body", "is required")
    text, tags = _text(body.body), _tags(body.tags or [])
    trade, market, event = await _about(call)
    sealed = _seal(call, text)
    note = TradeNote(uuid7(call.at), member, trade, market, event, sealed, tags, call.at, call.at)

    def rows(connection: Any) -> None:
        if not notes.add(connection, note):
            raise refuse("limit_reached", f"A member has at most {MOST} notes.")

    await submit(call, None, rows)
    return note


async def _changed(call: Call[None, wire.WriteNote], text_id: str) -> TradeNote:
    body, member = call.body, call.caller.member
    id = ids.row_id("note", text_id)
    text = None if body.body is None else _seal(call, _text(body.body))
    tags = None if body.tags is None else _tags(body.tags)
    names_a_subject = body.trade_id or body.option_id or body.event_slug
    about = await _about(call) if names_a_subject else None
    done: list[TradeNote] = []

    def rows(connection: Any) -> None:
        was = notes.find(connection, member, id) if id else None
        if was is None:
            raise not_found()
        trade, market, event = about or (was.trade, was.market, was.event)
        note = TradeNote(
            was.id,
            member,
            trade,
            market,
            event,
            was.body if text is None else text,
            was.tags if tags is None else tags,
            was.created_at,
            call.at,
        )
        notes.change(connection, note)
        done.append(note)

    await submit(call, None, rows)
    return done[-1]


async def _about(call: Call[None, wire.WriteNote]) -> tuple[Id, MarketId, int]:
    """The trade, option and event (0: none) that a note is about."""
    body, markets = call.body, services_of(call).markets
    if body.trade_id is not None:
        trade = await _trade(call, body.trade_id)
        row = await services_of(call).reader.run(lambda rows: orders.find(rows, trade))
        assert row is not None, "it was found just now"
        return trade, row.market, markets.by_id(row.market).event.id
    if body.option_id is not None:
        card = (await option_for(call, body.option_id)).card
        return 0, card.id, card.event.id
    if body.event_slug is None:
        return 0, 0, 0
    return 0, 0, (await event_for(call, body.event_slug)).card.id


async def _trade(call: AnyCall, text: str) -> Id:
    """One of the caller's own trades: an order by its id."""
    number = ids.exchange_number(services_of(call).ids, "trd", text, Kind.ORDER)
    row = None
    if number is not None:
        row = await services_of(call).reader.run(lambda rows: orders.find(rows, number))
    if row is None or member_of(row.account) != call.caller.member:
        raise not_found()
    return row.id


def _text(body: str) -> str:
    return clean(body, "body", low=1, high=BODY, lines=True)


def _tags(tags: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(one, "tags", low=1, high=TAG) for one in tags))


def _seal(call: AnyCall, text: str) -> bytes:
    cipher = site_of(call).notes
    if cipher is None:
        return _PLAIN + text.encode()
    return _SEALED + cipher.seal(text, _purpose(call))


def opened(call: AnyCall, body: bytes) -> str | None:
    """The text; None when it was sealed with a key that is not here."""
    if body[:1] == _PLAIN:
        return body[1:].decode()
    cipher = site_of(call).notes
    try:
        return None if cipher is None else cipher.open(body[1:], _purpose(call))
    except InvalidTag:
        return None


def _purpose(call: AnyCall) -> str:
    return f"note of {call.caller.member}"


def _holds(call: AnyCall, note: TradeNote, words: str | None) -> bool:
    if not words:
        return True
    text = " ".join((opened(call, note.body) or "", *note.tags))
    return words.casefold() in text.casefold()


def _shown(call: AnyCall, note: TradeNote) -> wire.Note:
    cipher, markets = services_of(call).ids, services_of(call).markets
    text = opened(call, note.body)
    ticker = markets.event_by_id(note.event).ticker if note.event else ""
    event = services_of(call).site.events.by_ticker(ticker)
    return wire.Note(
        id=ids.shown("note", note.id),
        trade_id=ids.exchange_id(cipher, "trd", note.trade, Kind.ORDER) if note.trade else None,
        event_slug=event.slug if event else None,
        option_id=option_id(cipher, note.market) if note.market else None,
        body=text or "",
        readable=text is not None,
        tags=list(note.tags),
        created_at=printed(note.created_at),
        updated_at=printed(note.updated_at),
    )
