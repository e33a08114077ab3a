"""The badges: what each is for, how far a member is, and which were earned, once and for life."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Text, select

from presage.domain.ids import MemberId
from presage.site.tallies import Tally
from presage.storage import kept
from presage.units import CENT, Micros

Tier = Literal["bronze", "silver", "gold", "platinum"]
XP: Final[Mapping[Tier, int]] = {"bronze": 50, "silver": 100, "gold": 250, "platinum": 500}

badges_earned = kept.kept_table(
    "badges_earned",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("badge", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)


class Badge(msgspec.Struct, frozen=True):
    """Earned when `measure` of the tally reaches `target`. A secret one is shown when earned."""

    id: str
    name: str
    description: str
    tier: Tier
    target: int
    measure: Callable[[Tally], int]
    secret: bool = False


_LIST: Final = (
    Badge("first-trade", "First trade", "Make a trade", "bronze", 1, lambda t: t.trades),
    Badge("ten-trades", "Ten trades", "Make 10 trades", "bronze", 10, lambda t: t.trades),
    Badge("century", "Century", "Make 100 trades", "silver", 100, lambda t: t.trades),
    Badge("thousand-club", "Thousand club", "Make 1,000 trades", "gold", 1_000, lambda t: t.trades),
    Badge(
        "explorer", "Explorer", "Trade in 5 categories", "bronze", 5, lambda t: len(t.categories)
    ),
    Badge("api-native", "API native", "Order with an API key", "bronze", 1, lambda t: t.by_key),
    Badge("first-win", "First win", "Profit from an option", "bronze", 1, lambda t: t.wins),
    Badge("hot-hand", "Hot hand", "Profit from 5 in a row", "silver", 5, lambda t: t.best_run),
    Badge(
        "unstoppable", "Unstoppable", "Profit from 10 in a row", "gold", 10, lambda t: t.best_run
    ),
    Badge(
        "long-shot",
        "Long shot",
        "Win with 10 contracts bought at 10¢ or less",
        "silver",
        1,
        lambda t: t.long_shots,
    ),
    Badge(
        "contrarian",
        "Contrarian",
        "Win with 50 contracts bought at 25¢ or less among 20 traders",
        "gold",
        1,
        lambda t: t.against_many,
    ),
    Badge(
        "sharp",
        "Sharp",
        "50 settled options, prices within 5 points of outcomes",
        "gold",
        50,
        lambda t: t.calibrated,
    ),
    Badge(
        "in-the-black",
        "In the black",
        "Realize a profit of 100.00",
        "silver",
        10_000,
        lambda t: max(0, t.profit // CENT),
    ),
    Badge(
        "big-volume", "Big volume", "Trade 10,000.00", "gold", 1_000_000, lambda t: t.volume // CENT
    ),
    Badge("maker", "Maker", "100 fills of resting orders", "silver", 100, lambda t: t.maker_fills),
    Badge(
        "liquidity-pillar",
        "Liquidity pillar",
        "Quote both sides within 5¢ for 24 hours in sum",
        "gold",
        24 * 60,
        lambda t: t.quoted_minutes,
    ),
    Badge("week-streak", "Week", "Come 7 days in a row", "bronze", 7, lambda t: t.best_streak),
    Badge("month-streak", "Month", "Come 30 days in a row", "silver", 30, lambda t: t.best_streak),
    Badge(
        "year-streak", "Year", "Come 365 days in a row", "platinum", 365, lambda t: t.best_streak
    ),
    Badge(
        "recruiter", "Recruiter", "Bring a member who trades", "bronze", 1, lambda t: t.referrals
    ),
    Badge(
        "ambassador", "Ambassador", "Bring 10 members who trade", "gold", 10, lambda t: t.referrals
    ),
    Badge("voice", "Voice", "Write a post that 5 like", "bronze", 5, lambda t: t.best_post),
    Badge("pundit", "Pundit", "Receive 100 likes", "silver", 100, lambda t: t.likes),
    Badge("duelist", "Duelist", "Win a challenge", "bronze", 1, lambda t: t.challenges_won),
    Badge(
        "podium", "Podium", "Top 3 in a tournament of 10 or more", "silver", 1, lambda t: t.podiums
    ),
    Badge(
        "champion",
        "Champion",
        "Win a tournament of 10 or more",
        "gold",
        1,
        lambda t: t.tournaments_won,
    ),
    Badge(
        "idea-smith",
        "Idea smith",
        "Suggest a market that is made",
        "silver",
        1,
        lambda t: t.suggestions,
    ),
    Badge("truth-seeker", "Truth seeker", "Win a dispute", "gold", 1, lambda t: t.disputes),
    Badge("followed", "Followed", "Have 25 followers", "silver", 25, lambda t: t.followers),
    Badge(
        "pioneer",
        "Pioneer",
        "Among the first 100 who traded",
        "platinum",
        1,
        lambda t: t.pioneer,
        secret=True,
    ),
)
BADGES: Final[Mapping[str, Badge]] = {one.id: one for one in _LIST}


def due(tally: Tally) -> list[Badge]:
    """Those whose target a tally has reached."""
    return [one for one in _LIST if one.measure(tally) >= one.target]


def earned(connection: Connection, member: MemberId) -> dict[str, Micros]:
    """When a member earned which."""
    query = select(badges_earned).where(badges_earned.c.member == member)
    found = kept.read(connection, query.order_by(badges_earned.c.at), badges_earned)
    return {row["badge"]: row["at"] for row in found}


def award(connection: Connection, member: MemberId, badge: Badge, at: Micros) -> None:
    """Give a badge that the member does not have."""
    kept.insert(connection, badges_earned, {"member": member, "badge": badge.id, "at": at})
