"""The operators' log: who did what to the exchange, when, and why, each row chained to the last.

A row is written in the submission of the act it describes and is gone when the act was refused. Its
hash covers everything it says and the hash before it, so that no row can be changed, dropped from
the middle or slipped in unseen. It never decides whether somebody may act.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    CursorResult,
    Index,
    LargeBinary,
    Table,
    Text,
    insert,
    select,
)

from presage.domain.commands import Command
from presage.domain.ids import MemberId
from presage.domain.rejects import Reject
from presage.storage.schema import BigKey, metadata
from presage.units import Micros

NO_HASH: Final = bytes(32)
"""What the first row has as its previous hash."""

audit = Table(
    "audit",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
Index("audit_by_subject", audit.c.subject, audit.c.id)

_encode = msgspec.msgpack.Encoder().encode
_to_json = msgspec.json.Encoder(order="sorted").encode

Then = Callable[[Connection, int], Command | Reject | None]
"""What else the submission does, given the id of the row that notes it."""


class Act(msgspec.Struct, frozen=True):
    """What an operator did. `params` is what was asked for, without reason and secrets."""

    at: Micros
    actor: MemberId
    action: str
    subject: str
    reason: str
    params: dict[str, Any]


class AuditRow(msgspec.Struct, frozen=True):
    """One row, exactly as stored: `params` is the JSON text that was hashed."""

    id: int
    at: Micros
    actor: MemberId
    action: str
    subject: str
    reason: str
    params: str
    previous: bytes
    hash: bytes


class Noted:
    """Row writes that note an act before they do it. `id` is the row's, once they ran."""

    def __init__(self, act: Act, then: Then) -> None:
        self.id = 0
        self._act = act
        self._then = then

    def __call__(self, connection: Connection) -> Command | Reject | None:
        self.id = append(connection, self._act)
        return self._then(connection, self.id)


def append(connection: Connection, act: Act) -> int:
    """Write a row at the end of the chain; its id."""
    newest = select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)
    last = connection.execute(newest).first()
    number, previous = (last.id + 1, last.hash) if last else (1, NO_HASH)
    row = AuditRow(
        number,
        act.at,
        act.actor,
        act.action,
        act.subject,
        act.reason,
        _to_json(act.params).decode(),
        previous,
        b"",
    )
    sealed = msgspec.structs.replace(row, hash=_hash(row))
    connection.execute(insert(audit), msgspec.structs.asdict(sealed))
    return number


def newest(
    connection: Connection, limit: int, before: int | None = None, subject: str = ""
) -> list[AuditRow]:
    """Rows, newest first, older than `before`, all of them or those about one subject."""
    query = select(audit)
    if before is not None:
        query = query.where(audit.c.id < before)
    if subject:
        query = query.where(audit.c.subject == subject)
    return _rows(connection.execute(query.order_by(audit.c.id.desc()).limit(limit)))


def following(connection: Connection, after: int, limit: int) -> list[AuditRow]:
    """Rows in the order of the chain."""
    query = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
    return _rows(connection.execute(query))


class Chain:
    """Follows the rows from the first one on. `last` is the last good id, `broken` the first bad
    one, 0 while there is none."""

    def __init__(self) -> None:
        self.last = 0
        self.broken = 0
        self._hash = NO_HASH

    def follow(self, rows: Sequence[AuditRow]) -> None:
        """Check the next rows; stops at the first that does not fit."""
        for row in rows:
            if self.broken:
                return
            fits = row.id == self.last + 1 and row.previous == self._hash
            if not fits or row.hash != _hash(row):
                self.broken = self.last + 1
                return
            self.last, self._hash = row.id, row.hash


def _hash(row: AuditRow) -> bytes:
    body = (row.id, row.at, row.actor, row.action, row.subject, row.reason, row.params)
    return sha256(row.previous + _encode(body)).digest()


def _rows(found: CursorResult[Any]) -> list[AuditRow]:
    return [AuditRow(**row) for row in found.mappings()]
