"""What happened to a member's access: logins and failed ones, new keys, changed passwords.

Rows that are only ever added; old ones are dropped. Nothing secret is in them.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Text, delete, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import SECOND, Micros

KEPT: Final[Micros] = 180 * 86_400 * SECOND

security_log = kept.kept_table(
    "security_log",
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("member", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("agent", Text, nullable=False),
)
Index("security_log_by_member", security_log.c.member, security_log.c.id)
Index("security_log_by_at", security_log.c.at)


class Incident(msgspec.Struct, frozen=True):
    """`member` 0: nobody is called so. `id` is a UUIDv7."""

    id: str
    at: Micros
    member: MemberId
    action: str
    host: str
    agent: str


def note(connection: Connection, incident: Incident) -> None:
    """Write one down."""
    kept.insert(connection, security_log, msgspec.structs.asdict(incident))


def of_member(connection: Connection, member: MemberId, limit: int) -> list[Incident]:
    """A member's last incidents, newest first."""
    query = select(security_log).where(security_log.c.member == member)
    query = query.order_by(security_log.c.id.desc()).limit(limit)
    return [Incident(**row) for row in kept.read(connection, query, security_log)]


def drop_old(connection: Connection, before: Micros, most: int) -> int:
    """Forget incidents from before a moment; how many."""
    old = select(security_log.c.id).where(security_log.c.at < before).limit(most)
    return connection.execute(delete(security_log).where(security_log.c.id.in_(old))).rowcount
