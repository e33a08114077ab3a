"""What members write to themselves about their trades: nobody else ever sees it.

`body` is sealed by whoever hands it in when the installation has a key for notes; here it is bytes.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    Text,
    delete,
    func,
    select,
)

from presage.domain.ids import EventId, Id, MarketId, MemberId
from presage.storage import kept
from presage.units import Micros

MOST: Final = 5_000
_AT_ONCE: Final = 400
"""Taken away in one submission when somebody leaves."""

trade_notes = kept.kept_table(
    "trade_notes",
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("trade", BigInteger, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("tags", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
Index("trade_notes_by_member", trade_notes.c.member, trade_notes.c.id)
Index("trade_notes_by_trade", trade_notes.c.member, trade_notes.c.trade, trade_notes.c.id)

_n = trade_notes.c


class TradeNote(msgspec.Struct, frozen=True):
    """`trade` is the order that was executed. 0: it is about none."""

    id: str
    member: MemberId
    trade: Id
    market: MarketId
    event: EventId
    body: bytes
    tags: tuple[str, ...]
    created_at: Micros
    updated_at: Micros


def add(connection: Connection, note: TradeNote) -> bool:
    """Write a new one; False: the member has as many as one may have."""
    count = select(func.count()).where(_n.member == note.member)
    if connection.execute(count).scalar_one() >= MOST:
        return False
    kept.insert(connection, trade_notes, _row(note))
    return True


def change(connection: Connection, note: TradeNote) -> None:
    """Write one over what it was."""
    kept.replace(connection, trade_notes, _row(note))


def find(connection: Connection, member: MemberId, id: str) -> TradeNote | None:
    """One of a member's."""
    query = select(trade_notes).where(_n.id == id, _n.member == member)
    return next(iter(_read(connection, query)), None)


def page(
    connection: Connection,
    member: MemberId,
    after: str,
    limit: int,
    trade: Id | None = None,
    event: EventId | None = None,
) -> list[TradeNote]:
    """A member's, newest first, older than the id `after`."""
    query = select(trade_notes).where(_n.member == member)
    if after:
        query = query.where(_n.id < after)
    if trade is not None:
        query = query.where(_n.trade == trade)
    if event is not None:
        query = query.where(_n.event == event)
    return _read(connection, query.order_by(_n.id.desc()).limit(limit))


def remove(connection: Connection, member: MemberId, id: str) -> bool:
    """Take one away; False: the member has no such one."""
    mine = delete(trade_notes).where(_n.id == id, _n.member == member)
    return connection.execute(mine).rowcount > 0


def remove_some(connection: Connection, member: MemberId) -> bool:
    """The member has left: take away as many as one submission can; True: there are no more."""
    query = select(_n.id).where(_n.member == member).limit(_AT_ONCE)
    some = [row[0] for row in connection.execute(query)]
    connection.execute(delete(trade_notes).where(_n.id.in_(some)))
    return len(some) < _AT_ONCE


def _row(note: TradeNote) -> kept.Row:
    return msgspec.structs.asdict(note) | {"tags": msgspec.json.encode(note.tags).decode()}


def _read(connection: Connection, query: sqlalchemy.Select[Any]) -> list[TradeNote]:
    return [
        TradeNote(**(row | {"tags": tuple(msgspec.json.decode(row["tags"]))}))
        for row in kept.read(connection, query, trade_notes)
    ]
