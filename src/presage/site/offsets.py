"""How far each worker has come, moved by compare-and-set in the submission of what it did.

`seq` and `item` name the first thing that is still to be done: item `item` of entry (or outbox row)
`seq`.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Text, bindparam, func, select

from presage.storage import kept

JOURNAL: Final = "journal"
OUTBOX: Final = "outbox"

offsets = kept.kept_table(
    "worker_offsets",
    Column("worker", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("item", BigInteger, nullable=False),
)

_PLACE: Final = select(offsets).where(
    offsets.c.worker == bindparam("of"), offsets.c.source == bindparam("in")
)


class Offset(msgspec.Struct, frozen=True, order=True):
    """A place between two things to do."""

    seq: int
    item: int = 0


class Moved(Exception):
    """The offset is not where it was thought to be: somebody else did that step."""


def find(connection: Connection, worker: str, source: str) -> Offset | None:
    """Where a worker is; None before it was ever started."""
    found = kept.read(connection, _PLACE, offsets, {"of": worker, "in": source})
    return next((Offset(row["seq"], row["item"]) for row in found), None)


def begin(connection: Connection, worker: str, source: str, offset: Offset) -> Offset:
    """Where a worker is; a new one begins at `offset`."""
    found = find(connection, worker, source)
    if found is None:
        place = {"worker": worker, "source": source, "seq": offset.seq, "item": offset.item}
        kept.insert(connection, offsets, place)
    return found or offset


def require(connection: Connection, worker: str, source: str, here: Offset) -> None:
    """Raises: Moved when the worker is not at `here`."""
    found = find(connection, worker, source)
    if found != here:
        raise Moved(f"{worker} is at {found} of the {source} and not at {here}")


def move(connection: Connection, worker: str, source: str, was: Offset, now: Offset) -> None:
    """Go on from `was` to `now`. Raises: Moved when it is not at `was`."""
    require(connection, worker, source, was)
    put(connection, worker, source, now)


def put(connection: Connection, worker: str, source: str, now: Offset) -> None:
    """Go on to `now`, from where the worker was required to be in this submission."""
    row = {"worker": worker, "source": source, "seq": now.seq, "item": now.item}
    kept.replace(connection, offsets, row)


def read_by_all(connection: Connection, source: str) -> int:
    """The last number of a source that every worker is done with."""
    query = select(func.min(offsets.c.seq)).where(offsets.c.source == source)
    return (connection.execute(query).scalar() or 1) - 1
