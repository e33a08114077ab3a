"""Projection tables made from the journal are those that the writer had made entry by entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from presage.domain.commands import OpenMember
from presage.gateway import StorageError, open_exchange, rebuild
from presage.projections.projection import Projection
from tests.gateway.kit import (
    GENESIS,
    Clock,
    accepted,
    ask,
    bid,
    flip_a_bit,
    open_market,
    projections,
    running,
)

pytestmark = pytest.mark.anyio

Tables = dict[str, list[tuple[object, ...]]]


def contents(directory: Path) -> Tables:
    """Every row of the projections' tables, and how far they say they are."""
    connection = sqlite3.connect(directory / "exchange.db")
    names = [table.name for one in projections() for table in one.tables]
    names.append("projection_offsets")
    found = {name: sorted(connection.execute(f"SELECT * FROM {name}")) for name in names}
    connection.close()
    return found


def change(directory: Path, *statements: str) -> None:
    connection = sqlite3.connect(directory / "exchange.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


async def run(directory: Path, tables: Sequence[Projection], market: int = 0) -> int:
    """Trade a little; returns the market."""
    async with running(directory, tables=tables) as gateway:
        market = market or await open_market(gateway)
        for price in (3_000, 4_000, 5_000):
            await accepted(gateway, bid(market, price))
            await accepted(gateway, ask(market, price + 500))
        await accepted(gateway, ask(market, 4_500))
    return market


@pytest.mark.parametrize("page", [1, 3, rebuild.PAGE])
async def test_lost_tables_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    await run(tmp_path, projections())
    before = contents(tmp_path)
    assert all(before.values())
    change(tmp_path, "DELETE FROM trades", "DELETE FROM orders", "DELETE FROM projection_offsets")
    monkeypatch.setattr(rebuild, "PAGE", page)
    open_exchange(tmp_path, projections(), Clock(), GENESIS).database.close()
    assert contents(tmp_path) == before


@pytest.mark.parametrize("seq", [0, 1, 5, 10_000])
async def test_a_table_that_is_out_of_step_is_made_again(tmp_path: Path, seq: int) -> None:
    await run(tmp_path, projections())
    before = contents(tmp_path)
    change(
        tmp_path,
        "DELETE FROM fills WHERE is_taker",
        f"UPDATE projection_offsets SET applied_seq = {seq} WHERE name = 'fills'",
    )
    open_exchange(tmp_path, projections(), Clock(), GENESIS).database.close()
    assert contents(tmp_path) == before


async def test_a_projection_that_was_away_catches_up(tmp_path: Path) -> None:
    everything = projections()
    market = await run(tmp_path / "a", everything[:1])
    await run(tmp_path / "a", (), market)
    await run(tmp_path / "a", everything, market)
    market = await run(tmp_path / "b", everything)
    await run(tmp_path / "b", everything, market)
    await run(tmp_path / "b", everything, market)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


async def test_a_rebuild_that_is_killed_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(tmp_path, projections())
    before = contents(tmp_path)
    change(tmp_path, "DELETE FROM projection_offsets")
    monkeypatch.setattr(rebuild, "PAGE", 2)

    def die(what: str, done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_exchange(tmp_path, projections(), Clock(), GENESIS, progress=die)
    assert contents(tmp_path) != before
    heard: list[tuple[str, int, int]] = []
    exchange = open_exchange(
        tmp_path, projections(), Clock(), GENESIS, progress=lambda *step: heard.append(step)
    )
    exchange.database.close()
    assert contents(tmp_path) == before
    assert heard[-1] == ("rebuilding tables", exchange.head.seq, exchange.head.seq)


async def test_a_rebuild_does_not_build_on_damage(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for member in range(1, 9):
            await accepted(gateway, OpenMember(member))
    flip_a_bit(tmp_path, 3)
    open_exchange(tmp_path, (), Clock(), GENESIS).database.close()  # the snapshot is newer
    with pytest.raises(StorageError, match="journal damaged at seq 3"):
        open_exchange(tmp_path, projections(), Clock(), GENESIS)
