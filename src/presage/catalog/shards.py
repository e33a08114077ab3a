"""Shards in words, and how members want their money shared out between them.

The journal says which shards there are, and moves the money. `sweeps` counts the movements that an
allocation has led to, so that each is made once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, Text, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

Reservation = Literal["max", "sum"]
"""What of its resting orders' reserves a shard keeps beside its share: the largest of one side of
one market, or all of them."""

NONE: Final = "{}"

shard_texts: Final = kept.kept_table(
    "shard_texts",
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("description", Text, nullable=False),
)
target_allocations: Final = kept.kept_table(
    "target_allocations",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("percents", Text, nullable=False),
    Column("reservation", Text, nullable=False),
    Column("sweeps", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)


class Allocation(msgspec.Struct, frozen=True):
    """`percents` by shard, together 100; without any nothing is moved."""

    member: MemberId
    percents: dict[int, int]
    reservation: Reservation
    sweeps: int
    updated_at: Micros


def describe(connection: Connection, shard: int, description: str) -> None:
    """Say what a new shard is for."""
    kept.insert(connection, shard_texts, {"shard": shard, "description": description})


def descriptions(connection: Connection) -> dict[int, str]:
    """What each shard is for, where somebody has said so."""
    rows = kept.read(connection, select(shard_texts), shard_texts)
    return {row["shard"]: row["description"] for row in rows}


def find(connection: Connection, member: MemberId) -> Allocation | None:
    """What a member has wished last."""
    t = target_allocations
    return next(_read(connection, select(t).where(t.c.member == member)), None)


def put(
    connection: Connection,
    member: MemberId,
    percents: Mapping[int, int],
    reservation: Reservation,
    at: Micros,
) -> None:
    """Wish for something else, or with no percentages for nothing."""
    before = find(connection, member)
    row: dict[str, Any] = {
        "member": member,
        "percents": msgspec.json.encode(percents).decode(),
        "reservation": reservation,
        "sweeps": before.sweeps if before else 0,
        "updated_at": at,
    }
    if before is None:
        kept.insert(connection, target_allocations, row)
    else:
        kept.replace(connection, target_allocations, row)


def wished(connection: Connection, after: MemberId, limit: int) -> list[Allocation]:
    """Allocations of members behind one, in the order of their numbers."""
    t = target_allocations
    query = select(t).where(t.c.member > after, t.c.percents != NONE)
    return list(_read(connection, query.order_by(t.c.member).limit(limit)))


def count_sweep(connection: Connection, allocation: Allocation, sweep: int) -> bool:
    """Note that the sweep of that number is made; False if it was, or the wish is another now."""
    now = find(connection, allocation.member)
    if now is None or now.updated_at != allocation.updated_at or now.sweeps != sweep:
        return False
    mine = target_allocations.c.member == allocation.member
    kept.change(connection, target_allocations, mine, sweeps=sweep + 1)
    return True


def _read(connection: Connection, query: Any) -> Iterator[Allocation]:
    for row in kept.read(connection, query, target_allocations):
        percents = msgspec.json.decode(row["percents"], type=dict[int, int])
        yield Allocation(
            row["member"], percents, row["reservation"], row["sweeps"], row["updated_at"]
        )
