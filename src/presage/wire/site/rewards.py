"""Streak, experience, badges, referrals and invitations as the site API spells them."""

from __future__ import annotations

from presage.wire.site.common import Shape


class Milestone(Shape):
    """The next day that brings more."""

    days: int
    bonus_cents: int


class StreakDay(Shape):
    """One UTC day; `freeze`: it counted because a freeze was spent."""

    date: str
    claimed: bool
    freeze: bool


class StreakReply(Shape):
    """`calendar` is the last thirty days, oldest first."""

    current: int
    longest: int
    last_claim_date: str | None
    claimed_today: bool
    freezes_available: int
    next_bonus_cents: int
    next_eligible_at: str
    next_milestone: Milestone | None
    total_earned_cents: int
    calendar: list[StreakDay]


class XpGain(Shape):
    """`refId` names what it was for."""

    source: str
    xp: int
    at: str
    ref_id: str


class XpReply(Shape):
    """`progress` is the part of the level that is done, 0 to 1."""

    xp: int
    level: int
    level_start_xp: int
    next_level_xp: int | None
    progress: float
    xp_to_next: int
    max_level: int
    recent: list[XpGain]


class Badge(Shape, omit_defaults=True):
    """`earnedAt` only on those that were earned."""

    id: str
    name: str
    description: str
    tier: str
    icon_url: str
    progress: float
    current: int
    target: int
    secret: bool
    earned_at: str | None = None


class BadgeCounts(Shape):
    earned: int
    total: int


class BadgesReply(Shape):
    """Secret badges stand here only when they are earned."""

    earned: list[Badge]
    locked: list[Badge]
    counts: BadgeCounts


class Referred(Shape):
    """Somebody whom the caller brought."""

    username: str
    joined_at: str
    status: str


class ReferralReply(Shape):
    """`count` is everybody who registered with the code."""

    code: str
    link: str
    count: int
    qualified_count: int
    pending_count: int
    total_earned_cents: int
    reward_per_referral_cents: int
    referee_bonus_cents: int
    referrals: list[Referred]


class Invite(Shape):
    """A code that opens the registration."""

    code: str
    uses: int
    used: int
    created_at: str
    expires_at: str | None


class InvitesReply(Shape):
    """Empty while members have no invitations of their own."""

    invites: list[Invite]
