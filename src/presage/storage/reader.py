"""Queries: functions run on read-only connections in a small pool of threads.

Each thread has its own connection; each call sees one committed state of each file and none in
between. A read that lasts too long is cut off, since it would keep the write-ahead log from
starting over. Nothing here can write.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy
from sqlalchemy.pool import StaticPool

from presage.storage.database import open_read_only

T = TypeVar("T")

THREADS: Final = 2
WAITING_LIMIT: Final = 1_000
"""Reads that may wait for a thread; more are refused."""
LONGEST_READ: Final = 1.0
"""Seconds after which a query is cut off."""
_OPERATIONS_BETWEEN_LOOKS: Final = 50_000


class TooManyReads(Exception):
    """More reads are waiting than the limit: ask again later."""


class ReadTooLong(Exception):
    """The query was cut off; ask for less (a page, a shorter range)."""


class Reader:
    """The pool. `run` may be called from the event loop only.

    Queries see the tables of the file `path` and, when `beside` is given, also those of that one. A
    read begins when `ready` has returned.
    """

    def __init__(
        self,
        path: Path,
        longest: float = LONGEST_READ,
        *,
        beside: Path | None = None,
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._path = path
        self._beside = beside
        self._ready = ready
        self._longest = longest
        self._threads = ThreadPoolExecutor(THREADS, "reader")
        self._local = threading.local()
        self._open: list[_Seat] = []
        self._waiting = 0

    async def run(self, query: Callable[[sqlalchemy.Connection], T], tables: bool = True) -> T:
        """What `query` returns; it runs in another thread, in one read transaction. One that looks
        at rows only, and at no `tables`, need not wait for these.

        Raises: TooManyReads, ReadTooLong, and whatever `query` or `ready` raises.
        """
        if self._waiting >= WAITING_LIMIT:
            raise TooManyReads
        self._waiting += 1
        try:
            if tables and self._ready is not None:
                await self._ready()
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._in_thread, query
            )
        finally:
            self._waiting -= 1

    def _in_thread(self, query: Callable[[sqlalchemy.Connection], T]) -> T:
        seat: _Seat | None = getattr(self._local, "seat", None)
        if seat is None or not seat.is_of(self._path):
            if seat is not None:
                self._open.remove(seat)
                seat.close()
            self._local.seat = None
            seat = self._local.seat = _Seat(self._path, self._beside)
            self._open.append(seat)
        return seat.run(query, self._longest)

    def close(self) -> None:
        """Wait for running queries and close the connections."""
        self._threads.shutdown(wait=True)
        for seat in self._open:
            seat.close()


class _Seat:
    """One thread's connection."""

    def __init__(self, path: Path, beside: Path | None) -> None:
        self._file = _file(path)
        self._raw = open_read_only(path)
        if beside is not None:
            uri = f"{beside.absolute().as_uri()}?mode=ro"
            self._raw.execute("ATTACH DATABASE ? AS beside", (uri,))
        self._engine = sqlalchemy.create_engine(
            "sqlite://", creator=lambda: self._raw, poolclass=StaticPool
        )
        self._connection = self._engine.connect()
        self._deadline = 0.0
        self._raw.set_progress_handler(self._too_late, _OPERATIONS_BETWEEN_LOOKS)

    def is_of(self, path: Path) -> bool:
        """Is the file that was opened still the one of that name?"""
        return self._file == _file(path)

    def _too_late(self) -> int:
        return time.monotonic() > self._deadline

    def run(self, query: Callable[[sqlalchemy.Connection], T], longest: float) -> T:
        self._deadline = time.monotonic() + longest
        with self._connection.begin():
            self._raw.execute("BEGIN")
            try:
                return query(self._connection)
            except sqlalchemy.exc.OperationalError as error:
                if _was_interrupted(error.orig):
                    raise ReadTooLong from error
                raise
            except sqlite3.OperationalError as error:
                if _was_interrupted(error):
                    raise ReadTooLong from error
                raise

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()
        self._raw.close()


def _file(path: Path) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return 0, 0
    return found.st_dev, found.st_ino


def _was_interrupted(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
