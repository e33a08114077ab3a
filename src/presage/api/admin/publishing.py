"""Putting an event on the exchange and taking it through its life: publish, pause, resume, close.

Publishing is several entries of the journal: series, event, one market after the other, and last
the row that shows it to people. When it breaks off in between, publishing again goes on there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from presage.api.admin import event_texts as read
from presage.api.admin.errors import refusal, rejected
from presage.api.admin.events import done
from presage.api.admin.writing import AnyCall, act_of, attempt, services_of, write
from presage.api.registry import Call
from presage.api.site import drafts
from presage.api.site.drafts import Draft, DraftOption, draft_of
from presage.api.site.options import label_of
from presage.api.site.strings import clean
from presage.catalog.events import EVENT_TEXTS, EventText
from presage.catalog.house import HOUSE_LINES, HouseLine
from presage.catalog.markets import MARKET_TEXTS, MarketText
from presage.catalog.series import SERIES_TEXTS, SeriesText
from presage.domain.commands import (
    CloseMarket,
    Command,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    PauseMarket,
    ResumeMarket,
)
from presage.domain.markets import MECNET
from presage.domain.rejects import Code, Reject
from presage.feeds.cards import EventCard, MarketCard
from presage.identity.uuids import uuid7
from presage.site import events as rows
from presage.site import outbox
from presage.site.events import LISTED, Clarification, SiteEvent
from presage.site.slugs import same
from presage.units import CONTRACT, DOLLAR_PRICE, Micros
from presage.wire.admin import events as wire

Rows = Callable[[Any], None]
Make = Callable[[MarketCard, int], Command]
"""The command for a market, given the id of the audit row."""

_LATEST: Final[Micros] = 7 * 86_400_000_000
_RISK: Final = 500
"""Cents of subsidy for each contract that the house shows at a price."""


async def publish_event(call: Call[None, wire.Act]) -> wire.EventDone:
    """Put a draft on the exchange."""
    row = await read.row_of(call)
    if not row.is_draft:
        raise refusal(call, 409, "wrong_status", "the event is published already")
    draft, services = draft_of(row), services_of(call)
    if draft.close_at <= max(call.at, draft.open_at):
        raise refusal(call, 409, "invalid_times", "closeAt has passed: move it first", "closeAt")
    if services.markets.series(draft.series) is None:
        await _create_series(call, draft)
    if services.markets.event(row.ticker) is None:
        await _create_event(call, row, draft)
    card = services.markets.event(row.ticker)
    assert card is not None, "it has been created"
    for option in draft.options:
        if services.markets.by_ticker(option.ticker) is None:
            await _create_market(call, card, draft, option)
    listed = row

    def then(connection: Any, audit: int) -> None:
        nonlocal listed
        now = rows.find(connection, row.id)
        if now is None or not now.is_draft:
            raise refusal(call, 409, "wrong_status", "the event is published already")
        listed = rows.change(
            connection,
            msgspec.structs.replace(now, state=LISTED, draft="", published_at=call.at),
        )
        for line in _house_lines(draft, call.at):
            HOUSE_LINES.put(connection, line)

    written = await write(call, "event.publish", row.ticker, then)
    services.site.events.put(listed)
    services.markets.unsearch(card.id)
    return await done(call, written, listed)


async def _create(call: AnyCall, action: str, subject: str, text: Rows, command: Command) -> None:
    """One act of publishing. What is there already was made by somebody who does the same."""

    def then(connection: Any, audit: int) -> Command:
        text(connection)
        return msgspec.structs.replace(command, audit=audit)

    result = await attempt(call, act_of(call, action, subject), then)
    if isinstance(result, Reject) and result.code is not Code.TICKER_EXISTS:
        raise rejected(call, result)


async def _create_series(call: AnyCall, draft: Draft) -> None:
    text = SeriesText(
        ticker=draft.series,
        title=draft.category,
        category=draft.category,
        categories=(draft.category,),
        frequency="custom",
        updated_at=call.at,
    )
    await _create(
        call,
        "series.create",
        draft.series,
        lambda connection: _put(SERIES_TEXTS, connection, text),
        CreateSeries(draft.series),
    )


def _put(texts: Any, connection: Any, text: Any) -> None:
    texts.put(connection, text)


async def _create_event(call: AnyCall, row: SiteEvent, draft: Draft) -> None:
    series = services_of(call).markets.series(draft.series)
    assert series is not None, "it has been created"
    text = EventText(
        ticker=row.ticker,
        title=draft.title,
        sub_title=draft.subtitle,
        category=draft.category,
        product_metadata={"slug": row.slug},
        image_url=draft.image_url,
        updated_at=call.at,
    )
    netting = MECNET if draft.exclusive else ""
    await _create(
        call,
        "event.create",
        row.ticker,
        lambda connection: _put(EVENT_TEXTS, connection, text),
        CreateEvent(series.id, row.ticker, draft.exclusive, netting),
    )


async def _create_market(call: AnyCall, card: EventCard, draft: Draft, option: DraftOption) -> None:
    text = MarketText(
        ticker=option.ticker,
        title=draft.title,
        subtitle=option.label,
        yes_sub_title=option.label,
        no_sub_title=option.label,
        rules_primary=draft.rules_primary,
        rules_secondary=draft.rules_secondary,
        early_close_condition=draft.early_close_condition or None,
        expected_expiration_at=draft.close_at,
        latest_expiration_at=draft.close_at + _LATEST,
        image_url=option.image_url,
        updated_at=call.at,
    )
    command = CreateMarket(
        card.id,
        option.ticker,
        open_at=max(draft.open_at, call.at),
        close_at=draft.close_at,
        structure=draft.structure,
        timer=draft.timer,
    )
    await _create(
        call,
        "market.create",
        option.ticker,
        lambda connection: _put(MARKET_TEXTS, connection, text),
        command,
    )


def _house_lines(draft: Draft, at: Micros) -> list[HouseLine]:
    """The house quotes every option of a subsidised event, the more contracts the more it may
    lose."""
    if not draft.subsidy:
        return []
    even = DOLLAR_PRICE // (len(draft.options) if draft.exclusive else 2)
    size = max(draft.subsidy // (_RISK * len(draft.options)), 1) * CONTRACT
    return [
        HouseLine(ticker=one.ticker, fair=one.opening or even, size=size, updated_at=at)
        for one in draft.options
    ]


async def add_option(call: Call[None, wire.AddOption]) -> wire.EventDone:
    """Add an option to a published event whose options do not exclude each other."""
    row, body = await read.row_of(call), call.body
    services = services_of(call)
    card = None if row.is_draft else services.markets.event(row.ticker)
    if card is None or card.exclusive or not any(one.status == "active" for one in card.markets):
        sentence = "only an open event without mutually exclusive options can get another one"
        raise refusal(call, 409, "wrong_status", sentence)
    await services.markets.texts.bring(services.reader, [card, *card.markets])
    label = clean(body.label, "label", low=1, high=100)
    if any(same(label_of(one)) == same(label) for one in card.markets):
        raise refusal(call, 409, "conflict", f"there is a {label} already", "label")
    first = next(one for one in card.markets if one.status == "active")
    text = first.text
    assert text is not None, "it has been brought"
    taken = [one.ticker for one in card.markets]
    wanted = (label, read.line(body.image_url, "imageUrl"), body.opening_prob_bps or 0)
    (option,) = drafts.with_tickers(card.ticker, [wanted], taken)
    written_text = msgspec.structs.replace(
        text,
        ticker=option.ticker,
        subtitle=label,
        yes_sub_title=label,
        no_sub_title=label,
        image_url=option.image_url,
        updated_at=call.at,
    )
    command = CreateMarket(
        card.id,
        option.ticker,
        open_at=call.at,
        close_at=first.close_at,
        structure=first.structure,
        timer=first.timer,
        can_close_early=first.can_close_early,
    )

    def then(connection: Any, audit: int) -> Command:
        MARKET_TEXTS.insert(connection, written_text)
        return msgspec.structs.replace(command, audit=audit)

    return await done(call, await write(call, "market.create", option.ticker, then), row)


async def pause_event(call: Call[None, wire.PauseEvent]) -> wire.EventDone:
    """Stop trading in all options."""
    now = call.body.cancel_orders
    return await _each(
        call, "pause", {"active"}, lambda card, audit: PauseMarket(card.id, now, audit)
    )


async def resume_event(call: Call[None, wire.Act]) -> wire.EventDone:
    """Trade again in all options that are paused."""
    return await _each(
        call, "resume", {"inactive"}, lambda card, audit: ResumeMarket(card.id, audit)
    )


async def close_event(call: Call[None, wire.Act]) -> wire.EventDone:
    """Close all options before their time."""
    fits = {"active", "inactive", "initialized"}
    return await _each(call, "close", fits, lambda card, audit: CloseMarket(card.id, audit))


async def _each(call: AnyCall, verb: str, fits: set[str], make: Make) -> wire.EventDone:
    row = await read.row_of(call)
    card = None if row.is_draft else services_of(call).markets.event(row.ticker)
    wanted = [one for one in card.markets if one.status in fits] if card is not None else []
    if not wanted:
        raise refusal(call, 409, "wrong_status", f"no option of the event can {verb} now")
    written = None
    for one in wanted:
        written = await write(call, f"market.{verb}", one.ticker, partial(_made, make, one))
    assert written is not None, "there was at least one"
    return await done(call, written, row)


def _made(make: Make, card: MarketCard, connection: Any, audit: int) -> Command:
    return make(card, audit)


async def clarify_event(call: Call[None, wire.Clarify]) -> wire.EventDone:
    """Add a word to the rules; it stays for ever."""
    row = await read.row_of(call)
    if row.is_draft:
        raise refusal(call, 409, "wrong_status", "a draft is changed, not clarified")
    text = clean(call.body.text, "text", low=1, high=5_000, lines=True)
    said = Clarification(uuid7(call.at), row.id, text, call.caller.member, call.at)

    def then(connection: Any, audit: int) -> None:
        rows.clarify(connection, said)
        about = {"event": row.ticker, "clarification": said.id}
        outbox.add(connection, call.at, "event.clarified", call.caller.member, about)

    written = await write(call, "event.clarify", row.ticker, then)
    return await done(call, written, row)
