"""The journal table: appending packed batches of entries and reading the entries back in order.

Reading checks what storage can know: the numbers have no gap, each hash is that of the bytes, and
each entry continues the one before. It never looks into commands or facts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from presage.storage.codec import NO_HASH, Packed, Record, Sealed, Unreadable, opened, unpack
from presage.storage.errors import JournalDamaged, JournalLostItsEnd, StorageError
from presage.storage.watermark import Mark

PAGE: Final = 1_000
"""Entries between two words of progress while reading."""
_ROWS: Final = 50
"""Batches held in memory at a time while reading."""

_APPEND: Final = "INSERT INTO journal (seq, entries, commits) VALUES (?, ?, ?)"
_PAGE: Final = f"SELECT seq, entries FROM journal WHERE seq > ? ORDER BY seq LIMIT {_ROWS}"
_LAST_COMMITS: Final = "SELECT commits FROM journal ORDER BY seq DESC LIMIT 1"
_HOLDING: Final = "SELECT seq, entries FROM journal WHERE seq >= ? ORDER BY seq LIMIT 1"


def append(connection: sqlite3.Connection, seq: int, packed: bytes, number: int) -> None:
    """Write the `number`th batch, whose last entry is `seq`, inside the caller's transaction if
    there is one, else in one of its own."""
    connection.execute(_APPEND, (seq, packed, number))


def last_seq(connection: sqlite3.Connection) -> int:
    """The number of the last entry; 0 when there is none."""
    row = connection.execute("SELECT max(seq) FROM journal").fetchone()
    return row[0] or 0


def find(connection: sqlite3.Connection, seq: int) -> Record | None:
    """One entry, checked against its own hash. Raises: JournalDamaged."""
    row = connection.execute(_HOLDING, (seq,)).fetchone()
    if row is None:
        return None
    packed = _packed(row[1], seq)
    place = seq - 1 - row[0] + len(packed.entries)
    if place < 0:
        return None
    previous = packed.entries[place - 1].hash if place else packed.previous
    return _checked(packed.entries[place], previous, seq)


def read(
    connection: sqlite3.Connection, after: int, last: int, previous: bytes
) -> Iterator[Record]:
    """The entries `after + 1 .. last`, whose chain begins at the hash `previous`.

    Each page is a query of its own: no read transaction stays open while the caller works.

    Raises: JournalDamaged at the first entry that is missing, altered or not chained.
    """
    expected = after + 1
    while expected <= last:
        page = connection.execute(_PAGE, (expected - 1,)).fetchall()
        if not page:
            raise JournalDamaged(expected, "the entry is missing")
        for key, data in page:
            for record in _batch(key, data, expected, previous):
                if expected > last:
                    return
                yield record
                previous = record.hash
                expected += 1


def _batch(key: int, data: bytes, expected: int, previous: bytes) -> Iterator[Record]:
    """The entries of one row from `expected` on."""
    packed = _packed(data, expected)
    begun = expected - 1 - key + len(packed.entries)
    if begun < 0 or begun >= len(packed.entries):
        raise JournalDamaged(expected, "the entry is missing")
    if previous != (packed.entries[begun - 1].hash if begun else packed.previous):
        raise JournalDamaged(expected, "it does not continue the entry before it")
    for seq, entry in enumerate(packed.entries[begun:], expected):
        yield _checked(entry, previous, seq)
        previous = entry.hash


def check_promise(connection: sqlite3.Connection, mark: Mark) -> None:
    """Is everything still there that the watermark promises?

    Raises: JournalLostItsEnd, JournalDamaged.
    """
    if mark.commits == 0:
        return
    last = last_seq(connection) if _has_tables(connection) else 0
    if last < mark.seq:
        raise JournalLostItsEnd(f"the last entry is {last}, but entry {mark.seq} was acknowledged")
    if hash_at(connection, mark.seq) != mark.hash:
        raise JournalDamaged(mark.seq, "it is not the entry that was acknowledged")
    if (found := commits(connection)) < mark.commits:
        raise JournalLostItsEnd(f"{mark.commits} batches were acknowledged, {found} are left")


def commits(connection: sqlite3.Connection) -> int:
    """How many batches were committed. Raises: StorageError."""
    found = connection.execute("SELECT number FROM commits").fetchall()
    if "commits" in _columns(connection):
        found += connection.execute(_LAST_COMMITS).fetchall()
    for (number,) in found:
        if not isinstance(number, int):  # SQLite keeps whatever a damaged page says
            raise StorageError(f"the count of batches is damaged: {number!r}")
    return max((number for (number,) in found), default=0)


def set_commits(connection: sqlite3.Connection, number: int) -> None:
    """Count a batch that wrote only rows, inside its transaction."""
    connection.execute("INSERT OR REPLACE INTO commits (id, number) VALUES (1, ?)", (number,))


def hash_at(connection: sqlite3.Connection, seq: int) -> bytes:
    """The hash that entry `seq + 1` continues. Raises: JournalDamaged."""
    if seq == 0:
        return NO_HASH
    if not is_packed(connection):
        return _unpacked_hash(connection, seq)
    record = find(connection, seq)
    if record is None:
        raise JournalDamaged(seq, "the entry is missing")
    return record.hash


def is_packed(connection: sqlite3.Connection) -> bool:
    """Does a row hold a batch? It held one entry before revision 0004."""
    return "entries" in _columns(connection)


def _columns(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM pragma_table_info('journal')")
    return {name for (name,) in rows}


def _unpacked_hash(connection: sqlite3.Connection, seq: int) -> bytes:
    """Whether the bytes are those that were hashed is looked at when they are packed."""
    row = connection.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        raise JournalDamaged(seq, "the entry is missing")
    return bytes(row[0])


def _has_tables(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'journal'").fetchone()
    return found is not None


def _packed(data: bytes, seq: int) -> Packed:
    try:
        return unpack(data)
    except Unreadable:
        raise JournalDamaged(seq, "the batch that holds it cannot be read") from None


def _checked(entry: Sealed, previous: bytes, seq: int) -> Record:
    if not entry.continues(previous):
        raise JournalDamaged(seq, "its bytes do not have its hash")
    try:
        record = opened(entry)
    except Unreadable:
        raise JournalDamaged(seq, "its bytes are no entry") from None
    if record.seq != seq:
        raise JournalDamaged(seq, f"entry {record.seq} is in its place")
    return record
