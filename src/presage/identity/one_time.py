"""Words that work once: sent by mail to reset a password or to confirm an address.

Only digests are kept. A newer word of the same purpose ends the older ones.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, Text, and_, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

one_time = kept.kept_table(
    "one_time",
    Column("id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("member", BigInteger, nullable=False),
    Column("about", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
)
Index("one_time_by_digest", one_time.c.digest, unique=True)
Index("one_time_by_member", one_time.c.member, one_time.c.purpose)


class OneTime(msgspec.Struct, frozen=True):
    """`about` is what it was made for (the address to confirm); `used_at` 0: not yet."""

    id: str
    purpose: str
    digest: bytes
    member: MemberId
    about: str
    expires_at: Micros
    used_at: Micros = 0


def add(connection: Connection, word: OneTime, at: Micros) -> None:
    """Write a new one; those before it work no more."""
    before = and_(
        one_time.c.member == word.member,
        one_time.c.purpose == word.purpose,
        one_time.c.used_at == 0,
    )
    kept.change(connection, one_time, before, used_at=at)
    kept.insert(connection, one_time, msgspec.structs.asdict(word))


def find(connection: Connection, purpose: str, digest: bytes, at: Micros) -> OneTime | None:
    """A word that still works."""
    mine = and_(one_time.c.digest == digest, one_time.c.purpose == purpose, one_time.c.used_at == 0)
    found = kept.read(connection, select(one_time).where(mine), one_time)
    word = next((OneTime(**row) for row in found), None)
    return None if word is None or word.expires_at <= at else word


def use(connection: Connection, purpose: str, digest: bytes, at: Micros) -> OneTime | None:
    """Use a word up; None: there is no such word that still works."""
    word = find(connection, purpose, digest, at)
    if word is not None:
        kept.change(connection, one_time, one_time.c.id == word.id, used_at=at)
    return word
