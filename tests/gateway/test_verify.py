"""`verify` agrees with a sound exchange and names the first thing that is wrong with another."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from presage.domain.commands import OpenMember
from presage.domain.facts import MemberOpened
from presage.engine.engine import RULES_VERSION, Engine
from presage.gateway import Settings, verify
from presage.storage import codec, snapshots
from presage.storage.database import Database
from presage.storage.errors import DirectoryInUse
from tests.gateway.kit import (
    accepted,
    ask,
    bid,
    crash,
    flip_a_bit,
    open_market,
    projections,
    rewrite,
    running,
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A stopped exchange with trades, once keys and two snapshots."""
    asyncio.run(trade(tmp_path))
    return tmp_path


async def trade(directory: Path) -> None:
    async with running(directory, settings=Settings(snapshot_every=6), tables=projections()) as g:
        market = await open_market(g)
        for price in (3_000, 4_000, 5_000):
            await accepted(g, bid(market, price, key=str(price)))
        await accepted(g, ask(market, 4_500))


def fault(directory: Path) -> tuple[int, str]:
    found = verify(directory, projections()).fault
    assert found is not None
    return found.seq, found.what


def change(directory: Path, statement: str, name: str = "exchange.db") -> None:
    connection = sqlite3.connect(directory / name)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_sound_exchange_agrees(directory: Path) -> None:
    heard: list[int] = []
    report = verify(directory, projections(), lambda what, done, total: heard.append(done))
    assert report.fault is None
    assert (report.seq, report.decided) == (12, 12)
    assert report.snapshots == 2
    assert report.rows >= 4 + 2 + 1 + 5
    assert report.digest == asyncio.run(live_digest(directory))


async def live_digest(directory: Path) -> str:
    async with running(directory, tables=projections()) as gateway:
        return await gateway.inspect(Engine.digest)


def test_nothing_is_changed(directory: Path) -> None:
    def files() -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in directory.iterdir() if p.suffix != ".db-shm"}

    before = {name: content for name, content in files().items() if content}
    verify(directory, projections())
    assert {name: content for name, content in files().items() if content} == before


def test_a_running_exchange_is_left_alone(directory: Path) -> None:
    database = Database(directory)
    with pytest.raises(DirectoryInUse):
        verify(directory, projections())
    database.close()


@pytest.mark.parametrize(
    ("statement", "seq", "what"),
    [
        ("DELETE FROM journal WHERE seq = 7", 7, "the entry is missing"),
        ("UPDATE snapshots SET blob = zeroblob(9) WHERE seq = 6", 6, "snapshot of this entry"),
        ("INSERT INTO once VALUES ('order:1', 'forged', 9)", 0, "table once has"),
        ("UPDATE once SET seq = 2 WHERE scope = 'order:1' AND key = '3000'", 0, "table once has"),
    ],
)
def test_what_is_wrong_is_named(directory: Path, statement: str, seq: int, what: str) -> None:
    change(directory, statement)
    found_seq, found = fault(directory)
    assert found_seq == seq
    assert what in found


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE trades SET price = price + 100", "table trades has"),
        ("DELETE FROM trades", "table trades has None"),
        (
            "UPDATE fills SET account = 99 WHERE is_taker",
            "table fills has",
        ),
    ],
)
def test_a_wrong_table_is_named(directory: Path, statement: str, what: str) -> None:
    change(directory, statement, "projections.db")
    found_seq, found = fault(directory)
    assert found_seq == 0
    assert what in found


def test_an_index_of_the_tables_that_misses_a_row_is_named(directory: Path) -> None:
    """SQLite would answer questions through it with too little."""
    path = directory / "projections.db"
    connection = sqlite3.connect(path)
    query = "SELECT rootpage FROM sqlite_master WHERE name = 'orders_by_account'"
    (page,) = connection.execute(query).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    content = bytearray(path.read_bytes())
    cells = (page - 1) * size + 3
    content[cells + 1] -= 1  # one cell fewer in the page's header
    path.write_bytes(content)
    assert "projections.db: " in fault(directory)[1]


def test_tables_are_compared_where_they_stand(directory: Path, tmp_path: Path) -> None:
    """A killed exchange may leave them behind the journal; that is no fault, another row is."""
    whole = verify(directory, projections()).rows
    stale = tmp_path / "stale"
    asyncio.run(stop_behind(stale))
    report = verify(stale, projections())
    assert (report.fault, report.seq) == (None, 12)
    assert 0 < report.rows < whole
    change(stale, "UPDATE orders SET price = price + 100", "projections.db")
    assert "table orders has" in fault(stale)[1]


async def stop_behind(directory: Path) -> None:
    """As `trade`, killed when the tables had not seen the last entries."""
    live = directory.with_name("behind")
    async with running(live, tables=projections()) as gateway:
        market = await open_market(gateway)
        await accepted(gateway, bid(market, 3_000, key="3000"))
        await gateway.reader().run(lambda connection: None)
        early = (live / "projections.db").read_bytes(), (live / "projections.db-wal").read_bytes()
        for price in (4_000, 5_000):
            await accepted(gateway, bid(market, price, key=str(price)))
        await accepted(gateway, ask(market, 4_500))
        crash(live, directory)
    for name, content in zip(("projections.db", "projections.db-wal"), early, strict=True):
        (directory / name).write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"a photograph " * 1_000])
def test_tables_that_a_start_throws_away_are_not_looked_at(directory: Path, content: bytes) -> None:
    (directory / "projections.db").write_bytes(content)
    assert verify(directory, projections()).fault is None


def test_a_flipped_bit_is_named(directory: Path) -> None:
    flip_a_bit(directory, 5)
    assert fault(directory) == (5, "journal damaged at seq 5: its bytes do not have its hash")


def test_a_lost_end_is_named(directory: Path) -> None:
    change(directory, "DELETE FROM journal WHERE seq = 12")
    assert "journal lost its end" in fault(directory)[1]


def test_keys_of_rows_are_nobodys_business(directory: Path) -> None:
    change(directory, "INSERT INTO once VALUES ('invites', 'x', 3)")
    assert verify(directory, projections()).fault is None


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"facts": codec.encode_facts([MemberOpened(3, "direct", 100)])}, "other facts"),
        ({"command": msgspec.msgpack.encode(OpenMember(1, kind="house"))}, "other facts"),
        (
            {"command": msgspec.msgpack.encode(OpenMember(1, grid=7))},
            "it is refused: invalid_value",
        ),
        ({"facts": b"\x91\xa1x"}, "StorageError: entry 2 was written by a newer version"),
    ],
)
def test_a_forged_entry_is_named(directory: Path, fields: dict[str, object], what: str) -> None:
    rewrite(directory, 2, **fields)
    seq, found = fault(directory)
    assert seq == 2
    assert what in found


def test_entries_of_older_rules_are_only_folded(directory: Path) -> None:
    rewrite(directory, 2, rules=RULES_VERSION - 1)
    report = verify(directory, projections())
    assert report.fault is None
    assert (report.seq, report.decided) == (12, 11)


def test_a_snapshot_of_another_state_is_named(directory: Path) -> None:
    connection = sqlite3.connect(directory / "exchange.db")
    (newest, *_) = snapshots.newest_first(connection, RULES_VERSION)
    empty = Engine()
    forged = msgspec.structs.replace(newest, state=empty.dump(), digest=empty.digest())
    snapshots.save(connection, forged)
    connection.commit()
    connection.close()
    seq, found = fault(directory)
    assert seq == 12
    assert "another state than the journal" in found
