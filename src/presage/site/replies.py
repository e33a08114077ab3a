"""What was answered to calls with an Idempotency-Key, for a day: the same call gets it again.

A row is claimed in the submission that has the effect, and gets its answer afterwards. That the
effect comes once is not decided here: the writer's once-key is spent with it.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Text,
    and_,
    delete,
    select,
)

from presage.storage import kept
from presage.units import SECOND, Micros

LIFE: Micros = 86_400 * SECOND

replies = kept.kept_table(
    "replies",
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", Integer, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("replies_by_at", replies.c.at)


class KeptReply(msgspec.Struct, frozen=True):
    """`status` 0: the effect is there, its answer is not."""

    scope: str
    key: str
    fingerprint: bytes
    at: Micros
    status: int = 0
    content_type: str = ""
    body: bytes = b""


def find(connection: Connection, scope: str, key: str, now: Micros) -> KeptReply | None:
    """What a key was answered with, unless that is too long ago."""
    mine = and_(replies.c.scope == scope, replies.c.key == key, replies.c.at > now - LIFE)
    found = kept.read(connection, select(replies).where(mine), replies)
    return next((KeptReply(**row) for row in found), None)


def put(connection: Connection, reply: KeptReply) -> None:
    """Claim a key, or keep its answer."""
    row = msgspec.structs.asdict(reply)
    if not kept.replace(connection, replies, row):
        kept.insert(connection, replies, row)


def drop_old(connection: Connection, now: Micros, most: int) -> int:
    """Forget answers that are too old; how many."""
    old = select(replies.c.scope, replies.c.key).where(replies.c.at <= now - LIFE).limit(most)
    rows = list(connection.execute(old))
    for scope, key in rows:
        mine = and_(replies.c.scope == scope, replies.c.key == key)
        connection.execute(delete(replies).where(mine))
    return len(rows)
