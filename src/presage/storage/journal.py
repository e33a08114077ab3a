"""The journal table: appending sealed records and reading them back in order, a page at a time.

Reading checks what storage can know: the numbers have no gap, each hash is that of the bytes, and
each record continues the one before. It never looks into commands or facts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from presage.storage.codec import NO_HASH, Record, is_intact
from presage.storage.errors import JournalDamaged, JournalLostItsEnd, StorageError
from presage.storage.watermark import Mark

PAGE: Final = 1_000
"""Records held in memory at a time while reading."""

_COLUMNS: Final = "seq, shard, epoch, at, rules, command, facts, previous, hash"
_INSERT: Final = f"INSERT INTO journal ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PAGE: Final = (
    f"SELECT {_COLUMNS} FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT {PAGE}"
)


def append(connection: sqlite3.Connection, records: Sequence[Record]) -> None:
    """Write records inside the caller's transaction."""
    connection.executemany(
        _INSERT,
        [
            (r.seq, r.shard, r.epoch, r.at, r.rules, r.command, r.facts, r.previous, r.hash)
            for r in records
        ],
    )


def last_seq(connection: sqlite3.Connection) -> int:
    """The number of the last entry; 0 when there is none."""
    row = connection.execute("SELECT max(seq) FROM journal").fetchone()
    return row[0] or 0


def find(connection: sqlite3.Connection, seq: int) -> Record | None:
    """One record, checked against its own hash. Raises: JournalDamaged."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM journal WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        return None
    return _checked(Record(*row))


def read(
    connection: sqlite3.Connection, after: int, last: int, previous: bytes
) -> Iterator[Record]:
    """The records `after + 1 .. last`, whose chain begins at the hash `previous`.

    Each page is a query of its own: no read transaction stays open while the caller works.

    Raises: JournalDamaged at the first record that is missing, altered or not chained.
    """
    expected = after + 1
    while expected <= last:
        page = connection.execute(_PAGE, (expected - 1, last)).fetchall()
        for row in page:
            record = Record(*row)
            if record.seq != expected:
                break
            if record.previous != previous:
                raise JournalDamaged(record.seq, "it does not continue the entry before it")
            yield _checked(record)
            previous = record.hash
            expected += 1
        if not page or page[-1][0] != expected - 1:
            raise JournalDamaged(expected, "the entry is missing")


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
    row = connection.execute("SELECT number FROM commits").fetchone()
    number = row[0] if row else 0
    if not isinstance(number, int):  # SQLite keeps whatever a damaged page says
        raise StorageError(f"the count of batches is damaged: {number!r}")
    return number


def set_commits(connection: sqlite3.Connection, number: int) -> None:
    """Count a batch, inside its transaction."""
    connection.execute("INSERT OR REPLACE INTO commits (id, number) VALUES (1, ?)", (number,))


def hash_at(connection: sqlite3.Connection, seq: int) -> bytes:
    """The hash that entry `seq + 1` continues. Raises: JournalDamaged."""
    if seq == 0:
        return NO_HASH
    record = find(connection, seq)
    if record is None:
        raise JournalDamaged(seq, "the entry is missing")
    return record.hash


def _has_tables(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'journal'").fetchone()
    return found is not None


def _checked(record: Record) -> Record:
    if not is_intact(record):
        raise JournalDamaged(record.seq, "its bytes do not have its hash")
    return record
