"""What a member has done so far, added up: what badges, levels and limits of a day are decided by.

Workers add to it as facts are committed, each once. A mark says that something was there before.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Text,
    and_,
    bindparam,
    delete,
    func,
    select,
)

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Money

BUCKETS: Final = 10
_FAIR: Final = 500
"""A calibration error up to here, in 1/10 000, is small."""

tallies = kept.kept_table(
    "tallies",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("counts", Text, nullable=False),
)
marks = kept.kept_table(
    "marks",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
)
Index("marks_by_ref", marks.c.kind, marks.c.ref)


class Bucket(msgspec.Struct, array_like=True):
    """Options settled whose own side was bought at prices within one tenth: how many, the sum of
    the average prices and of what they paid, in 1/10 000 of a dollar."""

    options: int = 0
    price: int = 0
    paid: int = 0


class Tally(msgspec.Struct, omit_defaults=True):
    """Counts over a member's life. `today` is the experience of day `day` by source."""

    xp: int = 0
    day: int = 0
    today: dict[str, int] = {}
    trades: int = 0
    events: int = 0
    categories: list[str] = []
    by_key: int = 0
    volume: Money = 0
    maker_fills: int = 0
    profit: Money = 0
    settled: int = 0
    wins: int = 0
    run: int = 0
    best_run: int = 0
    long_shots: int = 0
    against_many: int = 0
    calibration: list[Bucket] = []
    quoted_minutes: int = 0
    best_streak: int = 0
    referrals: int = 0
    paid_referrals: int = 0
    referral_cents: int = 0
    likes: int = 0
    best_post: int = 0
    challenges_won: int = 0
    podiums: int = 0
    tournaments_won: int = 0
    suggestions: int = 0
    disputes: int = 0
    followers: int = 0
    pioneer: int = 0
    badges: int = 0
    """How many targets were reached when this was last looked at."""

    def settle(self, price: int, paid: int) -> None:
        """Note an option whose own side was bought at `price` and paid `paid`."""
        if not self.calibration:
            self.calibration = [Bucket() for _ in range(BUCKETS)]
        bucket = self.calibration[min(BUCKETS - 1, price * BUCKETS // 10_000)]
        bucket.options += 1
        bucket.price += price
        bucket.paid += paid

    @property
    def calibrated(self) -> int:
        """Settled options, as long as prices and outcomes agree to five points; else not quite so
        many as the badge asks for."""
        total = sum(one.options for one in self.calibration)
        error = sum(abs(one.price - one.paid) for one in self.calibration)
        return total if total and error <= _FAIR * total else min(total, 49)


def read(connection: Connection, member: MemberId) -> Tally:
    """A member's tally."""
    for row in kept.read(connection, _TALLY, tallies, {"of": member}):
        return msgspec.json.decode(row["counts"], type=Tally)
    return Tally()


def write(connection: Connection, member: MemberId, tally: Tally) -> None:
    """Keep a member's tally."""
    row = {"member": member, "counts": msgspec.json.encode(tally).decode()}
    if not kept.replace(connection, tallies, row):
        kept.insert(connection, tallies, row)


def mark(connection: Connection, member: MemberId, kind: str, ref: str) -> bool:
    """Say that it was there; False: it was said before."""
    if is_marked(connection, member, kind, ref):
        return False
    kept.insert(connection, marks, {"member": member, "kind": kind, "ref": ref})
    return True


def is_marked(connection: Connection, member: MemberId, kind: str, ref: str) -> bool:
    """Was it there?"""
    return connection.execute(_MARK, _named(member, kind, ref)).first() is not None


def unmark(connection: Connection, member: MemberId, kind: str, ref: str) -> None:
    """It will not come again."""
    connection.execute(_UNMARK, _named(member, kind, ref))


def marked(connection: Connection, kind: str, ref: str) -> int:
    """How many members have a mark."""
    return int(connection.execute(_MARKED, {"as": kind, "to": ref}).scalar_one())


def _named(member: MemberId, kind: str, ref: str) -> dict[str, MemberId | str]:
    return {"of": member, "as": kind, "to": ref}


# Made once: they are asked for each trade, and making one takes longer than asking it.
_OTHERS: Final = and_(marks.c.kind == bindparam("as"), marks.c.ref == bindparam("to"))
_ONE: Final = and_(marks.c.member == bindparam("of"), _OTHERS)
_TALLY: Final = select(tallies).where(tallies.c.member == bindparam("of"))
_MARK: Final = select(marks.c.ref).where(_ONE)
_MARKED: Final = select(func.count()).where(_OTHERS)
_UNMARK: Final = delete(marks).where(_ONE)
