"""Questions that the journal itself answers: the life of one order, and which acts are on record.

Unlike the other modules here it has no table: it reads entries as they were written. Each call
looks at a bounded number of them, so that no read lasts long; whoever asks goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from presage.domain.facts import Fact, OrderCanceled, OrderPlaced, Traded
from presage.domain.ids import Id
from presage.projections.projection import Entry
from presage.storage.codec import Record, decode_command, decode_facts, opened, unpack
from presage.storage.schema import journal
from presage.units import Micros

WINDOW: Final = 2_000
"""Entries that one call looks at; one that pays or cancels for many is some 50 KB long."""

_encode = msgspec.msgpack.Encoder().encode


class Trail(msgspec.Struct, frozen=True):
    """Entries that concern an order, with only the facts that name it. `looked_at` is the last seq
    that was read; `over`: the order ended, nothing can follow; `at_end`: the journal did."""

    entries: list[Entry]
    looked_at: int
    over: bool
    at_end: bool


def order_trail(connection: Connection, order: Id, after: int) -> Trail:
    """What happened to an order in the WINDOW of entries behind `after`."""
    # Whole numbers have one shortest spelling in MessagePack: an entry without it is not about us.
    needle = _encode(order)
    found: list[Entry] = []
    seq, looked = after, 0
    for record in _window(connection, after):
        seq = record.seq
        looked += 1
        if needle not in record.facts:
            continue
        facts = [fact for fact in decode_facts(record.facts) if _names(fact, order)]
        if facts:
            found.append(Entry(seq, record.at, decode_command(record.command), facts))
            if any(_ends(fact, order) for fact in facts):
                return Trail(found, seq, over=True, at_end=False)
    return Trail(found, seq, over=False, at_end=looked < WINDOW)


def _window(connection: Connection, after: int) -> Iterator[Record]:
    """The WINDOW of entries behind `after`."""
    j = journal.c
    batches = select(j.entries).where(j.seq > after).order_by(j.seq).limit(WINDOW)
    entries = (entry for (data,) in connection.execute(batches) for entry in unpack(data).entries)
    records = (record for entry in entries if (record := opened(entry)).seq > after)
    return islice(records, WINDOW)


def _names(fact: Fact, order: Id) -> bool:
    if isinstance(fact, Traded):
        return order in (fact.taker.order, fact.maker.order)
    return getattr(fact, "order", None) == order


def _ends(fact: Fact, order: Id) -> bool:
    """Is the order over with this fact?"""
    if isinstance(fact, Traded):
        leg = fact.taker if fact.taker.order == order else fact.maker
        return leg.remaining == 0
    return isinstance(fact, OrderCanceled)


def was_placed(entries: Sequence[Entry]) -> bool:
    """Does a trail begin with the order's placement?"""
    return bool(entries) and isinstance(entries[0].facts[0], OrderPlaced)


def audited(connection: Connection, after: int) -> tuple[list[tuple[int, int]], int]:
    """(seq, audit id) of the operators' commands in the WINDOW of entries behind `after`, and the
    last seq that was read: `after` itself at the end of the journal."""
    found = []
    seq = after
    for record in _window(connection, after):
        seq = record.seq
        row = getattr(decode_command(record.command), "audit", 0)
        if row:
            found.append((seq, row))
    return found, seq


def last_at(connection: Connection) -> Micros:
    """The time of the last entry; 0 when there is none."""
    last = _last(connection)
    return 0 if last is None else last.at


def last_seq(connection: Connection) -> int:
    """The number of the last entry; 0 when there is none."""
    last = _last(connection)
    return 0 if last is None else last.seq


def _last(connection: Connection) -> Record | None:
    newest = select(journal.c.entries).order_by(journal.c.seq.desc()).limit(1)
    data = connection.execute(newest).scalar()
    return None if data is None else opened(unpack(data).entries[-1])


def entry(connection: Connection, seq: int) -> Entry:
    """A committed entry."""
    record = next(_window(connection, seq - 1))
    return Entry(seq, record.at, decode_command(record.command), decode_facts(record.facts))


def entries(connection: Connection, after: int, limit: int) -> list[Entry]:
    """Committed entries behind `after`, oldest first."""
    return [
        Entry(record.seq, record.at, decode_command(record.command), decode_facts(record.facts))
        for record in islice(_window(connection, after), limit)
    ]


def database(connection: Connection) -> str:
    """The name and version of the database: `sqlite 3.51.3`."""
    version = ".".join(map(str, connection.dialect.server_version_info or ()))
    return f"{connection.dialect.name} {version}"
