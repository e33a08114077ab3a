"""A backup is a whole exchange or no backup: under load, torn, altered, over something else."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from itertools import count
from pathlib import Path
from random import Random

import msgspec
import pytest

from presage.app import datadir
from presage.app.backup import back_up, restore
from presage.domain.commands import OpenMember
from presage.domain.facts import MemberOpened
from presage.engine.engine import Engine
from presage.gateway import Gateway, StorageError, verify
from presage.projections.projection import Entry
from presage.storage import backup
from presage.storage.errors import JournalLostItsEnd
from tests.gateway.kit import accepted, ask, bid, crash, open_market, projections, running
from tests.storage.test_migrations import with_unpacked_journal


def quiet(what: str, done: int, total: int) -> None:
    """Nobody looks."""


async def fill(gateway: Gateway, members: int = 20) -> None:
    await open_market(gateway)
    for member in range(10, 10 + members):
        await accepted(gateway, OpenMember(member))


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A small exchange that was closed cleanly."""
    data = tmp_path / "live"
    datadir.make(data)

    async def run() -> None:
        async with running(data, tables=projections()) as gateway:
            await fill(gateway)

    # In a thread of its own: some of the tests have an event loop already.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()
    return data


@pytest.fixture
def archive(stopped: Path, tmp_path: Path) -> Path:
    back_up(stopped, tmp_path / "backup", quiet)
    return tmp_path / "backup"


async def trade(gateway: Gateway, market: int, names: Callable[[], int]) -> None:
    while True:
        await accepted(gateway, bid(market, 5_000, f"b{names()}"))
        await accepted(gateway, ask(market, 5_000, f"a{names()}"))


@pytest.mark.anyio
async def test_under_load_it_is_the_state_at_one_entry(tmp_path: Path) -> None:
    data = tmp_path / "live"
    datadir.make(data)
    seen: list[Entry] = []
    names = count(100).__next__
    async with running(data, tables=projections()) as gateway:
        gateway.watch(seen.extend)
        market = await open_market(gateway)
        load = [asyncio.create_task(trade(gateway, market, names)) for _ in range(8)]
        for _ in range(300):
            await accepted(gateway, OpenMember(names()))
        before = gateway.seq
        made = await asyncio.to_thread(back_up, data, tmp_path / "backup", quiet)
        after = gateway.seq
        for task in load:
            task.cancel()
        await asyncio.gather(*load, return_exceptions=True)
        genesis = await gateway.inspect(lambda engine: engine.state.exchange)
    assert before <= made.seq < after, "the load did not go on, or the copy is an old one"
    restored = tmp_path / "restored"
    assert restore(tmp_path / "backup", restored, quiet) == made
    replica = Engine()
    async with running(restored, tables=projections()) as gateway:
        digest = await gateway.inspect(Engine.digest)
        assert gateway.seq == made.seq
        assert await gateway.inspect(lambda engine: engine.state.exchange) == genesis
    async with running(tmp_path / "live") as gateway:
        founding = await gateway.inspect(lambda engine: engine.state.id_key)
    replica.state.exchange, replica.state.id_key = genesis, founding
    for entry in seen:
        if entry.seq <= made.seq:
            replica.apply(entry.facts, entry.seq, entry.at)
    assert replica.digest() == made.digest == digest


@pytest.mark.anyio
async def test_the_restored_exchange_is_whole_and_goes_on(stopped: Path, tmp_path: Path) -> None:
    made = back_up(stopped, tmp_path / "backup", quiet)
    restored = tmp_path / "restored"
    restore(tmp_path / "backup", restored, quiet)
    assert {path.name for path in restored.iterdir()} == {"exchange.db", "watermark", "secret.key"}
    assert datadir.secret(restored) == datadir.secret(stopped)
    assert restored.stat().st_mode & 0o777 == 0o700
    assert (restored / "secret.key").stat().st_mode & 0o777 == 0o600
    report = verify(restored, projections())
    assert (report.fault, report.seq, report.digest) == (None, made.seq, made.digest)
    async with running(restored, tables=projections()) as gateway:
        await accepted(gateway, OpenMember(99))
        assert gateway.seq == made.seq + 1


def test_one_made_by_an_older_version_is_restored(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    last = with_unpacked_journal(folder, 700)
    (folder / "secret.key").write_text("00" * 32 + "\n")
    expected = Engine()
    for seq in range(1, 701):
        expected.apply([MemberOpened(seq, "direct", 100)], seq, seq * 10)
    head = backup.Head(700, 7_000, last, 700)
    made = backup.pack(folder, ("secret.key",), head, expected.digest(), tmp_path / "backup")
    restored = tmp_path / "restored"
    assert restore(tmp_path / "backup", restored, quiet) == made
    assert {path.name for path in restored.iterdir()} == {"exchange.db", "watermark", "secret.key"}


@pytest.mark.anyio
async def test_of_a_killed_exchange_with_its_log(tmp_path: Path) -> None:
    data = tmp_path / "live"
    datadir.make(data)
    async with running(data) as gateway:
        await fill(gateway)
        digest = await gateway.inspect(Engine.digest)
        killed = crash(data, tmp_path / "killed")
    (killed / "secret.key").write_bytes((data / "secret.key").read_bytes())
    assert (killed / "exchange.db-wal").stat().st_size
    assert back_up(killed, tmp_path / "backup", quiet).digest == digest
    assert (killed / "exchange.db-wal").stat().st_size, "the evidence must stay as it was"


@pytest.mark.anyio
async def test_of_an_exchange_that_lost_its_end_none_is_made(tmp_path: Path) -> None:
    data = tmp_path / "live"
    datadir.make(data)
    async with running(data) as gateway:
        await fill(gateway)
        killed = crash(data, tmp_path / "killed")
    (killed / "secret.key").write_bytes((data / "secret.key").read_bytes())
    (killed / "exchange.db-wal").unlink()
    with pytest.raises(JournalLostItsEnd):
        back_up(killed, tmp_path / "backup", quiet)
    assert not (tmp_path / "backup").exists()


def test_torn_at_any_place_it_is_refused(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    cuts = [*range(1, 300), *range(512, len(whole), 4_096), len(whole) - 1, len(whole)]
    for cut in cuts:
        archive.write_bytes(whole[: len(whole) - cut])
        with pytest.raises(StorageError, match=r"torn or altered|its end is missing"):
            restore(archive, tmp_path / "restored", quiet)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "live"]


def test_with_one_bit_flipped_it_is_refused(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    random = Random(7)
    for _ in range(200):
        content = bytearray(whole)
        content[random.randrange(len(whole))] ^= 1 << random.randrange(8)
        archive.write_bytes(content)
        with pytest.raises(StorageError, match=r"torn or altered|its end is missing"):
            restore(archive, tmp_path / "restored", quiet)
    assert not (tmp_path / "restored").exists()


def resealed(archive: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """Pack an archive anew as somebody would who knows how: only what is in it can tell."""
    packed = BytesIO()
    with tarfile.open(archive) as old, tarfile.open(fileobj=packed, mode="w") as new:
        for entry in old.getmembers():
            content = old.extractfile(entry)
            data = change(entry.name, content.read() if content else b"")
            if data is not None:
                entry.size = len(data)
                new.addfile(entry, BytesIO(data))
    data = packed.getvalue()
    archive.write_bytes(
        data + b"presage backup sha256 " + sha256(data).hexdigest().encode() + b"\n"
    )


def altered_file(name: str, data: bytes) -> bytes:
    return data.replace(b"OpenMember", b"OpenMembes", 1) if name == "exchange.db" else data


def manifest_with(**changes: object) -> Callable[[str, bytes], bytes]:
    def change(name: str, data: bytes) -> bytes:
        if name != "manifest.json":
            return data
        return msgspec.json.encode(msgspec.json.decode(data) | changes)

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (altered_file, "exchange.db in the backup does not have the hash"),
        (manifest_with(seq=3), "the journal ends at entry"),
        (manifest_with(commits=3), "batches"),
        (manifest_with(hash="00" * 32), "hash is another"),
        (manifest_with(digest="00" * 32), "folding the journal gives"),
        (manifest_with(format=2), "another version"),
        (manifest_with(parts=[]), "does not hold what a backup holds"),
        (manifest_with(more=1), "is no backup of an exchange"),
        (lambda name, data: data if name != "secret.key" else None, "is no backup of an exchange"),
        (lambda name, data: b"[" if name == "manifest.json" else data, "is no backup"),
    ],
)
def test_what_was_put_in_with_a_good_seal_is_refused_too(
    archive: Path, tmp_path: Path, change: Callable[[str, bytes], bytes | None], reason: str
) -> None:
    resealed(archive, change)
    with pytest.raises(StorageError, match=reason):
        restore(archive, tmp_path / "restored", quiet)
    assert not (tmp_path / "restored").exists()


def test_an_entry_changed_with_every_hash_of_the_archive_breaks_the_chain(
    archive: Path, tmp_path: Path
) -> None:
    sums: dict[str, str] = {}

    def note(name: str, data: bytes) -> bytes:
        sums[name] = sha256(altered_file(name, data)).hexdigest()
        return data

    def change(name: str, data: bytes) -> bytes:
        if name != "manifest.json":
            return altered_file(name, data)
        manifest = msgspec.json.decode(data)
        for part in manifest["parts"]:
            part["sha256"] = sums[part["name"]]
        return msgspec.json.encode(manifest)

    resealed(archive, note)
    resealed(archive, change)
    with pytest.raises(StorageError, match="journal damaged at seq"):
        restore(archive, tmp_path / "restored", quiet)


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 4_096, b"presage backup sha256 "])
def test_something_else_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "backup").write_bytes(content)
    with pytest.raises(StorageError, match="is no backup"):
        restore(tmp_path / "backup", tmp_path / "restored", quiet)


def test_nothing_is_overwritten(archive: Path, stopped: Path, tmp_path: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(StorageError, match="exists already"):
        back_up(stopped, archive, quiet)
    assert archive.read_bytes() == before
    with pytest.raises(StorageError, match="is not empty"):
        restore(archive, stopped, quiet)
    (tmp_path / "empty").mkdir()
    restore(archive, tmp_path / "empty", quiet)
    assert (tmp_path / "empty" / "exchange.db").exists()


def test_a_missing_file_is_named(stopped: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nowhere.* holds no exchange"):
        back_up(tmp_path / "nowhere", tmp_path / "backup", quiet)
    with pytest.raises(StorageError, match="cannot be read: No such file"):
        restore(tmp_path / "nowhere", tmp_path / "restored", quiet)
    (stopped / "secret.key").unlink()
    with pytest.raises(StorageError, match=r"secret.key cannot be read"):
        back_up(stopped, tmp_path / "backup", quiet)


def test_only_the_owner_may_read_it(archive: Path) -> None:
    assert archive.stat().st_mode & 0o777 == 0o600
