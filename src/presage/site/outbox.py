"""The outbox: row changes that others react to, numbered in the order in which they were committed.

Whoever changes rows adds to it in the same submission; workers follow it (`workers/following.py`).
What the journal says is not said here again.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Text, bindparam, delete, func, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

outbox = kept.kept_table(
    "outbox",
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("member", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
)

_LAST: Final = select(func.max(outbox.c.number))
_FOLLOWING: Final = (
    select(outbox)
    .where(outbox.c.number > bindparam("after"))
    .order_by(outbox.c.number)
    .limit(bindparam("most"))
)
MOST_DATA: Final = 8_000
"""Characters of one row's data."""

Data = dict[str, Any]


class Happening(msgspec.Struct, frozen=True):
    """Something that people did with rows. `topic` says what (`post.liked`), `member` who did it
    (0: nobody), `data` holds what it was about: numbers, ids and short texts."""

    number: int
    at: Micros
    topic: str
    member: MemberId
    data: Data


def add(connection: Connection, at: Micros, topic: str, member: MemberId, data: Data) -> int:
    """Write a row, in the submission of what it tells; its number. The newest row is never taken
    away, so no number comes twice."""
    text = msgspec.json.encode(data).decode()
    assert len(text) <= MOST_DATA, f"{topic} says too much"
    number = last(connection) + 1
    row = {"number": number, "at": at, "topic": topic, "member": member, "data": text}
    kept.insert(connection, outbox, row)
    return number


def last(connection: Connection) -> int:
    """The newest number; 0 when there was none yet."""
    return connection.execute(_LAST).scalar() or 0


def following(connection: Connection, after: int, limit: int) -> list[Happening]:
    """Rows behind a number, oldest first."""
    rows = kept.read(connection, _FOLLOWING, outbox, {"after": after, "most": limit})
    return [_happening(row) for row in rows]


def forget(connection: Connection, read: int, before: Micros, limit: int) -> int:
    """Take away up to `limit` rows, oldest first, that everybody has read (up to the number `read`)
    and that are older than `before`; how many."""
    query = select(outbox.c.number).where(outbox.c.number <= read, outbox.c.at < before)
    query = query.where(outbox.c.number < last(connection)).order_by(outbox.c.number).limit(limit)
    numbers = [row[0] for row in connection.execute(query)]
    if numbers:
        connection.execute(delete(outbox).where(outbox.c.number.in_(numbers)))
    return len(numbers)


def _happening(row: kept.Row) -> Happening:
    return Happening(**(row | {"data": msgspec.json.decode(row["data"])}))
