"""Incentive programs: what is paid for liquidity or volume in one market in one period.

Rows say what was promised and that it was paid; who earns what is counted by the worker:
a score for each account, which grows while the program lasts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Text,
    and_,
    delete,
    or_,
    select,
)

from presage.catalog.texts import Texts
from presage.domain.ids import AccountId
from presage.storage import kept
from presage.units import Count, Micros, Price

Status = Literal["active", "upcoming", "closed", "paid_out"]

CENTI_CENT: Final = 100
"""Micro-dollars in the unit that rewards are told in: 1/10 000 dollar."""


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """`reward` and `max_reward` in 1/10 000 dollar. Liquidity: orders within `distance` of the best
    price of their side count, at most `target_size` contracts a side, each cent away from the best
    price leaving `discount_bps` of every 10 000. `paid_at` None: not paid yet;
    `sampled_at` is the last moment at which resting orders were looked at."""

    id: str
    market_ticker: str
    type: Literal["liquidity", "volume"]
    description: str = ""
    start_at: Micros
    end_at: Micros
    reward: int
    distance: Price = 0
    discount_bps: int | None = None
    target_size: Count | None = None
    max_reward: int | None = None
    paid_at: Micros | None = None
    sampled_at: Micros = 0
    updated_at: Micros = 0


PROGRAMS: Final = Texts(
    "incentive_programs",
    Program,
    times=frozenset(
        {
            "start_at",
            "end_at",
            "reward",
            "distance",
            "discount_bps",
            "target_size",
            "max_reward",
            "paid_at",
            "sampled_at",
            "updated_at",
        }
    ),
    documents=frozenset(),
    key="id",
)

incentive_scores: Final = kept.kept_table(
    "incentive_scores",
    Column("program", Text, primary_key=True),
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("score", BigInteger, nullable=False),
)


def put(connection: Connection, program: Program) -> bool:
    """Write a program, new or over the one of that id, whose sampling and payment stay; whether it
    is new."""
    before = PROGRAMS.find(connection, program.id)
    if before is not None:
        program = msgspec.structs.replace(
            program, paid_at=before.paid_at, sampled_at=before.sampled_at
        )
    return PROGRAMS.put(connection, program)


def remove(connection: Connection, id: str) -> bool:
    """Erase a program and what was earned in it; False when there is none."""
    connection.execute(delete(incentive_scores).where(incentive_scores.c.program == id))
    return PROGRAMS.remove(connection, id)


def page(
    connection: Connection,
    limit: int,
    after: tuple[Micros, str] | None,
    *,
    now: Micros,
    status: Status | None = None,
    type: str | None = None,
    description: str | None = None,
) -> list[Program]:
    """Programs, those that start last first, behind the (start, id) of `after`."""
    p = PROGRAMS.table.c
    query = select(PROGRAMS.table)
    if status is not None:
        query = query.where(*_in_status(status, now))
    if type is not None:
        query = query.where(p.type == type)
    if description is not None:
        query = query.where(p.description == description)
    if after is not None:
        start, id_ = after
        query = query.where(or_(p.start_at < start, and_(p.start_at == start, p.id < id_)))
    query = query.order_by(p.start_at.desc(), p.id.desc()).limit(limit)
    return PROGRAMS.read(connection, query)


def _in_status(status: Status, now: Micros) -> list[ColumnElement[bool]]:
    """Paid is over as well, but is told apart from it."""
    p = PROGRAMS.table.c
    match status:
        case "upcoming":
            return [p.start_at > now]
        case "active":
            return [p.start_at <= now, p.end_at > now]
        case "closed":
            return [p.end_at <= now, p.paid_at.is_(None)]
    return [p.paid_at.is_not(None)]


def accruing(connection: Connection, now: Micros, limit: int) -> list[Program]:
    """Programs that have begun and are not counted to their end yet, in a fixed order."""
    p = PROGRAMS.table.c
    query = select(PROGRAMS.table).where(
        p.start_at <= now, p.paid_at.is_(None), p.sampled_at < p.end_at
    )
    return PROGRAMS.read(connection, query.order_by(p.id).limit(limit))


def owed(connection: Connection, limit: int) -> list[Program]:
    """Programs that are counted to their end and not paid yet, in a fixed order."""
    p = PROGRAMS.table.c
    query = select(PROGRAMS.table).where(p.paid_at.is_(None), p.sampled_at >= p.end_at)
    return PROGRAMS.read(connection, query.order_by(p.id).limit(limit))


def count(
    connection: Connection, program: Program, scores: dict[AccountId, int], until: Micros
) -> None:
    """Add what accounts earned up to `until`, unless that was counted already or the program was
    rewritten meanwhile."""
    now = PROGRAMS.find(connection, program.id)
    if now is None or now.sampled_at != program.sampled_at or now.paid_at is not None:
        return
    PROGRAMS.replace(connection, msgspec.structs.replace(now, sampled_at=until))
    before = earned(connection, program.id, scores)
    for account, score in scores.items():
        row = {"program": program.id, "account": account, "score": before.get(account, 0) + score}
        if account in before:
            kept.replace(connection, incentive_scores, row)
        else:
            kept.insert(connection, incentive_scores, row)


def mark_paid(connection: Connection, id: str, at: Micros) -> None:
    """Everything the program owed was paid."""
    program = PROGRAMS.find(connection, id)
    if program is not None:
        PROGRAMS.replace(connection, msgspec.structs.replace(program, paid_at=at, updated_at=at))


def earned(
    connection: Connection, program: str, among: Iterable[AccountId] | None = None
) -> dict[AccountId, int]:
    """What accounts have earned in a program, all of them or those named, by account."""
    s = incentive_scores
    query = select(s).where(s.c.program == program).order_by(s.c.account)
    if among is not None:
        query = query.where(s.c.account.in_(list(among)))
    return {row["account"]: row["score"] for row in kept.read(connection, query, s)}
