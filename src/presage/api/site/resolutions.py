"""How an event came by its outcomes, as its page prints it: the acts, the disputes, the clock.

What the options came out as is read from the cards; the rows only tell who said so and why.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final, NamedTuple

from presage.api.kalshi.services import Services
from presage.api.site import ids
from presage.api.site.event_pages import event_status, option_status, result_of
from presage.api.site.money import price_cents
from presage.api.site.options import Event, option_id
from presage.api.site.strings import maybe_printed, printed
from presage.domain.ids import MarketId, MemberId
from presage.domain.markets import UNDECIDED, result_word
from presage.domain.resolution_commands import VOID
from presage.feeds.cards import EventCard, MarketCard
from presage.site import disputes, resolutions
from presage.site.disputes import Dispute
from presage.site.resolutions import AMENDED, CORRECTED, RESOLVED, Resolution
from presage.units import Micros, Price
from presage.wire.site import events as wire

MOST: Final = 100
"""Acts, and disputes, that an event's page tells of."""
_RESULTS: Final[dict[str, wire.Result]] = {"yes": "YES", "no": "NO", "scalar": "SCALAR"}


class Told(NamedTuple):
    """What the rows say about an event."""

    acts: list[Resolution]
    disputes: list[Dispute]
    said: int
    """How many disputes there were."""


NOTHING: Final = Told([], [], 0)
"""Of an event of which nothing was ever decided there are no acts, and no disputes."""


def is_decided(card: EventCard) -> bool:
    """Is, or was, anything decided of it?"""
    return any(one.status not in UNDECIDED for one in card.markets)


def read(connection: Any, event: str) -> Told:
    """Everything there is to tell."""
    return Told(
        resolutions.of_event(connection, event, MOST),
        disputes.of_event(connection, event, MOST),
        disputes.count(connection, event),
    )


def resolution(services: Services, event: Event, told: Told) -> wire.Resolution | None:
    """What was decided of the options, None before anything was."""
    card = event.card
    decided = [one for one in card.markets if one.status not in UNDECIDED]
    if not decided:
        return None
    over = all(one.settled_at for one in card.markets)
    given = [act for act in told.acts if act.kind in (RESOLVED, AMENDED, CORRECTED)]
    last = given[-1] if given else None
    return wire.Resolution(
        state=event_status(card),
        outcomes=[_outcome_of(services, one) for one in decided],
        evidence_url=_evidence(given),
        note=last.note if last else "",
        resolved_by=_name(services, last.by) if last else None,
        determined_at=maybe_printed(given[0].at if given else 0),
        dispute_window_ends_at=maybe_printed(window_ends_at(card)),
        finalized_at=maybe_printed(max(one.settled_at for one in decided) if over else 0),
        history=_history(services, told),
    )


def window_ends_at(card: EventCard) -> Micros:
    """Until when an outcome of the event can still be disputed; 0 while the clock stands still, and
    when there is nothing to dispute."""
    if any(one.status == "disputed" for one in card.markets):
        return 0
    waits = [one.settle_at for one in card.markets if one.status in ("determined", "amended")]
    return max(waits, default=0)


def shown_outcome(services: Services, market: MarketId, value: Price) -> wire.Outcome:
    """An outcome that somebody gave."""
    return wire.Outcome(
        option_id=option_id(services.ids, market),
        result="VOID" if value == VOID else _RESULTS[result_word(value)],
        settlement_value_cents=None if value == VOID else price_cents(value),
    )


def _outcome_of(services: Services, card: MarketCard) -> wire.Outcome:
    result = result_of(card)
    assert result is not None, f"{card.ticker} has an outcome: it is {option_status(card)}"
    return wire.Outcome(
        option_id=option_id(services.ids, card.id),
        result=result,
        settlement_value_cents=None if result == "VOID" else price_cents(card.value),
    )


def _evidence(given: list[Resolution]) -> str | None:
    """The newest that was named."""
    return next((act.evidence_url for act in reversed(given) if act.evidence_url), None)


def _history(services: Services, told: Told) -> list[wire.Deed]:
    acts = [(act.at, _act(services, act)) for act in told.acts]
    said = [(one.created_at, _said(one)) for one in told.disputes]
    # Stable: both are in order already.
    return [deed for _, deed in sorted([*acts, *said], key=itemgetter(0))]


def _act(services: Services, act: Resolution) -> wire.Deed:
    return wire.Deed(
        at=printed(act.at),
        action=act.kind,  # type: ignore[arg-type]  # one of those
        by=_name(services, act.by),
        note=act.note,
        evidence_url=act.evidence_url or None,
        outcomes=[shown_outcome(services, market, value) for market, value in act.outcomes],
        dispute_window_ends_at=maybe_printed(act.ends_at),
        dispute_id=None,
        status=None,
    )


def _said(one: Dispute) -> wire.Deed:
    return wire.Deed(
        at=printed(one.created_at),
        action="DISPUTED",
        by=None,
        note=one.reason,
        evidence_url=one.evidence_url or None,
        outcomes=[],
        dispute_window_ends_at=None,
        dispute_id=ids.shown("dsp", one.id),
        status=one.status,  # type: ignore[arg-type]  # one of the four
    )


def _name(services: Services, member: MemberId) -> str | None:
    person = services.site.people.find(member)
    return None if person is None else person.username
