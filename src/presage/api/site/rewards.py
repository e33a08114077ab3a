"""What a member has earned by coming, trading and bringing others."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from presage.api.registry import Call
from presage.api.site.services import services_of, site_of
from presage.api.site.strings import maybe_printed, printed
from presage.api.site.writing import submit
from presage.domain.ids import MemberId
from presage.identity import people
from presage.identity.uuids import uuid7
from presage.site import badges, invites, referrals, streaks, tallies, xp
from presage.site.badges import Badge
from presage.site.invites import Invite
from presage.site.referrals import Referral
from presage.site.streaks import DAY, MILESTONES, Streak
from presage.site.tallies import Tally
from presage.site.xp import MAX_LEVEL, Gain
from presage.units import Micros
from presage.wire.site import rewards as wire

CALENDAR: Final = 30
RECENT: Final = 20
OWN_INVITES: Final = 3
_EPOCH: Final = date(1970, 1, 1)


async def get_streak(call: Call[None, None]) -> wire.StreakReply:
    """Show the caller's days in a row and what the next one brings."""
    member, today = call.caller.member, streaks.day_of(call.at)
    first = today - CALENDAR + 1

    def read(connection: Any) -> tuple[Streak, dict[int, bool]]:
        return streaks.find(connection, member), streaks.calendar(connection, member, first)

    streak, days = await services_of(call).reader.run(read)
    claimed = streak.last_day == today
    after = streaks.claimed(streak, today + claimed, pays=True)
    current = streak.current if claimed else after.streak.current - 1
    return wire.StreakReply(
        current=current,
        longest=streak.longest,
        last_claim_date=_date(streak.last_day) if streak.last_day >= 0 else None,
        claimed_today=claimed,
        freezes_available=streak.freezes,
        next_bonus_cents=after.cents,
        next_eligible_at=printed((today + 1) * DAY) if claimed else printed(call.at),
        next_milestone=_milestone(current),
        total_earned_cents=streak.earned_cents,
        calendar=[
            wire.StreakDay(date=_date(day), claimed=day in days, freeze=days.get(day, False))
            for day in range(first, today + 1)
        ],
    )


def _milestone(current: int) -> wire.Milestone | None:
    days = min((one for one in MILESTONES if one > current), default=0)
    return wire.Milestone(days=days, bonus_cents=MILESTONES[days]) if days else None


def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


async def get_xp(call: Call[None, None]) -> wire.XpReply:
    """Show the caller's experience, level and the way to the next one."""
    member = call.caller.member

    def read(connection: Any) -> tuple[int, list[Gain]]:
        return xp.total(connection, member), xp.newest(connection, member, RECENT)

    total, recent = await services_of(call).reader.run(read)
    level = xp.level_of(total)
    start = xp.starts_at(level)
    ends = xp.starts_at(level + 1) if level < MAX_LEVEL else None
    return wire.XpReply(
        xp=total,
        level=level,
        level_start_xp=start,
        next_level_xp=ends,
        progress=round(max(0, total - start) / (ends - start), 4) if ends else 1.0,
        xp_to_next=ends - total if ends else 0,
        max_level=MAX_LEVEL,
        recent=[
            wire.XpGain(source=one.source.upper(), xp=one.xp, at=printed(one.at), ref_id=one.ref)
            for one in recent
        ],
    )


async def get_badges(call: Call[None, None]) -> wire.BadgesReply:
    """Show the badges that the caller has, and how far the others are."""
    member = call.caller.member

    def read(connection: Any) -> tuple[Tally, dict[str, Micros]]:
        return tallies.read(connection, member), badges.earned(connection, member)

    tally, has = await services_of(call).reader.run(read)
    earned = [_badge(badges.BADGES[id], tally, at) for id, at in has.items()]
    others = (one for one in badges.BADGES.values() if one.id not in has and not one.secret)
    locked = [_badge(one, tally, 0) for one in others]
    counts = wire.BadgeCounts(earned=len(earned), total=len(earned) + len(locked))
    return wire.BadgesReply(earned=earned, locked=locked, counts=counts)


def _badge(badge: Badge, tally: Tally, at: Micros) -> wire.Badge:
    current = badge.target if at else min(badge.measure(tally), badge.target)
    return wire.Badge(
        id=badge.id,
        name=badge.name,
        description=badge.description,
        tier=badge.tier.upper(),
        icon_url=f"/badges/{badge.id}.svg",
        progress=round(current / badge.target, 4),
        current=current,
        target=badge.target,
        secret=badge.secret,
        earned_at=maybe_printed(at),
    )


async def get_referral(call: Call[None, None]) -> wire.ReferralReply:
    """Show the caller's referral code and whom it brought."""
    site, member = site_of(call), call.caller.member

    def read(connection: Any) -> tuple[str, list[Referral], Tally]:
        profile = people.find(connection, member)
        assert profile is not None, "every member has a profile"
        brought = referrals.of_referrer(connection, member)
        return profile.referral_code, brought, tallies.read(connection, member)

    code, brought, tally = await services_of(call).reader.run(read)
    base = site.public_url.rstrip("/")
    statuses = [one.status for one in brought]
    return wire.ReferralReply(
        code=code,
        link=f"{base}/register?ref={code}",
        count=len(brought),
        qualified_count=statuses.count("QUALIFIED"),
        pending_count=statuses.count("PENDING"),
        total_earned_cents=tally.referral_cents,
        reward_per_referral_cents=site.settings.number("REFERRAL_REWARD_CENTS"),
        referee_bonus_cents=site.settings.number("REFERRAL_REFEREE_CENTS"),
        referrals=[
            wire.Referred(
                username=person.username if (person := site.people.find(one.referee)) else "",
                joined_at=printed(one.created_at),
                status=one.status,
            )
            for one in brought
        ],
    )


async def list_invites(call: Call[None, None]) -> wire.InvitesReply:
    """Show the caller's invite codes; the first time they are made."""
    site, member = site_of(call), call.caller.member
    reader = services_of(call).reader
    found = await reader.run(lambda connection: invites.of_owner(connection, member))
    if not found and site.settings.flag("userInvites"):
        await submit(call, None, lambda connection: _make_invites(connection, member, call.at))
        found = await reader.run(lambda connection: invites.of_owner(connection, member))
    live = (one for one in found if not one.revoked_at)
    return wire.InvitesReply(invites=[_invite(one) for one in live])


def _make_invites(connection: Any, member: MemberId, at: Micros) -> None:
    for _ in range(OWN_INVITES - len(invites.of_owner(connection, member))):
        code = people.new_code()
        invites.add(connection, Invite(uuid7(at), code, member, "", uses=1, used=0, created_at=at))


def _invite(invite: Invite) -> wire.Invite:
    return wire.Invite(
        code=invite.code,
        uses=invite.uses,
        used=invite.used,
        created_at=printed(invite.created_at),
        expires_at=maybe_printed(invite.expires_at),
    )
