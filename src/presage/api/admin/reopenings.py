"""Outcomes that were paid are corrected: one administrator asks, another one asks for the same.

The first wish is a row and nothing more; the second carries it out, in one submission with the
command and the act that the event's page tells of. Who was paid for what is read from the
settlements, which do not change any more. Play money only: real money is not moved back this way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from presage.api.admin import events, outcomes
from presage.api.admin.errors import invalid, refusal
from presage.api.admin.outcomes import Given
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site.errors import refuse
from presage.api.site.links import maybe_https_link
from presage.api.site.money import contracts, owned_cents
from presage.api.site.options import option_id
from presage.api.site.resolutions import shown_outcome
from presage.api.site.strings import clean, maybe_printed, printed
from presage.domain.commands import Command
from presage.domain.ids import AccountId, MarketId, member_of
from presage.domain.payouts import payout
from presage.domain.resolution_commands import MAX_HOLDERS, VOID, CorrectOutcomes
from presage.feeds.cards import EventCard, MarketCard
from presage.identity.uuids import uuid7
from presage.projections import settlements
from presage.site import disputes, reopenings, resolutions
from presage.site.events import SiteEvent
from presage.site.reopenings import DONE, WITHDRAWN, Reopening
from presage.site.resolutions import CORRECTED, Outcomes, Resolution
from presage.units import DOLLAR_PRICE, Count, Money
from presage.wire.admin import reopenings as wire
from presage.wire.admin.resolutions import ResolveQuery

MOST_SHOWN: Final = 1_000
_NOTE: Final = 2_000
_ACTION: Final = "event.reopen-resolution"

Holder = tuple[MarketId, AccountId, Count]


class Changed(NamedTuple):
    """What a correction makes of one position."""

    market: MarketId
    account: AccountId
    held: Count
    revenue: Money
    added: Money


async def reopen_resolution(call: Call[ResolveQuery, wire.Reopen]) -> wire.Reopened:
    """Correct outcomes that were paid; two administrators ask for the same."""
    body = call.body
    if services_of(call).site.real_money:
        raise refuse("forbidden", "Outcomes that were paid in real money are not corrected.")
    row, card = await outcomes.published(call)
    if body.withdraw:
        return await _withdraw(call, row)
    if not body.outcomes:
        raise invalid(call, "outcomes", "are needed")
    said = _rest_is_no(card, outcomes.given(call, card, body.outcomes, "outcomes"))
    holders = await _holders(call, said)
    if call.query.dry_run:
        _check_paid(call, card, said, ())
        return await _dry_run(call, row, card, said, holders)
    wanted = _wanted(call, row, said)

    def then(connection: Any, audit: int) -> Command | None:
        _check_paid(call, card, said, reopenings.last_done(connection, row.id))
        one = reopenings.waiting(connection, row.id)
        if one is None:
            reopenings.add(connection, wanted)
            return None
        _check_same(call, one, wanted)
        one = reopenings.decide(connection, one, DONE, call.caller.member, call.at)
        _note(connection, one, audit)
        return CorrectOutcomes(one.outcomes, tuple(holders), f"correction:{audit}", audit)

    return await _write(call, row, then)


async def _withdraw(call: AnyCall, row: SiteEvent) -> wire.Reopened:
    body = call.body
    if body.outcomes or body.note or body.evidence_url:
        raise invalid(call, "withdraw", "names nothing else")

    def then(connection: Any, audit: int) -> None:
        one = reopenings.waiting(connection, row.id)
        if one is None:
            raise refuse("conflict", "No correction waits.")
        reopenings.decide(connection, one, WITHDRAWN, call.caller.member, call.at)

    return await _write(call, row, then)


async def _write(call: AnyCall, row: SiteEvent, then: Any) -> wire.Reopened:
    written = await write(call, _ACTION, row.ticker, then)
    read = partial(reopenings.newest, event=row.id)
    one = await services_of(call).reader.run(read)
    assert one is not None, "an acknowledged write is always readable"
    return wire.Reopened(
        event=await events.page_of(call, row),
        version=row.version,
        dry_run=False,
        seq=written.seq,
        audit_id=written.audit_id,
        reopening=_shown(call, one),
    )


def _wanted(call: AnyCall, row: SiteEvent, said: Given) -> Reopening:
    return Reopening(
        id=uuid7(call.at),
        event=row.id,
        outcomes=tuple(sorted(said.items())),
        evidence_url=maybe_https_link(call.body.evidence_url, "evidenceUrl"),
        note=clean(call.body.note, "note", high=_NOTE, lines=True),
        asked_by=call.caller.member,
        created_at=call.at,
    )


def _check_same(call: AnyCall, one: Reopening, wanted: Reopening) -> None:
    """Does a second person want what waits? Raises: Refusal."""
    if not one.says(wanted):
        raise refuse("conflict", "Another correction of this event waits; withdraw it first.")
    if one.asked_by == call.caller.member:
        raise refuse("forbidden", "This needs a second person.")


def _note(connection: Any, one: Reopening, audit: int) -> None:
    resolutions.add(
        connection,
        Resolution(
            audit=audit,
            event=one.event,
            round=disputes.round_of(connection, one.event),
            kind=CORRECTED,
            outcomes=one.outcomes,
            evidence_url=one.evidence_url,
            note=one.note,
            by=one.asked_by,
            at=one.decided_at,
        ),
    )


# What can be corrected


def _is_paid(one: MarketCard) -> bool:
    """A void has no outcome, before or after."""
    return one.status == "finalized" and one.result not in ("", "void")


def _rest_is_no(card: EventCard, said: Given) -> Given:
    """Where only one option can come true and one did, the others did not."""
    if not card.exclusive or DOLLAR_PRICE not in said.values():
        return said
    return {one.id: 0 for one in card.markets if _is_paid(one) and one.value} | said


def _check_paid(call: AnyCall, card: EventCard, said: Given, newest: Outcomes) -> None:
    """Is there something to correct? The newest correction may not be on the cards yet. Raises:
    ApiError."""
    for one in card.markets:
        if one.id not in said and not card.exclusive:
            continue
        if one.status != "finalized":
            raise refusal(
                call, 409, "wrong_status", f"{one.ticker} is {one.status}: nothing is paid"
            )
        if one.id in said and (said[one.id] == VOID or not _is_paid(one)):
            raise refusal(
                call, 409, "wrong_status", "a void is not corrected, nor made of a payout"
            )
    was = {one.id: one.value for one in card.markets} | dict(newest)
    if all(was[id] == value for id, value in said.items()):
        raise refusal(call, 409, "wrong_status", "the event came out so")
    if card.exclusive and sum((was | said).values()) > DOLLAR_PRICE:
        sentence = "the values of an exclusive event sum to at most one dollar"
        raise refusal(call, 409, "values_exceed_one", sentence)


async def _holders(call: AnyCall, said: Given) -> Sequence[Holder]:
    """Everybody who was paid for a position in these markets. Raises: Refusal."""
    read = partial(settlements.holders, markets=list(said), limit=MAX_HOLDERS + 1)
    found: Sequence[Holder] = await services_of(call).reader.run(read)
    if len(found) > MAX_HOLDERS:
        sentence = f"More than {MAX_HOLDERS} positions were paid; correct fewer options at once."
        raise refuse("limit_reached", sentence)
    return found


# What everybody would get or lose


async def _dry_run(
    call: AnyCall, row: SiteEvent, card: EventCard, said: Given, holders: Sequence[Holder]
) -> wire.Reopened:
    was = {one.id: one.value for one in card.markets}
    found = [_changed(one, said, was) for one in holders]
    gains: Counter[AccountId] = Counter()
    for one in found:
        gains[one.account] += one.added

    def lacking(engine: Any) -> Money:
        cash = {account: engine.state.accounts[account].cash for account in gains}
        return sum(max(-cash[account] - gain, 0) for account, gain in gains.items())

    cover = await services_of(call).gateway.inspect(lacking)
    largest = sorted(found, key=lambda one: (-abs(one.added), one.account, one.market))
    return wire.Reopened(
        event=await events.page_of(call, row),
        version=row.version,
        dry_run=True,
        changes=wire.Changes(
            moved_cents=owned_cents(sum(gain for gain in gains.values() if gain > 0)),
            cover_cents=owned_cents(cover),
            holders=len({member_of(account) for account in gains}),
            changes=[_change(call, one) for one in largest[:MOST_SHOWN]],
        ),
    )


def _changed(one: Holder, said: Given, was: Given) -> Changed:
    market, account, held = one
    revenue = payout(held, said[market])
    return Changed(market, account, held, revenue, revenue - payout(held, was[market]))


def _change(call: AnyCall, one: Changed) -> wire.Change:
    services, member = services_of(call), member_of(one.account)
    person = services.site.people.find(member)
    return wire.Change(
        username=None if person is None else person.username,
        member=member,
        option_id=option_id(services.ids, one.market),
        side="YES" if one.held > 0 else "NO",
        quantity=contracts(abs(one.held)),
        payout_cents=owned_cents(one.revenue),
        change_cents=owned_cents(one.added),
    )


def _shown(call: AnyCall, one: Reopening) -> wire.Wanted:
    services = services_of(call)
    return wire.Wanted(
        status=one.status,  # type: ignore[arg-type]  # written as one of them
        outcomes=[shown_outcome(services, market, value) for market, value in one.outcomes],
        evidence_url=one.evidence_url or None,
        note=one.note,
        asked_by=one.asked_by,
        decided_by=one.decided_by or None,
        created_at=printed(one.created_at),
        decided_at=maybe_printed(one.decided_at),
    )
