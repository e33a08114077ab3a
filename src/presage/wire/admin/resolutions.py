"""Outcomes as operators give, void and finalize them, and the disputes that they decide."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Done, Request
from presage.wire.admin.events import Hours
from presage.wire.site.common import Page
from presage.wire.site.disputes import Dispute, DisputeStatus
from presage.wire.site.events import EventDetail, Number, Result

Name = Annotated[str, Meta(pattern=r"\S", max_length=120)]
Link = Annotated[str, Meta(max_length=600)]
Note = Annotated[str, Meta(max_length=2_000)]
Value = Annotated[float, Meta(ge=0, le=100)]


class GivenOutcome(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`settlementValueCents` is what YES is worth, with SCALAR and only there."""

    option_id: Name
    result: Result
    settlement_value_cents: Value | None = None


Outcomes = Annotated[tuple[GivenOutcome, ...], Meta(min_length=1, max_length=100)]


class ResolveQuery(msgspec.Struct, kw_only=True, rename="camel"):
    """`dryRun=1` changes nothing and says who would be paid what."""

    dry_run: Literal[0, 1] = 0


class Resolve(Request, rename="camel", kw_only=True):
    """Where only one option can come true, naming it is enough. Evidence and note are public.
    Without `disputeWindowHours` it is the event's own; 0 pays at once."""

    outcomes: Outcomes
    evidence_url: Link = ""
    note: Note = ""
    dispute_window_hours: Hours | None = None


class VoidEvent(Request, rename="camel", kw_only=True):
    """UNWIND gives everybody back what trading took. SETTLE_AT pays YES of every option
    `valueCents`, and NO the rest."""

    mode: Literal["UNWIND", "SETTLE_AT"] = "UNWIND"
    value_cents: Value | None = None
    note: Note = ""


class Payout(msgspec.Struct, kw_only=True, rename="camel"):
    """What one account would be paid of one option. `side` is null where only what trading took
    comes back; `username` is null for who has none on the site."""

    username: str | None
    member: int
    option_id: str
    side: Literal["YES", "NO"] | None
    quantity: Number
    payout_cents: int
    profit_cents: int


class Payouts(msgspec.Struct, kw_only=True, rename="camel"):
    """The largest payouts, and the sums of all."""

    total_cents: int
    holders: int
    payouts: list[Payout]


class Resolved(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """`payouts` is there, and nothing was done, when it was a dry run."""

    event: EventDetail
    version: int
    dry_run: bool
    seq: int = 0
    audit_id: int = msgspec.field(default=0, name="audit_id")
    payouts: Payouts | None = None


class ListDisputes(Page):
    """In the order in which they came."""

    status: DisputeStatus | None = None
    event_slug: Annotated[str, Meta(max_length=120)] | None = None


class Case(Dispute):
    """A dispute with what helps to decide it. `openHours` is how long it has waited; `overdue`:
    longer than it should. `mayDecide`: the outcome is not the caller's own."""

    username: str | None
    event_title: str
    resolved_by: str | None
    open_hours: int | None
    overdue: bool
    may_decide: bool


class Cases(msgspec.Struct, kw_only=True, rename="camel"):
    disputes: list[Case]
    overdue: int
    next_cursor: str | None


class DecideDispute(Request, rename="camel", kw_only=True):
    """UPHOLD sets `newOutcomes`, or what the dispute proposes; VOID gives everybody back what
    trading took; REJECT lets the outcome stand. A frivolous dispute loses its bond. `note` is
    public."""

    decision: Literal["REJECT", "UPHOLD", "VOID"]
    new_outcomes: Outcomes | None = None
    frivolous: bool = False
    note: Note = ""


class DisputeDecided(Done, kw_only=True):
    """All disputes that the decision ended, the one that it was about first."""

    disputes: list[Dispute]
    event: EventDetail
