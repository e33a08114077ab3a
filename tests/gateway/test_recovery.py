"""A start finds what was acknowledged, whenever and however the process before it ended."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from presage.domain.commands import CancelOrder, Genesis, OpenMember
from presage.domain.facts import OrderPlaced
from presage.domain.rejects import Code
from presage.engine.engine import Engine
from presage.gateway import Gateway, Settings, open_exchange
from presage.gateway.verify import verify
from presage.storage import snapshots, watermark
from presage.storage.errors import JournalDamaged, StorageError
from tests.gateway.kit import (
    GENESIS,
    NOON,
    Clock,
    accepted,
    ask,
    bid,
    crash,
    only,
    open_market,
    projections,
    refused,
    rewrite,
    running,
)

pytestmark = pytest.mark.anyio


async def digest(gateway: Gateway) -> str:
    return await gateway.inspect(Engine.digest)


async def trade(gateway: Gateway) -> int:
    """A bit of everything; returns the market."""
    market = await open_market(gateway)
    for price in (3_000, 4_000, 5_000, 6_000):
        await accepted(gateway, bid(market, price, key=f"b{price}"))
    await accepted(gateway, ask(market, 4_500))
    resting = only(OrderPlaced, await accepted(gateway, bid(market, 1_000)))
    await accepted(gateway, CancelOrder(1, resting.order))
    await refused(gateway, CancelOrder(1, resting.order))
    return market


async def test_a_restart_finds_the_same_state(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await trade(gateway)
        before, seq = await digest(gateway), gateway.seq
    async with running(tmp_path) as gateway:
        assert (await digest(gateway), gateway.seq) == (before, seq)


async def test_a_crash_loses_nothing_acknowledged(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path / "a", clock) as gateway:
        market = await trade(gateway)
        clock.now += 1_000
        await refused(gateway, OpenMember(1))  # moves no time that a restart would know of
        before, seq = await digest(gateway), gateway.seq
        copy = crash(tmp_path / "a", tmp_path / "b")
    async with running(copy, clock) as gateway:
        assert (await digest(gateway), gateway.seq) == (before, seq)
        gateway.poke()  # an idle look at the clock leaves no trace either
        assert await digest(gateway) == before
        await accepted(gateway, ask(market, 3_000))
        assert (await refused(gateway, bid(market, key="b3000"))).code is Code.ORDER_EXISTS


async def test_an_exchange_is_founded_once(tmp_path: Path) -> None:
    clock = Clock()
    first = open_exchange(tmp_path, (), clock, GENESIS)
    assert (first.head.seq, first.genesis) == (1, GENESIS)
    first.database.close()
    again = open_exchange(tmp_path, (), clock, Genesis(b"o" * 16, b"p" * 16))
    assert (again.head, again.genesis) == (first.head, GENESIS)
    again.database.close()


async def test_time_goes_on_from_the_last_entry(tmp_path: Path) -> None:
    async with running(tmp_path, Clock(NOON + 50)) as gateway:
        await accepted(gateway, OpenMember(1))
    async with running(tmp_path, Clock(NOON)) as gateway:  # from a snapshot
        assert (await accepted(gateway, OpenMember(2))).at == NOON + 50
        copy = crash(tmp_path, tmp_path / "b")
    async with running(copy, Clock(NOON)) as gateway:  # from the journal
        assert (await accepted(gateway, OpenMember(3))).at == NOON + 50


def no_rows(connection: object) -> None:
    """Row writes that write nothing: the batch has a transaction all the same."""


@pytest.mark.parametrize("phase", ["before", "after"])
async def test_a_crash_around_a_commit_leaves_all_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    """The files are copied just before and just after each commit, when nobody has an answer. A
    batch without row writes is one statement, one with them ends with COMMIT."""
    clock = Clock()
    exchange = open_exchange(tmp_path / "a", projections(), clock, GENESIS)
    copies: list[Path] = []
    execute = exchange.database.raw.execute

    def observed(statement: str, *rest: object) -> sqlite3.Cursor:
        alone = not exchange.database.raw.in_transaction
        copying = statement == "COMMIT" or (alone and statement.startswith("INSERT INTO journal"))
        if copying and phase == "before":
            copies.append(crash(tmp_path / "a", tmp_path / str(len(copies))))
        cursor = execute(statement, *rest)  # type: ignore[arg-type]  # passed on as they came
        if copying and phase == "after":
            copies.append(crash(tmp_path / "a", tmp_path / str(len(copies))))
        return cursor

    monkeypatch.setattr(exchange.database.raw, "execute", observed)
    gateway = Gateway(exchange, clock)
    gateway.start()
    digests: dict[int, str] = {}
    for member in range(1, 5):
        digests[gateway.seq] = await digest(gateway)
        rows = no_rows if member % 2 else None
        await asyncio.gather(*(gateway.submit(OpenMember(member * 10 + n), rows) for n in range(3)))
    digests[gateway.seq] = await digest(gateway)
    await gateway.close()
    found: set[int] = set()
    for copy in copies:
        async with running(copy, tables=projections()) as recovered:
            found.add(recovered.seq)
            if recovered.seq in digests:
                assert await digest(recovered) == digests[recovered.seq]
    assert len(found) >= 4
    assert max(found) >= max(digests) - (3 if phase == "before" else 0)


async def test_snapshots_are_made_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(snapshot_every=4)
    async with running(tmp_path / "a", settings=settings) as gateway:
        await trade(gateway)
        before, seq = await digest(gateway), gateway.seq
        copy = crash(tmp_path / "a", tmp_path / "b")
    folded: list[int] = []
    apply = Engine.apply

    def counted(engine: Engine, facts: tuple[object, ...], seq: int, at: int) -> None:
        if facts:
            folded.append(seq)
        apply(engine, facts, seq, at)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(Engine, "apply", counted)
    async with running(copy) as gateway:
        assert await digest(gateway) == before
        assert folded == list(range(seq - 2, seq + 1))
    folded.clear()
    async with running(copy) as gateway:  # a clean end made one
        assert await digest(gateway) == before
        assert folded == []


@pytest.mark.parametrize("count", [1, 2])
async def test_damaged_snapshots_are_done_without(tmp_path: Path, count: int) -> None:
    async with running(tmp_path, settings=Settings(snapshot_every=4)) as gateway:
        await trade(gateway)
        before = await digest(gateway)
    with sqlite3.connect(tmp_path / "exchange.db") as connection:
        assert connection.execute("SELECT count(*) FROM snapshots").fetchone() == (snapshots.KEPT,)
        connection.execute(
            "UPDATE snapshots SET blob = zeroblob(50) WHERE seq IN "
            f"(SELECT seq FROM snapshots ORDER BY seq DESC LIMIT {count})"
        )
    connection.close()
    async with running(tmp_path) as gateway:
        assert await digest(gateway) == before


@pytest.mark.parametrize("every", [1, 4, 1_000])
@pytest.mark.parametrize("damaged", [0, 1, 2])
async def test_a_used_key_stays_used_whatever_is_left_of_the_snapshots(
    tmp_path: Path, every: int, damaged: int
) -> None:
    """Keys are in the table from a snapshot on, and found in the journal's end otherwise."""
    async with running(tmp_path / "a", settings=Settings(snapshot_every=every)) as gateway:
        market = await open_market(gateway)
        for n in range(8):
            await accepted(gateway, bid(market, 3_000 + n * 100, key=f"k{n}"))
        copy = crash(tmp_path / "a", tmp_path / "b")
    with sqlite3.connect(copy / "exchange.db") as connection:
        connection.execute(
            "UPDATE snapshots SET blob = zeroblob(50) WHERE seq IN "
            f"(SELECT seq FROM snapshots ORDER BY seq DESC LIMIT {damaged})"
        )
    connection.close()
    for _ in range(2):
        async with running(copy) as gateway:
            for n in range(8):
                reject = await refused(gateway, bid(market, 2_000, key=f"k{n}"))
                assert reject.code is Code.ORDER_EXISTS
                assert await gateway.used_by("order:1", f"k{n}") == gateway.seq - 7 + n
            assert await gateway.used_by("order:1", "k8") == 0
    if not damaged:
        assert verify(copy, ()).fault is None


async def test_a_snapshot_that_cannot_be_loaded_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(blob: bytes) -> Engine:
        raise msgspec.ValidationError("another form")

    async with running(tmp_path) as gateway:
        await trade(gateway)
        before = await digest(gateway)
    monkeypatch.setattr(Engine, "load", fail)
    async with running(tmp_path) as gateway:
        assert await digest(gateway) == before


async def test_another_exchanges_files_do_not_mix(tmp_path: Path) -> None:
    for name, members in (("a", range(1, 9)), ("b", range(11, 19))):
        async with running(tmp_path / name) as gateway:
            for member in members:
                await accepted(gateway, OpenMember(member))
    (tmp_path / "b" / "watermark").write_bytes((tmp_path / "a" / "watermark").read_bytes())
    with pytest.raises(JournalDamaged, match="not the entry that was acknowledged"):
        open_exchange(tmp_path / "b", (), Clock(), GENESIS)


async def test_the_watermark_stands_at_the_last_entry_after_a_start(tmp_path: Path) -> None:
    async with running(tmp_path / "a") as gateway:
        await trade(gateway)
        copy = crash(tmp_path / "a", tmp_path / "b")
        seq = gateway.seq
    watermark.create(copy / "watermark")  # as if none of the batches had got that far
    exchange = open_exchange(copy, (), Clock(), GENESIS)
    exchange.database.close()
    assert watermark.read(copy / "watermark").seq == seq


async def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await accepted(gateway, OpenMember(1))
    rewrite(tmp_path, 2, facts=msgspec.msgpack.encode([["Unheard", 1]]))
    with pytest.raises(StorageError, match="entry 2 was written by a newer version"):
        open_exchange(tmp_path, (), Clock(), GENESIS)


def test_a_refused_start_lets_go_of_the_directory(tmp_path: Path) -> None:
    def no_clock() -> int:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            open_exchange(tmp_path, (), no_clock, GENESIS)
    open_exchange(tmp_path, (), Clock(), GENESIS).database.close()
