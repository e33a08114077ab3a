"""Tables follow the commit: a read sees every write before it, and no order ever waits for them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from presage.domain.commands import OpenMember
from presage.domain.facts import MemberOpened
from presage.gateway import Busy, Gateway, Settings, StorageError, TablesBehind, open_exchange
from presage.gateway import projector as handle
from presage.gateway.projector import Projector
from presage.projections import projector, tables
from presage.projections.catalogue import every_projection
from presage.projections.orders import orders
from presage.projections.projection import Moment, Projection
from presage.projections.tables import Tables
from presage.storage.reader import Reader
from tests.gateway.kit import GENESIS, Clock, accepted, ask, bid, open_market, projections, running

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def in_a_process(directory: Path) -> AsyncIterator[Gateway]:
    settings = Settings(projector_process=True)
    exchange = open_exchange(directory, every_projection(), Clock(), GENESIS, settings)
    gateway = Gateway(exchange, Clock(), settings)
    await gateway.open_tables()
    gateway.start()
    try:
        yield gateway
    finally:
        await gateway.close()


def its(gateway: Gateway) -> Projector:
    assert gateway._projector is not None
    return gateway._projector


def process_of(gateway: Gateway) -> subprocess.Popen[bytes]:
    worker = its(gateway)._worker
    assert isinstance(worker, subprocess.Popen)
    return worker


def number(connection: Connection) -> int:
    """How many orders there are."""
    return connection.execute(select(func.count()).select_from(orders)).scalar_one()


def keys(connection: Connection) -> set[str]:
    """The client order ids of all orders."""
    return set(connection.execute(select(orders.c.client_order_id)).scalars())


@contextmanager
def reading(gateway: Gateway) -> Iterator[Reader]:
    reader = gateway.reader()
    try:
        yield reader
    finally:
        reader.close()


class Gate:
    """Holds the projector up between two transactions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.open.set()
        self._arrived = threading.Event()
        apply = Tables.apply

        def held_up(tables: Tables, batches: Sequence[object]) -> None:
            self._arrived.set()
            assert self.open.wait(10)
            apply(tables, batches)  # type: ignore[arg-type]  # passed on as they came

        monkeypatch.setattr(Tables, "apply", held_up)

    async def shut(self, gateway: Gateway) -> asyncio.Task[None]:
        """Let nothing through any more; the projector stands before it. Returns a read."""
        self.open.clear()
        self._arrived.clear()
        waiting = asyncio.create_task(its(gateway).reached(gateway.seq, 10))
        assert await asyncio.to_thread(self._arrived.wait, 10)
        return waiting


async def test_many_at_once_each_read_what_they_wrote(tmp_path: Path) -> None:
    async with running(tmp_path, tables=projections()) as gateway:
        market = await open_market(gateway)
        with reading(gateway) as reader:

            async def trader(name: str) -> None:
                for turn in range(20):
                    await accepted(gateway, bid(market, key=f"{name}{turn}"))
                    assert f"{name}{turn}" in await reader.run(keys)

            await asyncio.gather(*(trader(name) for name in "abcdefgh"))
            assert await reader.run(number) == 160


async def test_tables_and_rows_are_read_together(tmp_path: Path) -> None:
    async with running(tmp_path, tables=projections()) as gateway:
        market = await open_market(gateway)
        await accepted(gateway, bid(market, key="mine"))
        query = text(
            "SELECT max(journal.seq) FROM orders CROSS JOIN journal "
            "WHERE orders.client_order_id = 'mine'"
        )
        with reading(gateway) as reader:
            found = await reader.run(lambda connection: connection.execute(query).scalars().all())
        assert found == [gateway.seq]


async def test_in_a_process_of_its_own_kills_and_all(tmp_path: Path) -> None:
    async with in_a_process(tmp_path) as gateway:
        market = await open_market(gateway)
        with reading(gateway) as reader:
            for turn in range(1, 4):
                await accepted(gateway, bid(market))
                first = process_of(gateway)
                os.kill(first.pid, signal.SIGKILL)
                await accepted(gateway, ask(market))
                assert await reader.run(number) == 2 * turn
                assert process_of(gateway).pid != first.pid
        last = process_of(gateway)
    assert last.returncode == 0
    with sqlite3.connect(tmp_path / tables.FILE) as connection:
        assert connection.execute("SELECT seq FROM applied").fetchone() == (gateway.seq,)
    connection.close()


async def test_it_ends_when_the_exchange_is_gone(tmp_path: Path) -> None:
    async with in_a_process(tmp_path) as gateway:
        seq = gateway.seq
    mine, other = socket.socketpair()
    with other:
        line = [sys.executable, "-m", projector.__name__, str(other.fileno()), str(tmp_path)]
        process = await asyncio.to_thread(subprocess.Popen, line, pass_fds=[other.fileno()])
    assert projector.REPORT.unpack(mine.recv(projector.REPORT.size)) == (seq, 0)
    for told in (signal.SIGINT, signal.SIGTERM):  # terminals and service managers tell everyone
        process.send_signal(told)
    mine.sendall(projector.FRAME.pack(seq, 0))
    assert projector.REPORT.unpack(mine.recv(projector.REPORT.size)) == (seq, 0)
    mine.close()
    assert process.wait(10) == 0


async def test_a_new_one_waits_for_the_one_before(tmp_path: Path) -> None:
    async with running(tmp_path, tables=projections()) as gateway:
        await open_market(gateway)
    orphan = Tables(tmp_path, projections())
    exchange = open_exchange(tmp_path, projections(), Clock(), GENESIS)
    gateway = Gateway(exchange, Clock())
    opening = asyncio.create_task(gateway.open_tables())
    gateway.start()
    await accepted(gateway, OpenMember(9))
    assert not opening.done()
    orphan.close()
    await asyncio.wait_for(opening, 10)
    await gateway.close()


async def test_orders_do_not_wait_and_what_did_not_fit_is_read_from_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "_BUFFER", 4_096)
    gate = Gate(monkeypatch)
    async with running(tmp_path, tables=projections()) as gateway:
        market = await open_market(gateway)
        with reading(gateway) as reader:
            assert await reader.run(number) == 0
            await accepted(gateway, bid(market, 100))
            waiting = await gate.shut(gateway)
            for _ in range(10):
                await asyncio.gather(*(accepted(gateway, bid(market, 100)) for _ in range(60)))
            assert its(gateway)._left_out, "everything fitted into the socket"
            assert its(gateway).seq < gateway.seq
            gate.open.set()
            await waiting
            assert await reader.run(number) == 601
            await accepted(gateway, bid(market, 100))
            assert await reader.run(number) == 602


async def test_a_read_waits_so_long_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    settings = Settings(read_wait=0)
    async with running(tmp_path, settings=settings, tables=projections()) as gateway:
        market = await open_market(gateway)
        gate.open.clear()
        await accepted(gateway, bid(market))
        with reading(gateway) as reader:
            with pytest.raises(TablesBehind, match="the tables are at entry"):
                await reader.run(number)
            gate.open.set()
            await its(gateway).reached(gateway.seq, 10)
            assert await reader.run(number) == 1


async def test_tables_too_far_behind_hold_submissions_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    settings = Settings(table_lag=20)
    async with running(tmp_path, settings=settings, tables=projections()) as gateway:
        market = await open_market(gateway)
        await its(gateway).reached(gateway.seq, 10)
        gate.open.clear()
        for _ in range(21):
            await accepted(gateway, bid(market, 100))
        with pytest.raises(Busy):
            await gateway.submit(bid(market, 100))
        gate.open.set()
        await its(gateway).reached(gateway.seq, 10)
        await accepted(gateway, bid(market, 100))


async def test_tables_damaged_on_the_way_are_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = Tables.apply
    async with running(tmp_path, tables=projections()) as gateway:
        market = await open_market(gateway)
        await accepted(gateway, bid(market))
        with reading(gateway) as reader:
            assert await reader.run(number) == 1
            found = (tmp_path / tables.FILE).stat().st_ino

            def damaged(*_: object) -> None:
                monkeypatch.setattr(Tables, "apply", apply)
                raise sqlite3.DatabaseError("database disk image is malformed")

            monkeypatch.setattr(Tables, "apply", damaged)
            await accepted(gateway, bid(market))
            assert await reader.run(number) == 2
            assert (tmp_path / tables.FILE).stat().st_ino != found
            await accepted(gateway, bid(market))
            assert await reader.run(number) == 3


class Broken:
    name = "broken"
    tables = ()
    handles: frozenset[type] = frozenset({MemberOpened})

    def apply(self, moments: Sequence[Moment], rows: object) -> None:
        raise LookupError("no such row")


async def test_a_projection_that_fails_stops_reads_and_not_orders(tmp_path: Path) -> None:
    broken: Sequence[Projection] = (Broken(),)
    settings = Settings(read_wait=0.01)
    async with running(tmp_path, settings=settings, tables=broken) as gateway:
        await accepted(gateway, OpenMember(1))
        await accepted(gateway, OpenMember(2))
        with reading(gateway) as reader, pytest.raises(TablesBehind):
            await reader.run(lambda connection: None)
    exchange = open_exchange(tmp_path, broken, Clock(), GENESIS)
    with pytest.raises(StorageError, match="LookupError: no such row"):
        await Gateway(exchange, Clock()).open_tables()
    async with running(tmp_path) as gateway:  # the directory is free again
        assert gateway.seq == 3
