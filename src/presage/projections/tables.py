"""projections.db: the tables of all projections, and the entry up to which they have come.

All of it is computed from the journal and can be thrown away at any time: a file that is damaged,
of another version, or not of this journal is made anew from the first entry. It decides when that
is so, never what a table holds: that is each projection's `apply`. One process at a time writes
it; whoever comes next waits for the one before to let go.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from presage.projections.projection import Moment, Projection, project
from presage.storage import database, journal
from presage.storage.codec import NO_HASH, Packed, Record, Unreadable, decode_facts, happened
from presage.storage.database import SQLITE_ERRORS, reading
from presage.storage.errors import JournalDamaged, StorageError
from presage.storage.schema import applied

FILE: Final = "projections.db"
LOCK: Final = "projections.lock"
VERSION: Final = 1
"""Raised when a projection writes something else than before into the same columns."""
PAGE: Final = 1_000
"""Entries in one transaction when they are read from the journal."""

LOG_LIMIT: Final = 4 << 20
"""Bytes of write-ahead log after which it is moved into the file. The disk is the journal's, too: a
sync of 64 MiB holds the commits up for 40 ms, one of 4 MiB for 3."""
_PRAGMAS: Final = (
    # A crash of the machine may take the last transactions, never half of one: the rest is in the
    # journal.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA wal_autocheckpoint = 0",
    f"PRAGMA journal_size_limit = {LOG_LIMIT}",
    "PRAGMA cache_size = -65536",
)
_ELSEWHERE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
"""What the machine has to be blamed for and not the file: making it anew would not help."""


class Position(NamedTuple):
    """The last entry that the tables know, and its hash."""

    seq: int
    hash: bytes


START: Final = Position(0, NO_HASH)


class Tables:
    """The file, open for writing."""

    def __init__(self, directory: Path, projections: Sequence[Projection]) -> None:
        """Waits until nobody else has it. Raises: StorageError, sqlite3.Error."""
        self.at = START
        self._directory = directory
        self._path = directory / FILE
        self._projections = projections
        self._lock = _lock(directory)
        self._raw: sqlite3.Connection | None = None
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def apply(self, batches: Sequence[Packed]) -> None:
        """Write batches that follow on each other and on the last entry written, as one
        transaction."""
        moments = [Moment(*happened(entry)) for batch in batches for entry in batch.entries]
        self._write(moments, Position(self.at.seq + len(moments), batches[-1].entries[-1].hash))

    def catch_up(self, last: int, progress: Callable[[], None]) -> None:
        """Bring the tables up to entry `last` of the journal, from its first entry if they turn out
        to be damaged. Raises: StorageError, sqlite3.Error."""
        try:
            self._follow_journal(last, progress)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            self.start_over()
            self._follow_journal(last, progress)

    def _follow_journal(self, last: int, progress: Callable[[], None]) -> None:
        for page in self._pages(last):
            moments = [moment(record) for record in page]
            self._write(moments, Position(page[-1].seq, page[-1].hash))
            progress()
            if self.log_is_long():
                self.checkpoint()

    def start_over(self) -> None:
        """Throw everything away."""
        if self._raw is not None:
            self._raw.close()
        # In this order: SQLite clears away a log beside a file that is new.
        for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
            (self._directory / name).unlink(missing_ok=True)
        self._raw = _create(self._path, self._projections)
        self.at = START

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file as far as no reader needs it."""
        if self._raw is not None:
            self._raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def log_is_long(self) -> bool:
        """Has the write-ahead log passed its limit?"""
        try:
            return os.stat(f"{self._path}-wal").st_size > LOG_LIMIT
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Close the file and let the next one have it."""
        if self._raw is not None:
            self._raw.close()
        os.close(self._lock)

    def _open(self) -> None:
        try:
            self._raw = _connect(self._path)
            found = position(self._raw, self._projections)
        except SQLITE_ERRORS as error:
            if not is_damage(error):
                raise
            found = None
        if found is None or not self._stands_on_the_journal(found):
            self.start_over()
        else:
            self.at = found

    def _stands_on_the_journal(self, found: Position) -> bool:
        with reading(self._directory / database.FILE) as connection:
            try:
                return journal.hash_at(connection, found.seq) == found.hash
            except JournalDamaged:
                return False  # reading it from the first entry on says what is wrong

    def _pages(self, last: int) -> Iterator[list[Record]]:
        with reading(self._directory / database.FILE) as connection:
            records = journal.read(connection, self.at.seq, last, self.at.hash)
            while page := list(islice(records, PAGE)):
                yield page

    def _write(self, moments: Sequence[Moment], at: Position) -> None:
        assert self._raw is not None
        self._raw.execute("BEGIN IMMEDIATE")
        try:
            project(self._raw, self._projections, moments)
            self._raw.execute("UPDATE applied SET seq = ?, hash = ?", at)
        except BaseException:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            raise
        self._raw.execute("COMMIT")
        self.at = at


def moment(record: Record) -> Moment:
    """A record as projections see it. Raises: StorageError."""
    try:
        return Moment(record.at, decode_facts(record.facts))
    except Unreadable as error:
        raise StorageError(f"entry {record.seq} was written by a newer version: {error}") from error


def position(raw: sqlite3.Connection, projections: Sequence[Projection]) -> Position | None:
    """How far the tables in a file have come; None: they are not those of these projections."""
    known = raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'applied'").fetchone()
    row = raw.execute("SELECT form, seq, hash FROM applied").fetchone() if known else None
    match row:
        case (str(said), int(seq), bytes(digest)) if said == form(projections):
            return Position(seq, digest)
    return None


def form(projections: Sequence[Projection]) -> str:
    """Names the tables and what is in them: other tables, another name."""
    return sha256("\n".join([str(VERSION), *_statements(projections)]).encode()).hexdigest()


def tables_of(projections: Sequence[Projection]) -> list[Table]:
    """Every table that they write to."""
    return sorted(
        (table for one in projections for table in one.tables), key=lambda table: table.name
    )


def create(raw: sqlite3.Connection, projections: Sequence[Projection]) -> None:
    """Make the tables, empty; the caller's transaction."""
    for statement in _statements(projections):
        raw.execute(statement)
    raw.execute("INSERT INTO applied VALUES (1, ?, ?, ?)", (form(projections), *START))


def _statements(projections: Sequence[Projection]) -> list[str]:
    dialect = sqlite.dialect()
    made: list[str] = []
    for table in (applied, *tables_of(projections)):
        made.append(str(CreateTable(table).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        made += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    return made


def is_damage(error: BaseException) -> bool:
    """Is the file to blame, so that making it anew helps?"""
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF not in _ELSEWHERE


@contextmanager
def held(directory: Path) -> Iterator[Path]:
    """The path of a data directory's file while nobody writes to it."""
    lock = _lock(directory)
    try:
        yield directory / FILE
    finally:
        os.close(lock)


def _create(path: Path, projections: Sequence[Projection]) -> sqlite3.Connection:
    raw = _connect(path)
    try:
        raw.execute("BEGIN")
        create(raw, projections)
        raw.execute("COMMIT")
    except BaseException:
        raw.close()
        raise
    return raw


def _connect(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    try:
        raw.execute("PRAGMA journal_mode = WAL").fetchall()
        for pragma in _PRAGMAS:
            raw.execute(pragma)
    except BaseException:
        raw.close()
        raise
    return raw


def _lock(directory: Path) -> int:
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor
