"""Tournaments as those who run the site write them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.admin.people import Write
from presage.wire.site.common import Page, Shape
from presage.wire.site.tournaments import Tournament

Cents = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Bankroll = Annotated[int, Meta(ge=100, le=1_000_000_000)]
Moment = Annotated[str, Meta(max_length=40)]
Title = Annotated[str, Meta(max_length=200)]
LongText = Annotated[str, Meta(max_length=10_000)]
Address = Annotated[str, Meta(max_length=500)]
Words = Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=100)]


class PrizeSet(Shape, forbid_unknown_fields=True):
    """One of both: a share of what the amounts leave of the pool, or an amount."""

    rank: Annotated[int, Meta(ge=1, le=50)]
    share_bps: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    amount_cents: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None


class FilterSet(Shape, forbid_unknown_fields=True):
    """Slugs of categories and of events; both empty: every event counts."""

    categories: Words = msgspec.field(default_factory=list)
    slugs: Words = msgspec.field(default_factory=list)


Prizes = Annotated[list[PrizeSet], Meta(max_length=50)]


class CreateTournament(Write, kw_only=True):
    """`fixedCents` comes from the house. Without `joinClosesAt` one may join until the end; without
    `prizes` the first takes all. `accessCode` makes it private."""

    title: Title
    slug: Annotated[str, Meta(max_length=80)] | None = None
    description: LongText = ""
    image_url: Address | None = None
    sponsor: Title | None = None
    start_at: Moment
    end_at: Moment
    join_closes_at: Moment | None = None
    settle_grace_hours: Annotated[int, Meta(ge=0, le=720)] = 48
    bankroll_cents: Bankroll = 1_000_000
    entry_fee_cents: Cents = 0
    fixed_cents: Cents = 0
    prizes: Prizes = msgspec.field(default_factory=list)
    max_players: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    min_trades: Annotated[int, Meta(ge=0, le=10_000)] = 5
    event_filter: FilterSet | None = None
    private: bool | None = None
    access_code: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class EditTournament(Write):
    """Only what is named changes. What is played for and by which rules is fixed as soon as
    somebody has joined. `version` is the one that was read."""

    title: Title | UnsetType = UNSET
    description: LongText | UnsetType = UNSET
    image_url: Address | UnsetType | None = UNSET
    sponsor: Title | UnsetType | None = UNSET
    start_at: Moment | UnsetType = UNSET
    end_at: Moment | UnsetType = UNSET
    join_closes_at: Moment | UnsetType = UNSET
    settle_grace_hours: Annotated[int, Meta(ge=0, le=720)] | UnsetType = UNSET
    bankroll_cents: Bankroll | UnsetType = UNSET
    entry_fee_cents: Cents | UnsetType = UNSET
    fixed_cents: Cents | UnsetType = UNSET
    prizes: Prizes | UnsetType = UNSET
    max_players: Annotated[int, Meta(ge=1, le=100_000)] | UnsetType | None = UNSET
    min_trades: Annotated[int, Meta(ge=0, le=10_000)] | UnsetType = UNSET
    event_filter: FilterSet | UnsetType = UNSET
    access_code: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType | None = UNSET
    version: int | None = None


class Shown(Shape):
    """A tournament and the version that an edit may name."""

    tournament: Tournament
    version: int


class ListTournaments(Page):
    """All of them, the last to start first."""


class Tournaments(Shape):
    tournaments: list[Shown]
    next_cursor: str | None


class TournamentDone(Shape):
    """`auditId` is the row of the audit log."""

    tournament: Tournament
    version: int
    audit_id: int
