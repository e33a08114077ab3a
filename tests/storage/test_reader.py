"""Queries run side by side on one committed state each, cannot write, and end in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Barrier

import anyio
import pytest
import sqlalchemy
from sqlalchemy import text

from presage.storage.database import Database
from presage.storage.reader import THREADS, Reader, ReadTooLong, TooManyReads

pytestmark = pytest.mark.anyio

ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path)
    database.raw.execute("CREATE TABLE notes (text TEXT)")
    yield database
    database.close()


@pytest.fixture
def reader(database: Database) -> Iterator[Reader]:
    reader = Reader(database.path)
    yield reader
    reader.close()


def count(connection: sqlalchemy.Connection) -> int:
    return len(connection.execute(text("SELECT * FROM notes")).all())


async def test_what_is_committed_is_read(database: Database, reader: Reader) -> None:
    for expected in range(3):
        assert await reader.run(count) == expected
        database.raw.execute("INSERT INTO notes VALUES ('x')")


async def test_a_call_sees_one_state(database: Database, reader: Reader) -> None:
    def twice(connection: sqlalchemy.Connection) -> tuple[int, int]:
        before = count(connection)
        database.raw.execute("INSERT INTO notes VALUES ('x')")
        return before, count(connection)

    assert await reader.run(twice) == (0, 0)
    assert await reader.run(count) == 1


async def test_queries_run_side_by_side(reader: Reader) -> None:
    together = Barrier(THREADS, timeout=10)

    def meet(connection: sqlalchemy.Connection) -> None:
        together.wait()  # passes only when all threads are here at once

    async with anyio.create_task_group() as tasks:
        for _ in range(THREADS):
            tasks.start_soon(reader.run, meet)


async def test_nothing_can_be_written(reader: Reader) -> None:
    def write(connection: sqlalchemy.Connection) -> None:
        connection.execute(text("INSERT INTO notes VALUES ('x')"))

    with pytest.raises(sqlalchemy.exc.OperationalError, match="readonly"):
        await reader.run(write)


async def test_an_endless_query_is_cut_off(database: Database) -> None:
    reader = Reader(database.path, longest=0.01)
    with pytest.raises(ReadTooLong):
        await reader.run(lambda connection: connection.execute(ENDLESS).scalar())
    reader.close()


async def test_a_failed_query_leaves_the_next_one_alone(reader: Reader) -> None:
    def fail(connection: sqlalchemy.Connection) -> None:
        raise LookupError("nothing here")

    for _ in range(THREADS * 2):
        with pytest.raises(LookupError, match="nothing here"):
            await reader.run(fail)
    assert await reader.run(count) == 0


async def test_too_many_reads_are_refused(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("presage.storage.reader.WAITING_LIMIT", 0)
    with pytest.raises(TooManyReads):
        await reader.run(count)
