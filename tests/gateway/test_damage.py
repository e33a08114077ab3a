"""Torn and flipped files: a start finds everything that was acknowledged, or refuses and says why.

It never comes up with less and says nothing.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from random import Random

import pytest

from presage.domain.commands import OpenMember
from presage.engine.engine import Engine
from presage.gateway import open_exchange
from presage.storage.errors import JournalDamaged, JournalLostItsEnd, StorageError
from tests.gateway.kit import (
    GENESIS,
    Clock,
    accepted,
    crash,
    flip_a_bit,
    open_market,
    promised,
    running,
)
from tests.gateway.test_rows import insert

pytestmark = pytest.mark.anyio

LONG = "PRESAGE_FULL" in os.environ
FLIPS = 500 if LONG else 40
CUTS = 1_000 if LONG else 20
SECTORS = 1_000 if LONG else 12


class Acknowledged:
    """A small journal as a killed process leaves it, and what it must give back."""

    def __init__(self, files: dict[str, bytes], seq: int, digest: str) -> None:
        self.files = files
        self.seq = seq
        self.digest = digest

    def opens(self, directory: Path, files: dict[str, bytes]) -> str:
        """`whole`, or the name of the refusal; fails if less comes back than was acknowledged."""
        for path in directory.iterdir():
            path.unlink()
        for name, content in files.items():
            (directory / name).write_bytes(content)
        try:
            exchange = open_exchange(directory, (), Clock(), GENESIS)
        except StorageError as error:
            return type(error).__name__
        try:
            assert exchange.head.seq == self.seq
            assert exchange.engine.digest() == self.digest
        finally:
            exchange.database.close()
        return "whole"


async def make(directory: Path, in_log: bool) -> Acknowledged:
    """Entries in the write-ahead log (`in_log`) or already moved into the file."""
    async with running(directory / "live") as gateway:
        await open_market(gateway)
        for member in range(10, 20):
            await accepted(gateway, OpenMember(member))
        digest, seq = await gateway.inspect(Engine.digest), gateway.seq
        await promised(directory / "live")
        copy = crash(directory / "live", directory / "copy")
    if not in_log:
        connection = sqlite3.connect(copy / "exchange.db")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    files = {path.name: path.read_bytes() for path in copy.iterdir() if path.stat().st_size}
    return Acknowledged(files, seq, digest)


@pytest.mark.parametrize("in_log", [True, False])
@pytest.mark.parametrize("name", ["exchange.db", "exchange.db-wal", "watermark"])
async def test_a_flipped_bit_is_seen_or_harmless(tmp_path: Path, name: str, in_log: bool) -> None:
    original = await make(tmp_path, in_log)
    if name not in original.files:
        assert name == "exchange.db-wal"
        assert not in_log
        return
    random = Random(name)
    outcomes = set()
    for _ in range(FLIPS):
        content = bytearray(original.files[name])
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
        outcomes.add(original.opens(tmp_path / "copy", {**original.files, name: bytes(content)}))
    if name == "exchange.db-wal":
        assert outcomes == {JournalLostItsEnd.__name__}
    else:
        assert "whole" in outcomes


async def test_a_flipped_bit_in_an_entry_is_named(tmp_path: Path) -> None:
    original = await make(tmp_path, in_log=False)
    content = bytearray(original.files["exchange.db"])
    content[content.index(b"OpenMember") + 3] ^= 1
    outcome = original.opens(tmp_path / "copy", {**original.files, "exchange.db": bytes(content)})
    assert outcome == JournalDamaged.__name__


async def test_a_cut_log_is_seen(tmp_path: Path) -> None:
    original = await make(tmp_path, in_log=True)
    log = original.files["exchange.db-wal"]
    outcomes = []
    for cut in [*range(1, CUTS), len(log) // 2, len(log) - 10, len(log)]:
        shorter = {**original.files, "exchange.db-wal": log[: len(log) - cut]}
        outcomes.append(original.opens(tmp_path / "copy", shorter))
    assert set(outcomes) == {JournalLostItsEnd.__name__}


async def test_a_torn_end_that_was_not_acknowledged_is_harmless(tmp_path: Path) -> None:
    original = await make(tmp_path, in_log=True)
    log = original.files["exchange.db-wal"]
    for junk in (b"x", b"\0" * 4096, log[32:2000], log[-4120:]):
        longer = {**original.files, "exchange.db-wal": log + junk}
        assert original.opens(tmp_path / "copy", longer) == "whole"


@pytest.mark.parametrize("in_log", [True, False])
async def test_a_zeroed_sector_is_seen_or_harmless(tmp_path: Path, in_log: bool) -> None:
    original = await make(tmp_path, in_log)
    for name in original.files:
        content = original.files[name]
        starts = range(0, len(content), 512)
        for start in Random(name).sample(starts, k=min(SECTORS, len(starts))):
            zeroed = content[:start] + bytes(512) + content[start + 512 :]
            original.opens(tmp_path / "copy", {**original.files, name: zeroed})


async def test_an_older_file_beside_a_newer_watermark_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path / "live") as gateway:
        await accepted(gateway, OpenMember(1))
        old = crash(tmp_path / "live", tmp_path / "old")
        await accepted(gateway, OpenMember(2))
        await accepted(gateway, OpenMember(3))
        await promised(tmp_path / "live")
        new = crash(tmp_path / "live", tmp_path / "new")
    (old / "watermark").write_bytes((new / "watermark").read_bytes())
    with pytest.raises(JournalLostItsEnd, match="journal lost its end: the last entry is 2"):
        open_exchange(old, (), Clock(), GENESIS)


async def test_lost_rows_without_an_entry_are_seen_too(tmp_path: Path) -> None:
    async with running(tmp_path / "live") as gateway:
        await accepted(gateway, OpenMember(1))
        old = crash(tmp_path / "live", tmp_path / "old")
        await accepted(gateway, None, insert("a"))
        await accepted(gateway, None, insert("b"))
        await promised(tmp_path / "live")
        new = crash(tmp_path / "live", tmp_path / "new")
    (old / "watermark").write_bytes((new / "watermark").read_bytes())
    with pytest.raises(JournalLostItsEnd, match="batches were acknowledged"):
        open_exchange(old, (), Clock(), GENESIS)


async def test_damage_in_the_middle_is_named(tmp_path: Path) -> None:
    original = await make(tmp_path, in_log=False)
    flip_a_bit(tmp_path / "copy", 4)
    with pytest.raises(JournalDamaged, match="journal damaged at seq 4") as caught:
        open_exchange(tmp_path / "copy", (), Clock(), GENESIS)
    assert caught.value.seq == 4
    assert original.seq > 4
