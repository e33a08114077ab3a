"""Challenges as the site prints and reads them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from presage.wire.site.common import Page, Shape, Strict
from presage.wire.site.events import Slug
from presage.wire.site.posts import Author
from presage.wire.site.trading import Id, Side

Stake = Annotated[int, Meta(ge=100, le=10_000_000)]
ChallengeStatus = Literal["OPEN", "ACTIVE", "SETTLED", "EXPIRED", "CANCELLED", "VOIDED"]
Code = Annotated[str, Meta(max_length=40)]


class CreateChallenge(Strict, kw_only=True):
    """About `optionId`, or `eventSlug` and `optionLabel`. The opponent takes the other side; with
    `opponentUsername` only that member may."""

    option_id: Id | None = None
    event_slug: Slug | None = None
    option_label: Annotated[str, Meta(max_length=200)] | None = None
    side: Side
    stake_cents: Stake
    opponent_stake_cents: Stake | None = None
    opponent_username: Annotated[str, Meta(max_length=100)] | None = None
    expires_in_hours: Annotated[int, Meta(ge=1, le=720)] = 48
    message: Annotated[str, Meta(max_length=2_000)] | None = None


class AcceptChallenge(Strict):
    """Nothing: the code says it all."""


class ListChallenges(Page):
    """Newest first; with `code` that one alone."""

    status: Literal["open", "active", "settled", "all"] = "all"
    role: Literal["creator", "opponent"] | None = None
    code: Code | None = None


class ChallengeEvent(Shape):
    """What it is about."""

    slug: str
    title: str
    close_at: str


class Challenge(Shape):
    """`payoutCents` is what the winner got. `winner` is null where nobody got more than was put
    in."""

    id: str
    code: str
    link: str
    status: ChallengeStatus
    event: ChallengeEvent
    option_id: str
    option_label: str
    creator: Author
    creator_side: Side
    stake_cents: int
    opponent: Author | None
    opponent_stake_cents: int
    pot_cents: int
    implied_prob_bps: int
    message: str | None
    created_at: str
    expires_at: str
    accepted_at: str | None
    settled_at: str | None
    winner: Author | None
    payout_cents: int | None
    creator_payout_cents: int | None
    opponent_payout_cents: int | None
    void_reason: str | None


class ChallengeReply(Shape):
    challenge: Challenge
    available_cents: int


class ChallengesReply(Shape, omit_defaults=True):
    """`enabled` is told when the feature is switched off: then there are none."""

    challenges: list[Challenge]
    next_cursor: str | None
    enabled: bool = True
