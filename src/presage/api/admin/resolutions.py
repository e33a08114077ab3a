"""An event's outcomes are given, voided, or paid before their time: one command and one row each.

Outcomes that are disputed are not given anew here: that is the decision of the dispute
(`disputes.py`). A dry run asks the engine's state what everybody would get, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from presage.api.admin import events, outcomes
from presage.api.admin.bonds import back
from presage.api.admin.errors import invalid, refusal
from presage.api.admin.outcomes import Given
from presage.api.admin.writing import AnyCall, Written, services_of, write
from presage.api.registry import Call
from presage.api.site.links import maybe_https_link
from presage.api.site.money import contracts, owned_cents
from presage.api.site.options import option_id
from presage.api.site.strings import clean
from presage.domain.commands import Command
from presage.domain.ids import MemberId, member_of
from presage.domain.markets import DECIDED
from presage.domain.payouts import payout
from presage.domain.resolution_commands import OWN_TIMER, VOID, ResolveMarkets, SettleMarkets
from presage.feeds.cards import EventCard
from presage.site import disputes, resolutions
from presage.site.events import SiteEvent
from presage.site.resolutions import AMENDED, FINALIZED, RESOLVED, VOIDED, Resolution
from presage.units import SECOND, Count, Micros, Money
from presage.wire.admin import resolutions as wire
from presage.wire.admin.events import Act, EventDone

HOUR: Final[Micros] = 3_600 * SECOND
MOST_SHOWN: Final = 1_000
_NOTE: Final = 2_000
_OPEN_TO_IT: Final = frozenset({"closed", "determined", "amended"})


class Paid(NamedTuple):
    """What a member would be paid of one market."""

    member: MemberId
    market: int
    held: Count
    money: Money
    profit: Money


async def resolve_event(call: Call[wire.ResolveQuery, wire.Resolve]) -> wire.Resolved:
    """Give the outcomes; the time in which they can be disputed begins."""
    body = call.body
    row, card = await outcomes.published(call)
    said = outcomes.given(call, card, body.outcomes, "outcomes")
    said = outcomes.rest_is_no(card, said, _OPEN_TO_IT)
    _check_open_to_it(call, card, said)
    if call.query.dry_run:
        return await _dry_run(call, row, card, said)
    hours = body.dispute_window_hours
    window = OWN_TIMER if hours is None else hours * HOUR
    evidence = maybe_https_link(body.evidence_url, "evidenceUrl")
    note = clean(body.note, "note", high=_NOTE, lines=True)
    amends = any(one.status in DECIDED for one in card.markets if one.id in said)
    longest = max(one.timer for one in card.markets if one.id in said)

    def then(connection: Any, audit: int) -> Command:
        ends = call.at + (longest if window == OWN_TIMER else window)
        kind = AMENDED if amends else RESOLVED
        _note(connection, call, audit, row, kind, said, evidence=evidence, note=note, ends_at=ends)
        return ResolveMarkets(tuple(said.items()), window, audit=audit)

    written = await write(call, "event.resolve", row.ticker, then)
    return await _resolved(call, row, written)


def _check_open_to_it(call: AnyCall, card: EventCard, said: Given) -> None:
    for one in card.markets:
        if one.id in said and one.status == "disputed":
            sentence = f"{one.ticker} is disputed: decide the dispute"
            raise refusal(call, 409, "wrong_status", sentence)
        if one.id in said and one.status not in _OPEN_TO_IT:
            sentence = f"{one.ticker} is {one.status}, not closed"
            raise refusal(call, 409, "wrong_status", sentence)


async def _resolved(call: AnyCall, row: SiteEvent, written: Written) -> wire.Resolved:
    return wire.Resolved(
        event=await events.page_of(call, row),
        version=row.version,
        dry_run=False,
        seq=written.seq,
        audit_id=written.audit_id,
    )


async def void_event(call: Call[None, wire.VoidEvent]) -> EventDone:
    """Undo all trading in an event, or settle all its options at a value; pays at once."""
    body = call.body
    row, card = await outcomes.published(call)
    if (body.value_cents is not None) != (body.mode == "SETTLE_AT"):
        raise invalid(call, "valueCents", "goes with SETTLE_AT, and SETTLE_AT with it")
    cents = body.value_cents
    worth = VOID if cents is None else outcomes.price_of(call, cents, "valueCents")
    said = {one.id: worth for one in card.markets if one.status != "finalized"}
    if not said:
        raise refusal(call, 409, "wrong_status", "the event is paid")
    note = clean(body.note, "note", high=_NOTE, lines=True)

    def then(connection: Any, audit: int) -> Command:
        case = outcomes.open_case(connection, row)
        ended = back(connection, call, row, [(one, disputes.VOIDED, False) for one in case], note)
        _note(connection, call, audit, row, VOIDED, said, note=note)
        return ResolveMarkets(
            tuple(said.items()),
            0,
            close=True,
            lines=ended.lines,
            cause=f"void:{audit}",
            audit=audit,
        )

    return await events.done(call, await write(call, "event.void", row.ticker, then), row)


async def finalize_event(call: Call[None, Act]) -> EventDone:
    """End the time for disputes and pay now; never while a dispute is open."""
    row, card = await outcomes.published(call)
    if any(one.status == "disputed" for one in card.markets):
        raise refusal(call, 409, "wrong_status", "a dispute is open: decide it")
    due = [one.id for one in card.markets if one.status in ("determined", "amended")]
    if not due:
        raise refusal(call, 409, "wrong_status", "no option of the event waits to be paid")

    def then(connection: Any, audit: int) -> Command:
        _note(connection, call, audit, row, FINALIZED, {})
        return SettleMarkets(tuple(due), audit)

    return await events.done(call, await write(call, "event.finalize", row.ticker, then), row)


def _note(
    connection: Any,
    call: AnyCall,
    audit: int,
    row: SiteEvent,
    kind: str,
    said: Given,
    *,
    evidence: str = "",
    note: str = "",
    ends_at: Micros = 0,
) -> None:
    resolutions.add(
        connection,
        Resolution(
            audit=audit,
            event=row.id,
            round=disputes.round_of(connection, row.id),
            kind=kind,
            outcomes=tuple(said.items()),
            evidence_url=evidence,
            note=note,
            by=call.caller.member,
            at=call.at,
            ends_at=ends_at,
        ),
    )


# What everybody would get


async def _dry_run(call: AnyCall, row: SiteEvent, card: EventCard, said: Given) -> wire.Resolved:
    found = await services_of(call).gateway.inspect(lambda engine: _payouts(engine, said))
    largest = sorted(found, key=lambda one: (-abs(one.money), one.member, one.market))
    return wire.Resolved(
        event=await events.page_of(call, row),
        version=row.version,
        dry_run=True,
        payouts=wire.Payouts(
            total_cents=owned_cents(sum(one.money for one in found)),
            holders=len({one.member for one in found}),
            payouts=[_shown(call, one) for one in largest[:MOST_SHOWN]],
        ),
    )


def _payouts(engine: Any, said: Given) -> Sequence[Paid]:
    """As the engine would pay them."""
    found = []
    for market, worth in said.items():
        for holding in engine.state.markets[market].holdings.values():
            if worth == VOID:
                money, profit = holding.spent + holding.fees, -holding.realized
            else:
                money = payout(holding.count, worth)
                profit = money - holding.cost
            if holding.count or (worth == VOID and money):
                member = member_of(holding.account.id)
                found.append(Paid(member, market, holding.count, money, profit))
    return found


def _shown(call: AnyCall, one: Paid) -> wire.Payout:
    services = services_of(call)
    person = services.site.people.find(one.member)
    return wire.Payout(
        username=None if person is None else person.username,
        member=one.member,
        option_id=option_id(services.ids, one.market),
        side=None if not one.held else "YES" if one.held > 0 else "NO",
        quantity=contracts(abs(one.held)),
        payout_cents=owned_cents(one.money),
        profit_cents=owned_cents(one.profit),
    )
