"""Disputes of outcomes as the site API spells them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from presage.wire.site.common import Shape
from presage.wire.site.events import Status

Name = Annotated[str, Meta(max_length=120)]
Link = Annotated[str, Meta(max_length=600)]
DisputeStatus = Literal["OPEN", "REJECTED", "UPHELD", "VOIDED"]
Proposed = Literal["YES", "NO", "VOID"]


class CreateDispute(Shape):
    """Without `optionId` the whole event is disputed. `proposedOutcome` is what the option should
    have come out as; of an event with several options only VOID can be proposed for all."""

    reason: Annotated[str, Meta(min_length=20, max_length=4_000)]
    evidence_url: Link | None = None
    option_id: Name | None = None
    proposed_outcome: Proposed | None = None


class Dispute(Shape):
    """`bondCents` comes back unless the dispute is found frivolous."""

    id: str
    event_slug: str
    option_id: str | None
    reason: str
    evidence_url: str | None
    proposed_outcome: Proposed | None
    bond_cents: int
    round: int
    status: DisputeStatus
    decision_note: str | None
    created_at: str
    decided_at: str | None


class DisputedEvent(Shape):
    """`disputeWindowEndsAt` is null while the clock stands still."""

    status: Status
    dispute_window_ends_at: str | None


class DisputeReply(Shape):
    dispute: Dispute
    event: DisputedEvent
