"""Who brought whom. What a referral earns is decided by those who watch the trades."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Text, bindparam, func, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

referrals = kept.kept_table(
    "referrals",
    Column("referee", BigInteger, primary_key=True, autoincrement=False),
    Column("referrer", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("host", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
)
Index("referrals_by_referrer", referrals.c.referrer, referrals.c.created_at)
_BROUGHT: Final = select(referrals).where(referrals.c.referee == bindparam("of"))


class Referral(msgspec.Struct, frozen=True):
    """`host` is the network it was made from; `status` is PENDING, QUALIFIED or REJECTED."""

    referee: MemberId
    referrer: MemberId
    created_at: Micros
    host: str
    status: str = "PENDING"
    decided_at: Micros = 0


def add(connection: Connection, referral: Referral) -> None:
    """Write a new one; each member was referred once at most."""
    kept.insert(connection, referrals, msgspec.structs.asdict(referral))


def of_referrer(connection: Connection, referrer: MemberId) -> list[Referral]:
    """Whom a member brought, oldest first."""
    query = select(referrals).where(referrals.c.referrer == referrer)
    query = query.order_by(referrals.c.created_at, referrals.c.referee)
    return [Referral(**row) for row in kept.read(connection, query, referrals)]


def find(connection: Connection, referee: MemberId) -> Referral | None:
    """Who brought a member."""
    found = kept.read(connection, _BROUGHT, referrals, {"of": referee})
    return next((Referral(**row) for row in found), None)


def decide(connection: Connection, referral: Referral, status: str, at: Micros) -> None:
    """It is QUALIFIED or REJECTED for good."""
    row = msgspec.structs.asdict(referral) | {"status": status, "decided_at": at}
    kept.replace(connection, referrals, row)


def pending(connection: Connection, after: MemberId, limit: int) -> list[Referral]:
    """Those that are still open, by referee."""
    query = select(referrals).where(referrals.c.status == "PENDING", referrals.c.referee > after)
    query = query.order_by(referrals.c.referee).limit(limit)
    return [Referral(**row) for row in kept.read(connection, query, referrals)]


def from_host(connection: Connection, referral: Referral, since: Micros) -> int:
    """How many came from the network of one since a time, up to that one."""
    r = referrals.c
    query = select(func.count()).where(
        r.host == referral.host, r.created_at >= since, r.referee <= referral.referee
    )
    return int(connection.execute(query).scalar_one())
