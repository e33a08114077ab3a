"""Tables made from the journal are those made batch by batch; what does not fit it is made anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from presage.domain.commands import OpenMember
from presage.gateway import StorageError
from presage.projections import tables
from presage.projections.projection import Projection
from presage.projections.tables import FILE, Tables
from presage.storage.codec import Packed, unpack
from tests.gateway.kit import (
    accepted,
    ask,
    bid,
    crash,
    flip_a_bit,
    open_market,
    projections,
    running,
)

pytestmark = pytest.mark.anyio

Content = dict[str, list[tuple[object, ...]]]


async def trade(directory: Path, made_for: Sequence[Projection] = ()) -> int:
    """An exchange with some orders and trades; returns its last entry."""
    async with running(directory, tables=made_for) as gateway:
        market = await open_market(gateway)
        for price in (3_000, 4_000, 5_000):
            await accepted(gateway, bid(market, price))
            await accepted(gateway, ask(market, price + 500))
        await accepted(gateway, ask(market, 4_500))
        return gateway.seq


def content(directory: Path) -> Content:
    """Every row of the projections' tables."""
    connection = sqlite3.connect(directory / FILE)
    names = [table.name for table in tables.tables_of(projections())]
    found = {name: sorted(connection.execute(f"SELECT * FROM {name}")) for name in names}
    connection.close()
    return found


def change(directory: Path, statement: str) -> None:
    connection = sqlite3.connect(directory / FILE)
    connection.execute(statement)
    connection.commit()
    connection.close()


def quiet() -> None:
    """Nobody looks."""


def caught_up(directory: Path, seq: int, progress: Callable[[], None] = quiet) -> Content:
    """The tables after a start that brings them to entry `seq`; `progress` as they get there."""
    found = Tables(directory, projections())
    try:
        found.catch_up(seq, progress)
        assert found.at.seq == seq
    finally:
        found.close()
    return content(directory)


def batches(directory: Path) -> list[Packed]:
    connection = sqlite3.connect(directory / "exchange.db")
    rows = connection.execute("SELECT entries FROM journal ORDER BY seq").fetchall()
    connection.close()
    return [unpack(data) for (data,) in rows]


@pytest.mark.parametrize("page", [1, 3, tables.PAGE])
async def test_lost_tables_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    seq = await trade(tmp_path, projections())
    before = content(tmp_path)
    assert all(before.values())
    (tmp_path / FILE).unlink()
    monkeypatch.setattr(tables, "PAGE", page)
    assert caught_up(tmp_path, seq) == before


@pytest.mark.parametrize("together", [1, 2, 5, 100])
async def test_however_batches_are_put_together_the_tables_are_the_same(
    tmp_path: Path, together: int
) -> None:
    seq = await trade(tmp_path, projections())
    before = content(tmp_path)
    (tmp_path / FILE).unlink()
    committed = batches(tmp_path)
    found = Tables(tmp_path, projections())
    for start in range(0, len(committed), together):
        found.apply(committed[start : start + together])
    assert found.at.seq == seq
    found.close()
    assert content(tmp_path) == before


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE applied SET form = 'of another version'",
        "UPDATE applied SET hash = zeroblob(32)",
        "UPDATE applied SET seq = seq + 1",
        "UPDATE applied SET seq = 10000",
        "UPDATE applied SET seq = 'many'",
        "DELETE FROM applied",
        "DROP TABLE applied",
    ],
)
async def test_tables_that_do_not_fit_the_journal_are_made_anew(
    tmp_path: Path, damage: str
) -> None:
    seq = await trade(tmp_path, projections())
    before = content(tmp_path)
    change(tmp_path, "DELETE FROM fills WHERE is_taker")
    change(tmp_path, damage)
    assert caught_up(tmp_path, seq) == before


@pytest.mark.parametrize("junk", [b"", b"a photograph " * 1_000, b"SQLite format 3\0" * 300])
async def test_a_file_that_cannot_be_read_is_made_anew(tmp_path: Path, junk: bytes) -> None:
    seq = await trade(tmp_path, projections())
    before = content(tmp_path)
    (tmp_path / FILE).write_bytes(junk)
    assert caught_up(tmp_path, seq) == before


async def test_a_log_beside_a_lost_file_is_not_believed(tmp_path: Path) -> None:
    """Killed between throwing away the file and its log."""
    async with running(tmp_path / "a", tables=projections()) as gateway:
        market = await open_market(gateway)
        await accepted(gateway, bid(market))
        await gateway.reader().run(lambda connection: None)
        copy = crash(tmp_path / "a", tmp_path / "b")
        (copy / f"{FILE}-wal").write_bytes((tmp_path / "a" / f"{FILE}-wal").read_bytes())
        seq = gateway.seq
    found = caught_up(copy, seq)
    assert len(found["orders"]) == 1


async def test_other_projections_make_everything_anew(tmp_path: Path) -> None:
    seq = await trade(tmp_path, projections()[:1])
    caught_up(tmp_path, seq)
    assert all(content(tmp_path).values())


async def test_a_rebuild_that_is_killed_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seq = await trade(tmp_path, projections())
    before = content(tmp_path)
    (tmp_path / FILE).unlink()
    monkeypatch.setattr(tables, "PAGE", 2)
    steps: list[int] = []

    def die_halfway() -> None:
        steps.append(len(steps))
        if len(steps) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        caught_up(tmp_path, seq, die_halfway)
    assert content(tmp_path) != before
    assert caught_up(tmp_path, seq, lambda: steps.append(0)) == before
    assert len(steps) == 3 + (seq - 6 + 1) // 2


async def test_a_rebuild_does_not_build_on_damage(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for member in range(1, 9):
            await accepted(gateway, OpenMember(member))
    flip_a_bit(tmp_path, 3)
    with pytest.raises(StorageError, match="journal damaged at seq 3"):
        caught_up(tmp_path, 9)


async def test_half_a_batch_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seq = await trade(tmp_path, projections())
    before = content(tmp_path)
    (tmp_path / FILE).unlink()
    found = Tables(tmp_path, projections())
    committed = batches(tmp_path)
    found.apply(committed[:-1])
    kept = content(tmp_path)

    def fail(connection: sqlite3.Connection, *rest: object) -> None:
        connection.execute("DELETE FROM orders")
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(tables, "project", fail)
        with pytest.raises(sqlite3.OperationalError):
            found.apply(committed[-1:])
    assert content(tmp_path) == kept
    found.apply(committed[-1:])
    assert found.at.seq == seq
    found.close()
    assert content(tmp_path) == before
