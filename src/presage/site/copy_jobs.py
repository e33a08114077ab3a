"""What is still to be copied: a job for each order of a leader that traded, worked off in pieces.

Fills of a resting order within two seconds are one job. A job is named after its first trade; when
everybody has had a turn it is gone. A pause of all who copy somebody is a job, too.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, Text, delete, select

from presage.domain.ids import Id, MarketId, MemberId
from presage.storage import kept
from presage.units import SECOND, Count, Micros, Money

SELL: Final = "sell"
BUY: Final = "buy"
PAUSE: Final = "pause"
"""Kinds. An order that turns a position around is sold before it is bought."""
GATHERED: Final[Micros] = 2 * SECOND

copy_jobs = kept.kept_table(
    "copy_jobs",
    Column("id", Text, primary_key=True),
    Column("leader", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("sign", Integer, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("trade", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("gross", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("begun", Boolean, nullable=False),
    Column("cursor", Text, nullable=False),
)
_j = copy_jobs.c
Index("copy_jobs_by_due_at", _j.due_at, _j.trade)
Index("copy_jobs_by_leader", _j.leader, _j.market)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """`sign` is the side bought or sold (1 YES, -1 NO), `count` and `gross` what was traded of it
    at which money, `held` what the leader held before selling. `seq` is the entry of the first
    trade. Once `begun`, nothing is added; `cursor` is whose turn it last was."""

    id: str
    leader: MemberId
    kind: str
    market: MarketId = 0
    sign: int = 0
    order_id: Id = 0
    trade: Id = 0
    seq: int = 0
    count: Count = 0
    gross: Money = 0
    held: Count = 0
    due_at: Micros
    begun: bool = False
    cursor: str = ""


def name_of(trade: Id, kind: str, leader: MemberId) -> str:
    """Of a job; nothing else is ever called so."""
    return f"{trade}.{kind}.{leader}"


def note(connection: Connection, fill: Job, at: Micros) -> None:
    """Add a leader's fill to the job of its order, or make one of it. Whatever else the leader has
    traded in that option before then waits for nothing more."""
    same = None
    for job in _of_leader(connection, fill.leader, fill.market):
        gathering = not job.begun and (job.due_at > at or job.seq == fill.seq)
        if gathering and (job.order_id, job.kind, job.sign) == (
            fill.order_id,
            fill.kind,
            fill.sign,
        ):
            same = job
        elif job.due_at > at:
            _put(connection, msgspec.structs.replace(job, due_at=at))
    if same is None:
        _put(connection, fill)
        return
    count, gross = same.count + fill.count, same.gross + fill.gross
    _put(connection, msgspec.structs.replace(same, count=count, gross=gross))


def pause(connection: Connection, leader: MemberId, at: Micros) -> None:
    """Look whether a member may still be copied, and have all stop who do so."""
    _put(connection, Job(id=name_of(0, PAUSE, leader), leader=leader, kind=PAUSE, due_at=at))


def due(connection: Connection, now: Micros, limit: int) -> list[Job]:
    """Those whose time has come, in the order in which they are to be done: what is begun is
    finished before something else of the same leader is."""
    query = select(copy_jobs).where(_j.due_at <= now)
    order = (_j.begun.desc(), _j.due_at, _j.trade, _j.kind.desc())
    return _read(connection, query.order_by(*order).limit(limit))


def begin(connection: Connection, id: str, now: Micros) -> Job | None:
    """Take it up: nothing is added to it any more. None: it is gone."""
    job = find(connection, id)
    if job is None or job.due_at > now:
        return None
    begun = msgspec.structs.replace(job, begun=True)
    _put(connection, begun)
    return begun


def go_on(connection: Connection, id: str, cursor: str) -> None:
    """Everybody up to there has had a turn."""
    job = find(connection, id)
    if job is not None and job.cursor < cursor:
        _put(connection, msgspec.structs.replace(job, cursor=cursor))


def find(connection: Connection, id: str) -> Job | None:
    """By name."""
    return next(iter(_read(connection, select(copy_jobs).where(_j.id == id))), None)


def drop(connection: Connection, id: str) -> None:
    """It is done."""
    connection.execute(delete(copy_jobs).where(_j.id == id))


def _of_leader(connection: Connection, leader: MemberId, market: MarketId) -> list[Job]:
    query = select(copy_jobs).where(_j.leader == leader, _j.market == market)
    return _read(connection, query.where(_j.begun.is_(False)).order_by(_j.trade, _j.kind))


def _put(connection: Connection, job: Job) -> None:
    row = msgspec.structs.asdict(job)
    if not kept.replace(connection, copy_jobs, row):
        kept.insert(connection, copy_jobs, row)


def _read(connection: Connection, query: Any) -> list[Job]:
    return [Job(**row) for row in kept.read(connection, query, copy_jobs)]
