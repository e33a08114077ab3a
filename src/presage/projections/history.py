"""Questions that the journal itself answers: the life of one order, and which acts are on record.

Unlike the other modules here it has no table: it reads entries as they were written. Each call
looks at a bounded number of them, so that no read lasts long; whoever asks goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from presage.domain.facts import Fact, OrderCanceled, OrderPlaced, Traded
from presage.domain.ids import Id
from presage.projections.projection import Entry
from presage.storage.codec import decode_command, decode_facts
from presage.storage.schema import journal, once

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
    j = journal.c
    window = select(j.seq, j.at, j.command, j.facts).where(j.seq > after).order_by(j.seq)
    # Whole numbers have one shortest spelling in MessagePack: an entry without it is not about us.
    needle = _encode(order)
    found: list[Entry] = []
    seq, rows = after, 0
    for seq, at, command, blob in connection.execute(window.limit(WINDOW)):
        rows += 1
        if needle not in blob:
            continue
        facts = [fact for fact in decode_facts(blob) if _names(fact, order)]
        if facts:
            found.append(Entry(seq, at, decode_command(command), facts))
            if any(_ends(fact, order) for fact in facts):
                return Trail(found, seq, over=True, at_end=False)
    return Trail(found, seq, over=False, at_end=rows < WINDOW)


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
    j = journal.c
    window = select(j.seq, j.command).where(j.seq > after).order_by(j.seq).limit(WINDOW)
    found = []
    seq = after
    for seq, command in connection.execute(window):
        row = getattr(decode_command(command), "audit", 0)
        if row:
            found.append((seq, row))
    return found, seq


def first_use(connection: Connection, scope: str, key: str) -> Entry | None:
    """The entry that used up a key that works once; None: it is still free."""
    o, j = once.c, journal.c
    query = (
        select(j.seq, j.at, j.command, j.facts)
        .join(once, o.seq == j.seq)
        .where(o.scope == scope, o.key == key)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return Entry(row.seq, row.at, decode_command(row.command), decode_facts(row.facts))


def database(connection: Connection) -> str:
    """The name and version of the database: `sqlite 3.51.3`."""
    version = ".".join(map(str, connection.dialect.server_version_info or ()))
    return f"{connection.dialect.name} {version}"
