"""The daily streak: the first login of a UTC day counts, gaps cost freezes, bonuses grow.

It decides what a login is worth; the money is moved by the command that the login's submission
carries. Today's second login is worth nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, select

from presage.domain.ids import MemberId
from presage.site import outbox
from presage.storage import kept
from presage.units import SECOND, Micros

CLAIMED: Final = "streak.claimed"
DAY: Final[Micros] = 86_400 * SECOND
STEP_CENTS: Final = 50
STEPS: Final = 7
FREEZES: Final = 2
MILESTONES: Final[Mapping[int, int]] = {7: 500, 30: 2_500, 100: 10_000, 365: 50_000}

streaks = kept.kept_table(
    "streaks",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("current", Integer, nullable=False),
    Column("longest", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("freezes", Integer, nullable=False),
    Column("earned_cents", BigInteger, nullable=False),
)
streak_days = kept.kept_table(
    "streak_days",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("frozen", Boolean, nullable=False),
    Column("cents", BigInteger, nullable=False),
)


class Streak(msgspec.Struct, frozen=True):
    """Days are counted from 1970-01-01."""

    member: MemberId
    current: int = 0
    longest: int = 0
    last_day: int = -1
    freezes: int = 0
    earned_cents: int = 0


class Claim(msgspec.Struct, frozen=True):
    """What a login came to. `frozen` are the missed days that freezes were spent on."""

    streak: Streak
    new: bool
    cents: int = 0
    frozen: tuple[int, ...] = ()


def day_of(at: Micros) -> int:
    """The UTC day."""
    return at // DAY


def bonus(current: int) -> int:
    """Cents for the n-th day in a row."""
    return min(current, STEPS) * STEP_CENTS + MILESTONES.get(current, 0)


def claimed(streak: Streak, day: int, pays: bool) -> Claim:
    """The streak after a login on a day."""
    if streak.last_day >= day:
        return Claim(streak, new=False)
    missed = day - streak.last_day - 1 if streak.last_day >= 0 else 0
    goes_on = streak.last_day >= 0 and missed <= streak.freezes
    current = streak.current + 1 if goes_on else 1
    spent = missed if goes_on else 0
    frozen = tuple(range(day - spent, day))
    freezes = streak.freezes - spent
    if current % STEPS == 0:
        freezes = min(FREEZES, freezes + 1)
    cents = bonus(current) if pays else 0
    after = Streak(
        streak.member,
        current,
        max(streak.longest, current),
        day,
        freezes,
        streak.earned_cents + cents,
    )
    return Claim(after, True, cents, frozen)


def find(connection: Connection, member: MemberId) -> Streak:
    """A member's streak as the last login left it."""
    query = select(streaks).where(streaks.c.member == member)
    found = kept.read(connection, query, streaks)
    return next((Streak(**row) for row in found), Streak(member))


def claim(connection: Connection, member: MemberId, at: Micros, pays: bool) -> Claim:
    """Count a login, and tell who follows the outbox."""
    done = claimed(find(connection, member), day_of(at), pays)
    if not done.new:
        return done
    row = msgspec.structs.asdict(done.streak)
    if not kept.replace(connection, streaks, row):
        kept.insert(connection, streaks, row)
    for day in done.frozen:
        kept.insert(connection, streak_days, _day(member, day, True, 0))
    kept.insert(connection, streak_days, _day(member, day_of(at), False, done.cents))
    told = {"day": done.streak.last_day, "current": done.streak.current}
    outbox.add(connection, at, CLAIMED, member, told | {"longest": done.streak.longest})
    return done


def calendar(connection: Connection, member: MemberId, first: int) -> dict[int, bool]:
    """The days from `first` on that counted; True: by a freeze."""
    mine = (streak_days.c.member == member) & (streak_days.c.day >= first)
    query = select(streak_days).where(mine).order_by(streak_days.c.day)
    return {row["day"]: row["frozen"] for row in kept.read(connection, query, streak_days)}


def _day(member: MemberId, day: int, frozen: bool, cents: int) -> kept.Row:
    return {"member": member, "day": day, "frozen": frozen, "cents": cents}
