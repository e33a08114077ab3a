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
    Column("host", Text, nullable=False, server_default=""),
    Column("request", Text, nullable=False, server_default=""),
)
Index("audit_by_actor", audit.c.actor, audit.c.id)
Index("audit_by_action", audit.c.action, audit.c.id)
Index("audit_by_subject", audit.c.subject, audit.c.id)

_encode = msgspec.msgpack.Encoder().encode
_to_json = msgspec.json.Encoder(order="sorted").encode

Then = Callable[[Connection, int], Command | Reject | None]
"""What else the submission does, given the id of the row that notes it."""
Before = Callable[[Connection], dict[str, Any]]
"""What an act is about to change, as it is now."""


class Act(msgspec.Struct, frozen=True):
    """What an operator did, from which address, by which request. `params` is what was asked for,
    without reason and secrets."""

    at: Micros
    actor: MemberId
    action: str
    subject: str
    reason: str
    params: dict[str, Any]
    host: str = ""
    request: str = ""


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
    host: str = ""
    request: str = ""


class Noted:
    """Row writes that note an act before they do it. `id` is the row's, once they ran. `before`
    says what is there that the act changes, which goes on record too."""

    def __init__(self, act: Act, then: Then, before: Before | None = None) -> None:
        self.id = 0
        self._act = act
        self._then = then
        self._before = before

    def __call__(self, connection: Connection) -> Command | Reject | None:
        act = self._act
        if self._before is not None:
            params = act.params | {"before": self._before(connection)}
            act = msgspec.structs.replace(act, params=params)
        self.id = append(connection, act)
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
        act.host,
        act.request,
    )
    sealed = msgspec.structs.replace(row, hash=_hash(row))
    connection.execute(insert(audit), msgspec.structs.asdict(sealed))
    return number


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows: all that is named must fit; `actor` 0 and empty texts are not named."""

    subject: str = ""
    action: str = ""
    actor: MemberId = 0
    since: Micros | None = None
    until: Micros | None = None


def newest(
    connection: Connection, limit: int, before: int | None = None, wanted: Search | None = None
) -> list[AuditRow]:
    """Rows that fit, newest first, older than `before`."""
    search, a = wanted or Search(), audit.c
    query = select(audit)
    if before is not None:
        query = query.where(a.id < before)
    if search.subject:
        query = query.where(a.subject == search.subject)
    if search.action:
        query = query.where(a.action == search.action)
    if search.actor:
        query = query.where(a.actor == search.actor)
    if search.since is not None:
        query = query.where(a.at >= search.since)
    if search.until is not None:
        query = query.where(a.at <= search.until)
    return _rows(connection.execute(query.order_by(a.id.desc()).limit(limit)))


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
    body: tuple[int | str, ...]
    body = (row.id, row.at, row.actor, row.action, row.subject, row.reason, row.params)
    if row.host or row.request:  # rows of the first form have neither
        body += (row.host, row.request)
    return sha256(row.previous + _encode(body)).digest()


def _rows(found: CursorResult[Any]) -> list[AuditRow]:
    return [AuditRow(**row) for row in found.mappings()]
