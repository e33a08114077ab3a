"""The data directory, opened by the one process that may write to it.

Exactly one connection writes and checkpoints: SQLite before 3.51.3 can damage a write-ahead log
that two connections reset at once. A lock file keeps other processes out. Everybody else reads
through `mode=ro` connections, which can do neither.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy
import sqlalchemy.exc
from sqlalchemy.pool import StaticPool

from presage.storage import journal, watermark
from presage.storage.errors import DirectoryInUse, JournalLostItsEnd, StorageError
from presage.storage.watermark import Mark, Watermark, sync_directory

T = TypeVar("T")

FILE: Final = "exchange.db"
LOCK: Final = "lock"
WATERMARK: Final = "watermark"
WAL_LIMIT: Final = 64 << 20
"""Bytes of write-ahead log after which the writer checkpoints even under load."""
SAFE_SQLITE: Final = (3, 51, 3)
"""From here on several connections could checkpoint; before, only one may."""

SQLITE_ERRORS: Final = (sqlite3.Error, sqlalchemy.exc.DBAPIError, UnicodeError)
"""How a damaged file shows itself; the last when even the complaint quotes damaged text."""

_PAGE_CACHE: Final = "-65536"  # negative: in KiB
_WRITER_PRAGMAS: Final = (
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 0",
    f"PRAGMA journal_size_limit = {WAL_LIMIT}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA mmap_size = 0",
    f"PRAGMA cache_size = {_PAGE_CACHE}",
)


def sqlite_caution() -> str | None:
    """A sentence for the log when the SQLite in use has the write-ahead log's reset bug."""
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return None
    safe = ".".join(map(str, SAFE_SQLITE))
    return (
        f"SQLite {sqlite3.sqlite_version} is older than {safe}: safe here, because one connection "
        "writes and checkpoints, but open exchange.db with no other program while this one runs"
    )


class WriterConnection(sqlite3.Connection):
    """Only the writer says where a transaction ends, and it does so in SQL.

    Row writes get this connection through SQLAlchemy; a `commit()` of theirs would make half a
    submission durable.
    """

    def commit(self) -> None:
        raise sqlite3.ProgrammingError("row writes may not commit: the writer does")


class Database:
    """The open data directory: the writing connection (`raw`) and the watermark."""

    def __init__(self, directory: Path) -> None:
        """Creates what is missing, once it is sure that nothing is missing that was promised.

        Raises: DirectoryInUse, JournalLostItsEnd, JournalDamaged, WatermarkDamaged, StorageError.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / FILE
        self._wal = directory / (FILE + "-wal")
        self._wal_checkpoint_at = WAL_LIMIT
        with ExitStack() as undo:
            lock = _lock(directory)
            undo.callback(os.close, lock)
            self.watermark = _open_watermark(directory)
            undo.callback(self.watermark.close)
            check_promise(self.path, self.watermark.mark)
            try:
                self.raw = _open_writer(self.path)
            except SQLITE_ERRORS as error:
                raise StorageError(f"{self.path} cannot be opened: {error}") from error
            self._undo = undo.pop_all()
        sync_directory(directory)
        self._engine = sqlalchemy.create_engine(
            "sqlite://",
            creator=lambda: self.raw,
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        # Its first visit sets the driver's isolation level, which would end a transaction.
        self._engine.connect().close()

    def run_rows(self, write: Callable[[sqlalchemy.Connection], T]) -> T:
        """Call `write` with a SQLAlchemy face of the writing connection, inside whatever
        transaction is open."""
        with self._engine.connect() as connection:
            return write(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, for work outside the writer's batches."""
        self.raw.execute("BEGIN IMMEDIATE")
        try:
            yield self.raw
        except BaseException:
            with suppress(sqlite3.Error):
                self.raw.execute("ROLLBACK")
            raise
        self.raw.execute("COMMIT")

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file as far as no reader needs it; never waits."""
        self.raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        # A reader may have kept the log from starting over: do not try again for each batch.
        size = self._wal_size()
        self._wal_checkpoint_at = max(WAL_LIMIT, size + WAL_LIMIT // 4)

    def log_is_long(self) -> bool:
        """Has the write-ahead log passed its limit?"""
        size = self._wal_size()
        if size <= WAL_LIMIT:
            self._wal_checkpoint_at = WAL_LIMIT
        return size > self._wal_checkpoint_at

    def close(self) -> None:
        """Close and let go of the directory. SQLite checkpoints as the last connection closes."""
        with self._undo:
            self._engine.dispose()
            self.raw.close()

    def _wal_size(self) -> int:
        # By name and not by descriptor: closing a second descriptor of a file would drop the
        # locks that SQLite holds on it.
        try:
            return os.stat(self._wal).st_size
        except FileNotFoundError:
            return 0


def _open_watermark(directory: Path) -> Watermark:
    path = directory / WATERMARK
    # Made before anything else: beside an exchange.db without it, something has been taken away.
    if not path.exists() and not (directory / FILE).exists():
        watermark.create(path)
    return Watermark(path)


def check_promise(path: Path, mark: Mark) -> None:
    """Is everything in the file that the watermark promises? Looks, and changes nothing: SQLite
    would clear the write-ahead log away as a writing connection closes.

    Raises: JournalLostItsEnd, JournalDamaged, StorageError.
    """
    if path.exists():
        with reading(path) as connection:
            journal.check_promise(connection, mark)
    elif mark.commits:
        raise JournalLostItsEnd(f"{path.name} is missing")


def _open_writer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        factory=WriterConnection,
    )
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise sqlite3.OperationalError(f"no write-ahead log on this file system ({mode})")
        for pragma in _WRITER_PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that can neither write nor checkpoint. Raises: sqlite3.Error."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection for a while; SQLite's own complaints become StorageError."""
    try:
        connection = open_read_only(path)
        try:
            yield connection
        finally:
            connection.close()
    except SQLITE_ERRORS as error:
        raise StorageError(f"{path} cannot be read: {error}") from error


@contextmanager
def held(directory: Path) -> Iterator[Path]:
    """The path of a data directory's file while no exchange runs on it. Raises: DirectoryInUse."""
    lock = _lock(directory)
    try:
        yield directory / FILE
    finally:
        os.close(lock)


def _lock(directory: Path) -> int:
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise DirectoryInUse(f"{directory} is in use by another process") from None
    return descriptor
