"""When something fails after a decision, nobody is told anything that may turn out to be wrong."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy

from presage.domain.commands import Command, OpenMember
from presage.domain.rejects import Code, Reject
from presage.engine.engine import Engine
from presage.gateway import (
    Exchange,
    Gateway,
    OutcomeUnknown,
    Receipt,
    Stopped,
    open_exchange,
)
from presage.gateway.inbox import RowWrites
from presage.gateway.writer import Failure
from tests.gateway.kit import GENESIS, Clock, accepted, refused, running
from tests.gateway.test_rows import insert, kept

pytestmark = pytest.mark.anyio

Errors = list[BaseException]


@asynccontextmanager
async def fragile(directory: Path, errors: Errors) -> AsyncIterator[tuple[Exchange, Gateway]]:
    """A running exchange whose parts a test may break; what stops it is added to `errors`."""
    clock = Clock()
    exchange = open_exchange(directory, (), clock, GENESIS)
    gateway = Gateway(exchange, clock, on_stop=errors.append)
    gateway.start()
    try:
        yield exchange, gateway
    finally:
        await gateway.close()


def break_sql(exchange: Exchange, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """Let one statement of the writing connection fail as a full or dying disk would."""
    execute = exchange.database.raw.execute

    def failing(statement: str, *rest: object) -> sqlite3.Cursor:
        if statement.startswith(broken):
            raise sqlite3.OperationalError("disk I/O error")
        return execute(statement, *rest)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(exchange.database.raw, "execute", failing)


@pytest.mark.parametrize(
    ("rows", "broken"), [(None, "INSERT INTO journal"), (insert("a"), "COMMIT")]
)
async def test_a_failed_commit_is_an_unknown_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: RowWrites | None, broken: str
) -> None:
    errors: Errors = []
    async with fragile(tmp_path, errors) as (exchange, gateway):
        await accepted(gateway, OpenMember(1))
        break_sql(exchange, monkeypatch, broken)
        with pytest.raises(OutcomeUnknown, match="disk I/O error"):
            await gateway.submit(OpenMember(2), rows)
        assert [str(error) for error in errors] == ["disk I/O error"]
        with pytest.raises(Stopped, match="disk I/O error"):
            await gateway.submit(OpenMember(3))
        with pytest.raises(Stopped):
            await gateway.inspect(lambda engine: None)
    monkeypatch.undo()
    async with running(tmp_path) as gateway:
        assert (await refused(gateway, OpenMember(1))).code is Code.MEMBER_EXISTS


async def test_a_failed_watermark_is_an_unknown_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(mark: object) -> None:
        raise OSError("no space left")

    errors: Errors = []
    async with fragile(tmp_path, errors) as (exchange, gateway):
        await accepted(gateway, OpenMember(1))
        monkeypatch.setattr(exchange.database.watermark, "write", fail)
        # It is written in the shadow of the next batch, and must be there before that is answered.
        await accepted(gateway, OpenMember(2))
        with pytest.raises(OutcomeUnknown, match="no space left"):
            await gateway.submit(OpenMember(3))
        assert len(errors) == 1
    monkeypatch.undo()
    async with running(tmp_path) as gateway:  # durable all the same
        assert (await refused(gateway, OpenMember(3))).code is Code.MEMBER_EXISTS


@pytest.mark.parametrize("error", [AssertionError("money appeared"), KeyError("order")])
async def test_a_bug_of_the_engine_stops_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    execute = Engine.execute

    def buggy(engine: Engine, command: Command, seq: int, at: int) -> object:
        if command == OpenMember(666):
            raise error
        return execute(engine, command, seq, at)

    monkeypatch.setattr(Engine, "execute", buggy)
    errors: Errors = []
    async with fragile(tmp_path, errors) as (_, gateway):
        await accepted(gateway, OpenMember(1))
        results = await asyncio.gather(
            *(gateway.submit(OpenMember(member)) for member in (2, 666, 3)),
            return_exceptions=True,
        )
        assert OutcomeUnknown in map(type, results)
        assert not [r for r in results[1:] if isinstance(r, Receipt)]
        assert errors == [error]


async def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was in the failed batch is unknown; what was only waiting was not done."""
    errors: Errors = []
    entered, go_on = threading.Event(), threading.Event()

    def hold(connection: sqlalchemy.Connection) -> None:
        entered.set()
        go_on.wait(10)

    async with fragile(tmp_path, errors) as (exchange, gateway):
        break_sql(exchange, monkeypatch, "COMMIT")
        first = asyncio.create_task(gateway.submit(OpenMember(1), hold))
        await asyncio.to_thread(entered.wait, 10)
        later = [asyncio.create_task(gateway.submit(OpenMember(n))) for n in (2, 3)]
        look = asyncio.create_task(gateway.inspect(lambda engine: None))
        await asyncio.sleep(0)
        go_on.set()
        results = await asyncio.gather(first, *later, look, return_exceptions=True)
        assert [type(result) for result in results] == [OutcomeUnknown, Stopped, Stopped, Stopped]


async def test_a_disk_that_fails_under_row_writes_stops_the_writer(tmp_path: Path) -> None:
    errors: Errors = []
    async with fragile(tmp_path, errors) as (exchange, gateway):

        def fail(connection: sqlalchemy.Connection) -> None:
            insert("x")(connection)
            exchange.database.raw.execute("ROLLBACK")  # as SQLite does by itself on a full disk
            raise sqlite3.OperationalError("database or disk is full")

        with pytest.raises(OutcomeUnknown, match="rolled the whole batch back"):
            await gateway.submit(OpenMember(1), fail)
        assert len(errors) == 1
    assert await kept(tmp_path) == []


async def test_a_watcher_that_fails_stops_everything(tmp_path: Path) -> None:
    def fail(entries: object) -> None:
        raise LookupError("no such book")

    errors: Errors = []
    async with fragile(tmp_path, errors) as (_, gateway):
        await accepted(gateway, OpenMember(1))
        gateway.watch(fail)
        results = await asyncio.gather(
            *(gateway.submit(OpenMember(n)) for n in range(2, 9)), return_exceptions=True
        )
        assert {type(result) for result in results} <= {OutcomeUnknown, Stopped}
        assert [str(error) for error in errors] == ["no such book"]
    async with running(tmp_path) as gateway:  # what was written stays
        assert (await refused(gateway, OpenMember(2))).code is Code.MEMBER_EXISTS


async def test_nothing_of_a_failed_batch_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(connection: object, seq: int, packed: bytes) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    errors: Errors = []
    async with fragile(tmp_path, errors) as (_, gateway):
        await accepted(gateway, OpenMember(1))
        monkeypatch.setattr("presage.storage.journal.append", full)
        with pytest.raises(OutcomeUnknown):
            await gateway.submit(OpenMember(2), insert("a"))
    monkeypatch.undo()
    async with running(tmp_path) as gateway:
        assert await kept(tmp_path) == []
        result = await gateway.submit(OpenMember(2))
        assert not isinstance(result, Reject)


async def test_what_arrives_while_the_writer_stops_is_answered_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loop hears of the end a moment after it: what it put into the inbox meanwhile is
    refused, and not left waiting for ever."""
    errors: Errors = []
    async with fragile(tmp_path, errors) as (exchange, gateway):
        late: list[asyncio.Task[Receipt | Reject]] = []
        arrived = threading.Event()
        loop = asyncio.get_running_loop()

        def arrive() -> None:
            late.append(asyncio.create_task(gateway.submit(OpenMember(8))))
            loop.call_soon(arrived.set)

        give_up = gateway._writer._fail

        def give_up_late(failure: Failure) -> None:
            loop.call_soon_threadsafe(arrive)
            assert arrived.wait(10)
            give_up(failure)

        monkeypatch.setattr(gateway._writer, "_fail", give_up_late)
        break_sql(exchange, monkeypatch, "INSERT INTO journal")
        with pytest.raises(OutcomeUnknown):
            await gateway.submit(OpenMember(7))
        with pytest.raises(Stopped):
            await asyncio.wait_for(late[0], 10)
        assert len(errors) == 1
