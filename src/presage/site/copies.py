"""Who mirrors whose trades, on which terms: one row a relation, a new one for each beginning.

A relation is ACTIVE, PAUSED (`reason` says by whom or what; empty: the copier) or, for ever,
STOPPED. What it bought and still holds is in `copy_lots.py`, what became of each copy in
`copy_log.py`; what is to be copied is found out by `workers/copies.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, Text, func, select

from presage.domain.ids import Id, MemberId
from presage.storage import kept
from presage.units import Micros, Money, Price

ACTIVE: Final = "ACTIVE"
PAUSED: Final = "PAUSED"
STOPPED: Final = "STOPPED"
MOST: Final = 10
"""Members that one may copy at a time."""
MOST_CATEGORIES: Final = 20
SOURCE: Final = "copy"
"""What an order says that it comes from."""
_PREFIX: Final = "copies"

copy_relations = kept.kept_table(
    "copy_relations",
    Column("id", Text, primary_key=True),
    Column("copier", BigInteger, nullable=False),
    Column("leader", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("allocation", BigInteger, nullable=False),
    Column("ratio", Integer, nullable=False),
    Column("per_trade", BigInteger, nullable=False),
    Column("slippage", Integer, nullable=False),
    Column("sells", Boolean, nullable=False),
    Column("categories", Text, nullable=False),
    Column("max_loss", BigInteger, nullable=False),
    Column("copied", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("told_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("job", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
_r = copy_relations.c
Index("copy_relations_by_copier", _r.copier, _r.id)
Index("copy_relations_by_leader", _r.leader, _r.status)


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """`ratio` in basis points, `slippage` a difference of prices, `categories` slugs (none: all),
    `max_loss` 0: no limit.

    `copied` and `skipped` count copies; `misses` those in a row for which there was no money, and
    `told_at` is when the copier was last told so. Trades from journal entry `since` + 1 on are
    copied. `job` is the last one that this relation has had its turn in.
    """

    id: str
    copier: MemberId
    leader: MemberId
    status: str = ACTIVE
    reason: str = ""
    allocation: Money
    ratio: int = 10_000
    per_trade: Money
    slippage: Price = 200
    sells: bool = True
    categories: tuple[str, ...] = ()
    max_loss: Money = 0
    copied: int = 0
    skipped: int = 0
    misses: int = 0
    told_at: Micros = 0
    since: int
    job: str = ""
    created_at: Micros
    updated_at: Micros


def order_name(job: str, relation: str) -> str:
    """The client order id of a relation's order for a job: nobody's own trade, and only once."""
    return f"{_PREFIX}:{job}:{relation}"


def named_in(client_order_id: str) -> tuple[str, str]:
    """The job and the relation that `order_name` was given."""
    _, job, relation = client_order_id.split(":")
    return job, relation


def put(connection: Connection, relation: Relation) -> Relation:
    """Write one, a new one or over what it was."""
    row = msgspec.structs.asdict(relation)
    row["categories"] = msgspec.json.encode(relation.categories).decode()
    if not kept.replace(connection, copy_relations, row):
        kept.insert(connection, copy_relations, row)
    return relation


def stop(connection: Connection, relation: Relation, at: Micros) -> Relation:
    """It is over for good."""
    if relation.status == STOPPED:
        return relation
    changed = msgspec.structs.replace(relation, status=STOPPED, reason="", updated_at=at)
    return put(connection, changed)


def find(connection: Connection, id: str) -> Relation | None:
    """By id."""
    return next(iter(_read(connection, select(copy_relations).where(_r.id == id))), None)


def between(connection: Connection, copier: MemberId, leader: MemberId) -> Relation | None:
    """The one that is not over."""
    query = select(copy_relations).where(
        _r.copier == copier, _r.leader == leader, _r.status != STOPPED
    )
    return next(iter(_read(connection, query)), None)


def live(connection: Connection, copier: MemberId) -> list[Relation]:
    """All of a copier's that are not over."""
    query = select(copy_relations).where(_r.copier == copier, _r.status != STOPPED)
    return _read(connection, query.order_by(_r.id))


def page(
    connection: Connection, copier: MemberId, statuses: Sequence[str], limit: int, before: str = ""
) -> list[Relation]:
    """A copier's with one of these statuses, the newest first, older than the id `before`."""
    query = select(copy_relations).where(_r.copier == copier, _r.status.in_(statuses))
    if before:
        query = query.where(_r.id < before)
    return _read(connection, query.order_by(_r.id.desc()).limit(limit))


def copiers(connection: Connection, leader: MemberId, before: int) -> list[tuple[str, MemberId]]:
    """Active relations to a leader that began before a journal entry: their ids and copiers."""
    query = select(_r.id, _r.copier)
    query = query.where(_r.leader == leader, _r.status == ACTIVE, _r.since < before)
    return [(row[0], row[1]) for row in connection.execute(query)]


def has_copiers(connection: Connection, leader: MemberId) -> bool:
    """Does anybody copy this member now?"""
    query = select(_r.id).where(_r.leader == leader, _r.status == ACTIVE).limit(1)
    return connection.execute(query).first() is not None


def copies_now(connection: Connection, copier: MemberId, leader: MemberId) -> bool:
    """Is there an active relation?"""
    query = select(_r.id).where(_r.copier == copier, _r.leader == leader, _r.status == ACTIVE)
    return connection.execute(query).first() is not None


def led(connection: Connection, leader: MemberId) -> tuple[int, Money]:
    """How many copy a member now, and what they have set aside for it together."""
    query = select(func.count(), func.coalesce(func.sum(_r.allocation), 0))
    query = query.where(_r.leader == leader, _r.status == ACTIVE)
    count, sum_ = connection.execute(query).one()
    return int(count), int(sum_)


def parties(connection: Connection) -> set[MemberId]:
    """Everybody who copies, copied, is or was copied."""
    rows = connection.execute(select(_r.copier, _r.leader).distinct())
    return {member for row in rows for member in row}


def with_loss_stop(connection: Connection, after: str, limit: int) -> list[Relation]:
    """Active ones that end at a loss, by id."""
    query = select(copy_relations)
    query = query.where(_r.status == ACTIVE, _r.max_loss > 0, _r.id > after)
    return _read(connection, query.order_by(_r.id).limit(limit))


def _read(connection: Connection, query: Any) -> list[Relation]:
    return [
        Relation(**(row | {"categories": tuple(msgspec.json.decode(row["categories"]))}))
        for row in kept.read(connection, query, copy_relations)
    ]


def leader_trade(job: str) -> Id:
    """The trade of the leader that a job is named after; 0: none."""
    return int(job.partition(".")[0])
