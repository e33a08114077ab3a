"""Disputes: what members say against outcomes, and what became of it.

Those of one event that are open together are a case; cases are counted as rounds. Each member
disputes once a round. While one is open nothing of its markets is paid.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Text,
    func,
    select,
)

from presage.domain.ids import MarketId, MemberId
from presage.storage import kept
from presage.units import Micros, Money

OPEN: Final = "OPEN"
REJECTED: Final = "REJECTED"
UPHELD: Final = "UPHELD"
VOIDED: Final = "VOIDED"

disputes = kept.kept_table(
    "disputes",
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("member", BigInteger, nullable=False),
    Column("option", BigInteger, nullable=False),
    Column("markets", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence_url", Text, nullable=False),
    Column("proposed", Text, nullable=False),
    Column("bond", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("decided_by", BigInteger, nullable=False),
)
_d = disputes.c
Index("disputes_once", _d.event, _d.round, _d.member, unique=True)
Index("disputes_by_status", _d.status, _d.id)


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """`event` is the event's row; `option` the market that it names, 0: the whole event; `markets`
    are those that it holds. `proposed` is YES, NO, VOID or nothing; `note` what the decision said.
    """

    id: str
    event: str
    round: int
    member: MemberId
    option: MarketId = 0
    markets: tuple[MarketId, ...]
    reason: str
    evidence_url: str = ""
    proposed: str = ""
    bond: Money = 0
    status: str = OPEN
    note: str = ""
    created_at: Micros
    decided_at: Micros = 0
    decided_by: MemberId = 0


def add(connection: Connection, one: Dispute) -> None:
    """Write a new one; the member has none in this round."""
    kept.insert(connection, disputes, _row(one))


def decide(connection: Connection, one: Dispute) -> None:
    """Write an open one over its row, decided."""
    kept.replace(connection, disputes, _row(one))


def find(connection: Connection, id: str) -> Dispute | None:
    """By id."""
    return next(iter(_read(connection, _d.id == id, 1)), None)


def newest_of(connection: Connection, event: str, member: MemberId) -> Dispute | None:
    """What a member said last against an event's outcomes."""
    where = (_d.event == event) & (_d.member == member)
    query = select(disputes).where(where).order_by(_d.round.desc()).limit(1)
    return next((_dispute(row) for row in kept.read(connection, query, disputes)), None)


def open_of(connection: Connection, event: str, limit: int) -> list[Dispute]:
    """The open case of an event, oldest first."""
    return _read(connection, (_d.event == event) & (_d.status == OPEN), limit)


def of_event(connection: Connection, event: str, limit: int) -> list[Dispute]:
    """Everything that was said against an event's outcomes, oldest first."""
    return _read(connection, _d.event == event, limit)


def count(connection: Connection, event: str) -> int:
    """How many there were against an event's outcomes."""
    return connection.execute(select(func.count()).where(_d.event == event)).scalar() or 0


def round_of(connection: Connection, event: str) -> int:
    """The number of the open case, or else of the next one."""
    newest = connection.execute(select(func.max(_d.round)).where(_d.event == event)).scalar() or 0
    open_ = select(_d.id).where(_d.event == event, _d.round == newest, _d.status == OPEN).limit(1)
    return newest if connection.execute(open_).first() else newest + 1


def page(connection: Connection, status: str, event: str, after: str, limit: int) -> list[Dispute]:
    """Disputes in the order in which they came, behind the id `after`; "" leaves a filter out."""
    where = _d.id > after
    if status:
        where &= _d.status == status
    if event:
        where &= _d.event == event
    return _read(connection, where, limit)


def waiting_since(connection: Connection, before: Micros, limit: int) -> list[Dispute]:
    """Those that have been open since before a moment, oldest first."""
    return _read(connection, (_d.status == OPEN) & (_d.created_at < before), limit)


def _read(connection: Connection, where: ColumnElement[bool], limit: int) -> list[Dispute]:
    query = select(disputes).where(where).order_by(_d.id).limit(limit)
    return [_dispute(row) for row in kept.read(connection, query, disputes)]


def _row(one: Dispute) -> kept.Row:
    return msgspec.structs.asdict(one) | {"markets": msgspec.json.encode(one.markets).decode()}


def _dispute(row: kept.Row) -> Dispute:
    markets = msgspec.json.decode(row["markets"], type=tuple[MarketId, ...])
    return Dispute(**row | {"markets": markets})
