"""URLs to which members have events sent: what each wants to hear, and how it is doing.

A row is one endpoint; `deliveries.py` has what is sent to it. A deleted one stays as a mark,
without address and secret, until its deliveries are taken away. Secrets come in sealed. Nothing
here sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Text,
    func,
    select,
)

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

MOST: Final = 10
"""Endpoints of one member."""
NEVER: Final[Micros] = 1 << 62
ACTIVE: Final = "ACTIVE"
DISABLED: Final = "DISABLED"
DELETED: Final = "DELETED"
BY_MEMBER: Final = "MEMBER"
BY_OPERATOR: Final = "OPERATOR"
GONE: Final = "GONE"
FAILURES: Final = "FAILURES"
TEST: Final = "webhook.test"
EVERYTHING: Final = "*"
TYPES_TEXT: Final = """
trade.executed limit_order.created limit_order.filled limit_order.partially_filled
limit_order.cancelled limit_order.expired protection.triggered position.settled event.opened
event.closed event.resolved event.disputed event.amended event.voided event.clarified price.alert
copy_trade.executed copy_trade.skipped challenge.created challenge.accepted challenge.settled
challenge.expired challenge.voided tournament.started tournament.ended post.commented
follow.created deposit.updated withdrawal.updated notification.created webhook.test
"""
TYPES: Final = tuple(TYPES_TEXT.split())
PATTERNS: Final = frozenset({EVERYTHING, *TYPES, *(one.partition(".")[0] + ".*" for one in TYPES)})
"""What an endpoint may ask for."""

webhooks = kept.kept_table(
    "webhooks",
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("last4", Text, nullable=False),
    Column("old_secret", LargeBinary, nullable=False),
    Column("old_until", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("queued", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("paused_until", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("last_status", Integer, nullable=False),
    Column("last_ok", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("webhooks_by_member", webhooks.c.member, webhooks.c.id)
Index("webhooks_by_next_at", webhooks.c.status, webhooks.c.next_at)
Index("webhooks_by_status", webhooks.c.status, webhooks.c.id)

_w = webhooks.c


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """`why` it is disabled; `old_secret` signs beside `secret` until `old_until`. `failures` are
    messages in a row that failed for good, `queued` those that are still to be sent, the first of
    them at `next_at`; until `paused_until` it has asked for none. `last_status` 0: no answer."""

    id: str
    member: MemberId
    url: str
    events: tuple[str, ...] = (EVERYTHING,)
    description: str = ""
    status: str = ACTIVE
    why: str = ""
    secret: bytes
    last4: str
    old_secret: bytes = b""
    old_until: Micros = 0
    failures: int = 0
    queued: int = 0
    next_at: Micros = NEVER
    paused_until: Micros = 0
    last_at: Micros = 0
    last_status: int = 0
    last_ok: int = 1
    created_at: Micros

    def wants(self, type: str) -> bool:
        """Is a message of this type for it?"""
        family = type.partition(".")[0] + ".*"
        return not {EVERYTHING, type, family}.isdisjoint(self.events)


class Subscribers:
    """Members who have (or have had) endpoints: all others cost nothing. It only grows; a member
    is added before the endpoint is committed."""

    def __init__(self) -> None:
        self._members: set[MemberId] = set()

    def load(self, connection: Connection) -> None:
        """Read the rows."""
        self._members.update(connection.execute(select(_w.member).distinct()).scalars())

    def add(self, member: MemberId) -> None:
        """The member is about to have one."""
        self._members.add(member)

    def __contains__(self, member: MemberId) -> bool:
        return member in self._members

    def __bool__(self) -> bool:
        return bool(self._members)


def add(connection: Connection, webhook: Webhook) -> bool:
    """Write a new one; False: the member has as many as one may have."""
    if len(of_member(connection, webhook.member)) >= MOST:
        return False
    kept.insert(connection, webhooks, _row(webhook))
    return True


def put(connection: Connection, webhook: Webhook) -> None:
    """Write one over what it was."""
    kept.replace(connection, webhooks, _row(webhook))


def find(connection: Connection, id: str, member: MemberId | None = None) -> Webhook | None:
    """One that is not deleted; of a member, if one is named."""
    query = select(webhooks).where(_w.id == id, _w.status != DELETED)
    if member is not None:
        query = query.where(_w.member == member)
    return next(iter(_read(connection, query)), None)


def of_member(connection: Connection, member: MemberId) -> list[Webhook]:
    """A member's, oldest first."""
    query = select(webhooks).where(_w.member == member, _w.status != DELETED).order_by(_w.id)
    return _read(connection, query)


def remove(connection: Connection, webhook: Webhook) -> None:
    """Delete one: nothing is sent to it any more, and nothing of it is told."""
    mark = msgspec.structs.replace(
        webhook,
        status=DELETED,
        url="",
        description="",
        secret=b"",
        last4="",
        old_secret=b"",
        queued=0,
        next_at=NEVER,
    )
    put(connection, mark)


def deleted(connection: Connection) -> str | None:
    """The id of one that is deleted and still a row."""
    query = select(_w.id).where(_w.status == DELETED).order_by(_w.id).limit(1)
    return connection.execute(query).scalar()


def forget(connection: Connection, id: str) -> None:
    """Take a deleted one away."""
    connection.execute(sqlalchemy.delete(webhooks).where(_w.id == id, _w.status == DELETED))


def due(connection: Connection, now: Micros, limit: int, busy: Sequence[str]) -> list[Webhook]:
    """Those that have something to be sent now, who has waited longest first; not the busy ones."""
    query = select(webhooks).where(_w.status == ACTIVE, _w.next_at <= now, _w.id.not_in(busy))
    return _read(connection, query.order_by(_w.next_at).limit(limit))


def active(connection: Connection, after: str, limit: int) -> list[Webhook]:
    """Everybody's that are not disabled, behind an id."""
    query = select(webhooks).where(_w.status == ACTIVE, _w.id > after).order_by(_w.id).limit(limit)
    return _read(connection, query)


def page(connection: Connection, after: str, limit: int, status: str | None) -> list[Webhook]:
    """Everybody's, newest first, older than the id `after`."""
    query = select(webhooks).where(_w.status != DELETED)
    if status is not None:
        query = query.where(_w.status == status)
    if after:
        query = query.where(_w.id < after)
    return _read(connection, query.order_by(_w.id.desc()).limit(limit))


def backlog(connection: Connection) -> int:
    """Messages that are still to be sent, to all that are not disabled."""
    query = select(func.coalesce(func.sum(_w.queued), 0)).where(_w.status == ACTIVE)
    return int(connection.execute(query).scalar_one())


def _row(webhook: Webhook) -> kept.Row:
    row = msgspec.structs.asdict(webhook)
    return row | {"events": msgspec.json.encode(webhook.events).decode()}


def _read(connection: Connection, query: sqlalchemy.Select[Any]) -> list[Webhook]:
    return [
        Webhook(**(row | {"events": tuple(msgspec.json.decode(row["events"]))}))
        for row in kept.read(connection, query, webhooks)
    ]
