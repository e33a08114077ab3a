"""What became of each copy: one line for every turn that a relation had, kept for ninety days."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Text, delete, select

from presage.domain.ids import Id, MarketId, MemberId
from presage.storage import kept
from presage.units import SECOND, Count, Micros, Money

SHOWN: Final = 50
KEPT: Final[Micros] = 90 * 86_400 * SECOND
EXECUTED: Final = "EXECUTED"
SKIPPED: Final = "SKIPPED"

copy_log = kept.kept_table(
    "copy_log",
    Column("relation", Text, primary_key=True),
    Column("job", Text, primary_key=True),
    Column("copier", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("gross", BigInteger, nullable=False),
)
_c = copy_log.c
Index("copy_log_by_copier", _c.copier, _c.at)
Index("copy_log_by_at", _c.at)


_CLOSING: Final = "0.close."


def closing(id: str) -> str:
    """The name of no job: a copier sells what is left of a relation."""
    return f"{_CLOSING}{id}"


def is_closing(job: str) -> bool:
    """Is it such a name?"""
    return job.startswith(_CLOSING)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`order_id` 0: there was no order; `gross` is what the contracts were worth at their prices,
    of the side that was bought or sold. `reason` says why it was skipped."""

    relation: str
    job: str
    copier: MemberId
    at: Micros
    market: MarketId
    order_id: Id = 0
    outcome: str = SKIPPED
    reason: str = ""
    quantity: Count = 0
    gross: Money = 0


def add(connection: Connection, line: Line) -> None:
    """Write one."""
    kept.insert(connection, copy_log, msgspec.structs.asdict(line))


def newest(connection: Connection, copier: MemberId) -> list[Line]:
    """A copier's last, the newest first."""
    query = select(copy_log).where(_c.copier == copier)
    query = query.order_by(_c.at.desc(), _c.relation, _c.job.desc()).limit(SHOWN)
    return [Line(**row) for row in kept.read(connection, query, copy_log)]


def forget(connection: Connection, before: Micros, limit: int) -> int:
    """Take away up to `limit` that are older; how many."""
    query = select(_c.relation, _c.job).where(_c.at < before).order_by(_c.at).limit(limit)
    old = [tuple(row) for row in connection.execute(query)]
    for relation, job in old:
        connection.execute(delete(copy_log).where(_c.relation == relation, _c.job == job))
    return len(old)
