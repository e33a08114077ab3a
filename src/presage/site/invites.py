"""Invite codes: they open the registration when it is by invitation only, each so many times."""

from __future__ import annotations

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Text,
    select,
)

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

invite_codes = kept.kept_table(
    "invite_codes",
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("owner", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=False),
)
Index("invite_codes_by_code", invite_codes.c.code, unique=True)
Index("invite_codes_by_owner", invite_codes.c.owner, invite_codes.c.id)


class Invite(msgspec.Struct, frozen=True):
    """`owner` is whoever made it; `expires_at` 0: never."""

    id: str
    code: str
    owner: MemberId
    note: str
    uses: int
    used: int
    created_at: Micros
    expires_at: Micros = 0
    revoked_at: Micros = 0


def add(connection: Connection, invite: Invite) -> None:
    """Write a new code."""
    kept.insert(connection, invite_codes, msgspec.structs.asdict(invite))


def use(connection: Connection, code: str, at: Micros) -> Invite | None:
    """Use a code once; None: it does not let anybody in (any more)."""
    invite = by_code(connection, code)
    if invite is None:
        return None
    over = 0 < invite.expires_at <= at or invite.revoked_at
    if over or invite.used >= invite.uses:
        return None
    used = msgspec.structs.replace(invite, used=invite.used + 1)
    kept.replace(connection, invite_codes, msgspec.structs.asdict(used))
    return used


def get(connection: Connection, id: str) -> Invite:
    """By id; it must be there."""
    return _read(connection, invite_codes.c.id == id)[0]


def by_code(connection: Connection, code: str) -> Invite | None:
    """By its code."""
    return next(iter(_read(connection, invite_codes.c.code == code)), None)


def of_owner(connection: Connection, owner: MemberId) -> list[Invite]:
    """What a member has made, oldest first."""
    return _read(connection, invite_codes.c.owner == owner)


def page(connection: Connection, after: str, limit: int) -> list[Invite]:
    """All codes, newest first, older than the id `after`."""
    query = select(invite_codes)
    if after:
        query = query.where(invite_codes.c.id < after)
    query = query.order_by(invite_codes.c.id.desc()).limit(limit)
    return [Invite(**row) for row in kept.read(connection, query, invite_codes)]


def revoke(connection: Connection, id: str, at: Micros) -> bool:
    """End a code; False: there is no such live one."""
    live = (invite_codes.c.id == id) & (invite_codes.c.revoked_at == 0)
    return kept.change(connection, invite_codes, live, revoked_at=at) > 0


def _read(connection: Connection, where: ColumnElement[bool]) -> list[Invite]:
    query = select(invite_codes).where(where).order_by(invite_codes.c.id)
    return [Invite(**row) for row in kept.read(connection, query, invite_codes)]
