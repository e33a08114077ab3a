"""A member's public profile: who it is, what the trading came to, what was said last.

Email, names and balance never appear. Numbers are sums of the tables; ratios are made here, in
integers, rounded down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from presage.api.registry import Call
from presage.api.site import ids
from presage.api.site.authors import person_for
from presage.api.site.event_pages import category_of
from presage.api.site.finding import bring_categories
from presage.api.site.holdings import holdings, last_trades
from presage.api.site.money import contracts, owned_cents
from presage.api.site.posts import shown_newest
from presage.api.site.rankings import BRIER_PLACES, FEWEST, board, brier, ratio_bps
from presage.api.site.services import AnyCall, services_of
from presage.api.site.strings import printed
from presage.domain.ids import MemberId
from presage.feeds.cards import EventCard
from presage.identity.people import Person
from presage.projections import standings
from presage.projections.records import BUCKET
from presage.projections.standings import Accuracy, Bucket, Record
from presage.site import badges, categories, copies, follows, preferences, streaks, xp
from presage.site.preferences import Preferences
from presage.site.streaks import Streak, day_of
from presage.units import Micros
from presage.wire.site import profiles as wire
from presage.wire.site.events import CategoryRef

RECENT_POSTS: Final = 5
MOST_BADGES: Final = 6
_HOUR: Final = 60
_ROLES: Final[dict[str, Any]] = {
    role: role.upper() for role in ("moderator", "resolver", "admin", "auditor")
}


class _Rows(NamedTuple):
    level: int
    streak: Streak
    followers: int
    following: int
    follows: bool
    copiers: int
    copies: bool
    records: list[Record]
    buckets: list[Bucket]
    wishes: Preferences
    badges: dict[str, Micros]


async def get_user_profile(call: Call[None, None]) -> wire.ProfileReply:
    """Show a member's public profile."""
    person = person_for(call, call.path["username"])
    rows = await services_of(call).reader.run(
        lambda connection: _read(connection, person.number, call.caller.member)
    )
    public = rows.wishes.public_positions
    return wire.ProfileReply(
        positions=await holdings(call, person.number) if public else None,
        recent_trades=await last_trades(call, person.number) if public else None,
        user=_card(call, person, rows),
        stats=await _stats(call, person, rows),
        recent_posts=await shown_newest(call, person.number, RECENT_POSTS),
    )


def _read(connection: Any, member: MemberId, reader: MemberId) -> _Rows:
    return _Rows(
        xp.level_of(xp.total(connection, member)),
        streaks.find(connection, member),
        follows.followers(connection, member),
        follows.following(connection, member),
        follows.has(connection, reader, member),
        copies.led(connection, member)[0],
        copies.copies_now(connection, reader, member),
        standings.of_member(connection, member),
        standings.calibration(connection, member),
        preferences.find(connection, member),
        badges.earned(connection, member),
    )


def _card(call: AnyCall, person: Person, rows: _Rows) -> wire.UserCard:
    known = call.caller.member > 0
    return wire.UserCard(
        id=ids.shown("usr", person.id),
        username=person.username,
        display_name=person.display_name,
        avatar_url=person.avatar or None,
        bio=rows.wishes.bio,
        joined_at=printed(person.created_at),
        level=rows.level,
        badges=_badges(rows.badges),
        streak=_streak(call, rows.streak),
        follower_count=rows.followers,
        following_count=rows.following,
        copier_count=rows.copiers,
        role_badge=_ROLES.get(person.role),
        is_following=rows.follows if known else None,
        is_copying=rows.copies if known else None,
    )


def _badges(earned: dict[str, Micros]) -> list[wire.BadgeRef]:
    """The best of them, of equals the newest."""
    best = sorted(earned, key=lambda id: (-badges.XP[badges.BADGES[id].tier], -earned[id], id))
    found = [badges.BADGES[id] for id in best[:MOST_BADGES]]
    return [wire.BadgeRef(id=one.id, name=one.name, tier=one.tier.upper()) for one in found]


def _streak(call: AnyCall, streak: Streak) -> int:
    """It goes on until a day was missed that no freeze makes up for."""
    missed = day_of(call.at) - streak.last_day - 1
    return streak.current if missed <= streak.freezes else 0


async def _stats(call: AnyCall, person: Person, rows: _Rows) -> wire.Stats:
    records = rows.records
    resolved = [one for one in records if one.resolved]
    wins = [one for one in resolved if one.profit > 0]
    profit, spent = sum(one.profit for one in records), sum(one.spent for one in records)
    buckets = rows.buckets if len(resolved) >= FEWEST else []
    count = sum(one.contracts for one in buckets)
    off = sum(abs(one.cost - one.won) for one in buckets)
    accuracy = Accuracy(count, sum(one.error for one in buckets))
    return wire.Stats(
        trades=sum(one.trades for one in records),
        predictions=sum(one.opened > 0 for one in records),
        resolved=len(resolved),
        wins=len(wins),
        win_rate_bps=ratio_bps(len(wins), len(resolved)),
        profit_cents=owned_cents(profit),
        roi_bps=ratio_bps(profit, spent),
        volume_cents=owned_cents(sum(one.volume for one in records)),
        biggest_win_cents=owned_cents(max((one.profit for one in wins), default=0)),
        avg_hold_hours=_held(records),
        brier=brier(accuracy) / BRIER_PLACES if count else None,
        calibration_error_bps=off // count if count else None,
        calibration=[_bucket(one) for one in buckets],
        ranks=await _ranks(call, person.number),
        categories=await _categories(call, records),
    )


def _held(records: Sequence[Record]) -> float | None:
    """How long a contract was held on average, in hours; positions that are still open do not
    count."""
    flat = [one for one in records if one.opened and one.opened == one.closed]
    count = sum(one.opened for one in flat)
    return round(sum(one.held for one in flat) / count / _HOUR, 2) if count else None


def _bucket(one: Bucket) -> wire.CalibrationBucket:
    return wire.CalibrationBucket(
        bucket_bps=one.bucket * BUCKET,
        contracts=contracts(one.contracts),
        avg_price_bps=one.cost // one.contracts,
        won_bps=one.won // one.contracts,
    )


async def _ranks(call: AnyCall, member: MemberId) -> wire.Ranks:
    found: dict[str, int | None] = {}
    metrics: tuple[wire.Metric, ...] = ("profit", "volume", "predictions")
    for metric in metrics:
        place = (await board(call, metric, "all")).of.get(member)
        found[metric] = place.rank if place is not None else None
    return wire.Ranks(**found)


async def _categories(call: AnyCall, records: Sequence[Record]) -> list[wire.CategoryStats]:
    """The same by category, where most was traded first."""
    services = services_of(call)
    known: list[tuple[Record, EventCard]] = []
    for one in records:
        card = services.markets.find(one.market)
        if card is not None:
            known.append((one, card.event))
    await bring_categories(services, list({event.id: event for _, event in known}.values()))
    groups: dict[str, list[Record]] = {}
    for one, event in known:
        if name := category_of(event):
            groups.setdefault(name, []).append(one)
    shown = [_category(name, group) for name, group in groups.items()]
    return sorted(shown, key=lambda one: (-one.volume_cents, one.category.slug))


def _category(name: str, records: Sequence[Record]) -> wire.CategoryStats:
    resolved = [one for one in records if one.resolved]
    wins = sum(one.profit > 0 for one in resolved)
    return wire.CategoryStats(
        category=CategoryRef(slug=categories.slug_of(name), name=name),
        predictions=sum(one.opened > 0 for one in records),
        resolved=len(resolved),
        wins=wins,
        win_rate_bps=ratio_bps(wins, len(resolved)),
        profit_cents=owned_cents(sum(one.profit for one in records)),
        volume_cents=owned_cents(sum(one.volume for one in records)),
    )
