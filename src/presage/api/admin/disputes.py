"""Disputes are decided: rejected, upheld with another outcome, or the market is voided.

Whoever gave the outcome does not decide what is said against it. One decision may end several
disputes: all those about a market whose outcome it changes. What no open dispute holds any more
goes on with its clock. Rows, bonds and command are one submission.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from presage.api.admin import events, outcomes
from presage.api.admin.bonds import Ended, Verdict, back
from presage.api.admin.errors import invalid, refusal
from presage.api.admin.outcomes import Given
from presage.api.admin.resolutions import HOUR
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.disputes import shown
from presage.api.site.errors import not_found, refuse
from presage.api.site.event_pages import bring
from presage.api.site.naming import name_events
from presage.api.site.options import title_of
from presage.api.site.strings import clean
from presage.domain.commands import Command, Move
from presage.domain.ids import MarketId, MemberId
from presage.domain.markets import DECIDED
from presage.domain.resolution_commands import VOID, ResolveMarkets
from presage.feeds.cards import EventCard
from presage.identity import audit as log
from presage.site import disputes, resolutions
from presage.site.disputes import OPEN, REJECTED, UPHELD, VOIDED, Dispute
from presage.site.events import SiteEvent
from presage.site.resolutions import AMENDED, STANDS, Resolution
from presage.units import DOLLAR_PRICE, Micros
from presage.wire.admin import resolutions as wire

_NOTE: Final = 2_000
_COUNTED: Final = 1_000
_LOOKED_AT: Final = 50
_VERBS: Final = frozenset({"market.determine", "market.amend"})
_VALUES: Final = {"YES": DOLLAR_PRICE, "NO": 0, "VOID": VOID}
_DISPUTED: Final = frozenset({"disputed"})


class _Found(NamedTuple):
    rows: list[Dispute]
    authors: dict[str, MemberId | None]
    overdue: int


class _Plan(NamedTuple):
    """What a decision comes to. `outcomes` are set, `released` go on with their clocks."""

    kind: str
    outcomes: Given
    released: tuple[MarketId, ...]
    verdicts: list[Verdict]
    window: Micros


async def list_disputes(call: Call[wire.ListDisputes, None]) -> wire.Cases:
    """List disputes, oldest first, with what helps to decide them."""
    services, query, place = services_of(call), call.query, pages.after(call, str)
    await name_events(services)
    row = services.site.events.by_slug(query.event_slug) if query.event_slug else None
    if query.event_slug and row is None:
        raise not_found()
    late = call.at - services.site.settings.number("DISPUTE_ALERT_HOURS") * HOUR

    def read(connection: Any) -> _Found:
        after, named = str(place[0]) if place else "", row.id if row is not None else ""
        found = disputes.page(connection, query.status or "", named, after, pages.wanted(call))
        authors = {one.id: _author(connection, call, one) for one in found}
        overdue = len(disputes.waiting_since(connection, late, _COUNTED))
        return _Found(found, authors, overdue)

    found = await services.reader.run(read)
    cut = pages.cut(call, found.rows, lambda one: (one.id,))
    await bring(services, [card for one in cut.rows if (card := _card(call, one)) is not None])
    return wire.Cases(
        disputes=[_case(call, one, found.authors[one.id], late) for one in cut.rows],
        overdue=found.overdue,
        next_cursor=cut.next_cursor,
    )


async def decide_dispute(call: Call[None, wire.DecideDispute]) -> wire.DisputeDecided:
    """Decide a dispute, and with it those that are about the same."""
    services, body = services_of(call), call.body
    await name_events(services)
    id = ids.row_id("dsp", call.path["dispute_id"])
    asked = None if id is None else await services.reader.run(lambda c: disputes.find(c, id))
    row = None if asked is None else services.site.events.by_id(asked.event)
    card = None if row is None else services.markets.event(row.ticker)
    if asked is None or row is None or card is None:
        raise not_found()
    said = _said(call, card, asked)
    note = clean(body.note, "note", high=_NOTE, lines=True)
    ended = Ended([], ())

    def then(connection: Any, audit: int) -> Command | None:
        nonlocal ended
        one = disputes.find(connection, asked.id)
        if one is None or one.status != OPEN:
            raise refuse("conflict", "This was decided.")
        if _author(connection, call, one) == call.caller.member:
            raise refuse("forbidden", "The outcome is yours; somebody else has to decide.")
        plan = _plan(call, card, one, outcomes.open_case(connection, row), said)
        ended = back(connection, call, row, plan.verdicts, note)
        resolutions.add(connection, _act(call, audit, one, plan, note))
        return _command(call, plan, ended, audit)

    written = await write(call, "dispute.decide", ids.shown("dsp", asked.id), then)
    return wire.DisputeDecided(
        seq=written.seq,
        audit_id=written.audit_id,
        disputes=[shown(call, one) for one in ended.disputes],
        event=await events.page_of(call, row),
    )


def _said(call: AnyCall, card: EventCard, one: Dispute) -> Given:
    """The outcomes that the decision sets. Raises: ApiError."""
    body, named = call.body, call.body.new_outcomes
    if body.decision != "UPHOLD" and named is not None:
        raise invalid(call, "newOutcomes", "go with UPHOLD")
    if body.decision != "REJECT" and body.frivolous:
        raise invalid(call, "frivolous", "goes with REJECT")
    if body.decision == "REJECT":
        return {}
    if body.decision == "VOID":
        return dict.fromkeys(one.markets, VOID)
    if named is not None:
        given = outcomes.given(call, card, named, "newOutcomes")
    elif one.proposed == "VOID":
        given = dict.fromkeys((one.option,) if one.option else one.markets, VOID)
    elif one.proposed:
        given = {one.option: _VALUES[one.proposed]}
    else:
        raise invalid(call, "newOutcomes", "are needed: the dispute proposes none")
    given = outcomes.rest_is_no(card, given, _DISPUTED)
    now = {market.id: VOID if market.result == "void" else market.value for market in card.markets}
    if not given.keys() & set(one.markets) or all(now[id] == given[id] for id in given):
        raise invalid(call, "newOutcomes", "must change what the dispute is about")
    for market in card.markets:
        if market.id in given and market.status not in DECIDED:
            raise refusal(call, 409, "wrong_status", f"{market.ticker} is {market.status}")
    return given


def _plan(
    call: AnyCall, card: EventCard, one: Dispute, case: Sequence[Dispute], said: Given
) -> _Plan:
    decision = call.body.decision
    if decision == "REJECT":
        ending, verdicts = [one], [(one, REJECTED, call.body.frivolous)]
    else:
        others = [two for two in case if two.id != one.id and said.keys() & set(two.markets)]
        ending = [one, *others]
        verdicts = [(two, _verdict(decision, one, two, said), False) for two in ending]
    gone = {two.id for two in ending}
    held = {market for two in case if two.id not in gone for market in two.markets}
    freed = {market for two in ending for market in two.markets} - held - said.keys()
    disputed = {market.id for market in card.markets if market.status == "disputed"}
    hours = services_of(call).site.settings.number("AMENDED_WINDOW_HOURS")
    kinds = {"REJECT": STANDS, "UPHOLD": AMENDED, "VOID": resolutions.VOIDED}
    return _Plan(
        kinds[decision],
        said,
        tuple(sorted(freed & disputed)),
        verdicts,
        0 if decision == "VOID" else hours * HOUR,
    )


def _verdict(decision: str, one: Dispute, two: Dispute, said: Given) -> str:
    """What becomes of a dispute of the same case: right is who wanted what it came to."""
    if decision == "VOID":
        return VOIDED
    wanted = two.proposed and two.id != one.id
    if not wanted:
        return UPHELD
    named = [two.option] if two.option else list(two.markets)
    right = all(said.get(market) == _VALUES[two.proposed] for market in named)
    return UPHELD if right else REJECTED


def _act(call: AnyCall, audit: int, one: Dispute, plan: _Plan, note: str) -> Resolution:
    return Resolution(
        audit=audit,
        event=one.event,
        round=one.round,
        kind=plan.kind,
        outcomes=tuple(plan.outcomes.items()),
        note=note,
        by=call.caller.member,
        at=call.at,
        ends_at=call.at + plan.window if plan.kind == AMENDED else 0,
    )


def _command(call: AnyCall, plan: _Plan, ended: Ended, audit: int) -> Command | None:
    cause = f"dispute-decided:{audit}"
    if plan.outcomes or plan.released:
        least = services_of(call).site.settings.number("DISPUTE_LEFT_HOURS") * HOUR
        return ResolveMarkets(
            tuple(plan.outcomes.items()),
            plan.window,
            released=plan.released,
            least=least,
            lines=ended.lines,
            cause=cause,
            audit=audit,
        )
    # Others still dispute the same: only the bond moves.
    return Move(ended.lines, cause, "dispute_bond", audit=audit) if ended.lines else None


def _author(connection: Any, call: AnyCall, one: Dispute) -> MemberId | None:
    """Who gave an outcome that is disputed; the caller, if it is one of several."""
    found = [_author_of(connection, call, one.event, market) for market in one.markets]
    return call.caller.member if call.caller.member in found else found[0]


def _author_of(connection: Any, call: AnyCall, event: str, market: MarketId) -> MemberId | None:
    """By the rows, or by the log where it was one of the verbs of markets."""
    author = resolutions.author_of(connection, event, market)
    if author is not None:
        return author
    ticker = services_of(call).markets.by_id(market).ticker
    rows = log.newest(connection, _LOOKED_AT, wanted=log.Search(subject=ticker))
    return next((row.actor for row in rows if row.action in _VERBS), None)


def _card(call: AnyCall, one: Dispute) -> EventCard | None:
    services = services_of(call)
    row: SiteEvent | None = services.site.events.by_id(one.event)
    return None if row is None else services.markets.event(row.ticker)


def _case(call: AnyCall, one: Dispute, author: MemberId | None, late: Micros) -> wire.Case:
    people, card = services_of(call).site.people, _card(call, one)
    who, by = people.find(one.member), people.find(author or 0)
    dispute, waits = shown(call, one), one.status == OPEN
    return wire.Case(
        **{name: getattr(dispute, name) for name in dispute.__struct_fields__},
        username=None if who is None else who.username,
        event_title=title_of(card) if card is not None else "",
        resolved_by=None if by is None else by.username,
        open_hours=(call.at - one.created_at) // HOUR if waits else None,
        overdue=waits and one.created_at < late,
        may_decide=waits and author != call.caller.member,
    )
