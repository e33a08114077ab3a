"""Outcomes that are corrected after they were paid."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Request
from presage.wire.admin.resolutions import GivenOutcome, Link, Note
from presage.wire.site.events import EventDetail, Number, Outcome


class Reopen(Request, rename="camel", kw_only=True):
    """What the options should have come out as; where only one can come true, naming it is enough.
    A second administrator confirms by asking for the very same. `withdraw` takes back what waits,
    and names nothing else. Evidence and note are public."""

    outcomes: Annotated[tuple[GivenOutcome, ...], Meta(max_length=100)] = ()
    evidence_url: Link = ""
    note: Note = ""
    withdraw: bool = False


class Change(msgspec.Struct, kw_only=True, rename="camel"):
    """What a correction makes of one position: `changeCents` is added to what it was paid, or taken
    back. `username` is null for who has none on the site."""

    username: str | None
    member: int
    option_id: str
    side: Literal["YES", "NO"]
    quantity: Number
    payout_cents: int
    change_cents: int


class Changes(msgspec.Struct, kw_only=True, rename="camel"):
    """The largest changes, and the sums of all; `coverCents` is what the house would have to pay in
    the place of those who have not got it any more."""

    moved_cents: int
    cover_cents: int
    holders: int
    changes: list[Change]


class Wanted(msgspec.Struct, kw_only=True, rename="camel"):
    """The wish, as it stands. `askedBy` and `decidedBy` are members' numbers."""

    status: Literal["WAITING", "DONE", "WITHDRAWN"]
    outcomes: list[Outcome]
    evidence_url: str | None
    note: str
    asked_by: int
    decided_by: int | None
    created_at: str
    decided_at: str | None


class Reopened(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """`changes` is there, and nothing was done, when it was a dry run; else `reopening` is."""

    event: EventDetail
    version: int
    dry_run: bool
    seq: int = 0
    audit_id: int = msgspec.field(default=0, name="audit_id")
    reopening: Wanted | None = None
    changes: Changes | None = None
