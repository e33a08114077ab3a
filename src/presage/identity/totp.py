"""Second factors: six digits from a shared secret and the time (RFC 6238), each used once.

The secret is kept enciphered, because it has to be used. It never decides who needs one.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, delete, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import SECOND, Micros

STEP: Final = 30
_SKEW: Final = 1
"""Steps that a clock may be wrong in either direction."""
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20

totp = kept.kept_table(
    "totp",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("secret", LargeBinary, nullable=False),
    Column("confirmed_at", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
)


class Factor(msgspec.Struct, frozen=True):
    """`secret` is enciphered; `confirmed_at` 0: made, but not yet in force."""

    member: MemberId
    secret: bytes
    confirmed_at: Micros = 0
    last_step: int = 0


def new_secret() -> str:
    """In base 32, as authenticator apps read it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code(secret: str, step: int) -> str:
    """The digits of one step of 30 seconds."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def matching_step(secret: str, digits: str, at: Micros, last_step: int) -> int | None:
    """The step whose digits these are, if it is near and later than the last one used."""
    now = at // SECOND // STEP
    for step in range(now - _SKEW, now + _SKEW + 1):
        if step > last_step and hmac.compare_digest(code(secret, step), digits):
            return step
    return None


def find(connection: Connection, member: MemberId) -> Factor | None:
    """A member's factor, in force or not."""
    query = select(totp).where(totp.c.member == member)
    return next((Factor(**row) for row in kept.read(connection, query, totp)), None)


def put(connection: Connection, factor: Factor) -> None:
    """Write a member's factor over the one before."""
    row = msgspec.structs.asdict(factor)
    if not kept.replace(connection, totp, row):
        kept.insert(connection, totp, row)


def drop(connection: Connection, member: MemberId) -> bool:
    """Take a member's factor away; False when there was none."""
    return connection.execute(delete(totp).where(totp.c.member == member)).rowcount > 0
