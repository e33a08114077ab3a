"""Reading the journal names the first entry that is missing, altered or out of the chain."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from presage.domain.commands import Tick
from presage.storage import journal
from presage.storage.codec import NO_HASH, Record, Sealed, opened, pack, seal
from presage.storage.database import Database
from presage.storage.errors import JournalDamaged, JournalLostItsEnd, StorageError
from presage.storage.migrations import upgrade
from presage.storage.watermark import Mark

SIZES = [1, 5, 1, 300, 2, *[1] * 60, 3]
"""Entries in each batch: more rows than are read at a time."""
COUNT = sum(SIZES)


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A journal of some long and many short batches."""
    database = Database(tmp_path)
    upgrade(database)
    with database.transaction() as connection:
        write(connection, sealed(COUNT), SIZES)
    yield database.raw
    database.close()


def sealed(count: int) -> list[Sealed]:
    entries: list[Sealed] = []
    previous = NO_HASH
    for seq in range(1, count + 1):
        entries.append(seal(previous, seq, 0, 1, seq * 10, 1, Tick(), []))
        previous = entries[-1].hash
    return entries


def write(connection: sqlite3.Connection, entries: list[Sealed], sizes: Sequence[int]) -> None:
    """Append entries as batches of these sizes."""
    seq, previous = 0, NO_HASH
    for size in sizes:
        batch = entries[seq : seq + size]
        seq += size
        journal.append(connection, seq, pack(previous, batch), 1)
        previous = batch[-1].hash


def chain(count: int) -> list[Record]:
    return [opened(entry) for entry in sealed(count)]


def read_all(raw: sqlite3.Connection) -> list[Record]:
    return list(journal.read(raw, 0, journal.last_seq(raw), NO_HASH))


def test_what_was_appended_is_read_in_order(raw: sqlite3.Connection) -> None:
    assert read_all(raw) == chain(COUNT)


@pytest.mark.parametrize(("after", "last"), [(0, 1), (5, 9), (6, 7), (3, COUNT), (307, 340)])
def test_a_range_continues_the_hash_before_it(
    raw: sqlite3.Connection, after: int, last: int
) -> None:
    records = chain(COUNT)
    previous = records[after - 1].hash if after else NO_HASH
    assert list(journal.read(raw, after, last, previous)) == records[after:last]
    with pytest.raises(JournalDamaged, match=f"seq {after + 1}: it does not continue"):
        list(journal.read(raw, after, last, b"another".ljust(32)))


def test_an_entry_is_found_wherever_it_stands_in_its_batch(raw: sqlite3.Connection) -> None:
    records = chain(COUNT)
    for seq in (1, 2, 4, 6, 7, 8, 307, 308, COUNT):
        assert journal.find(raw, seq) == records[seq - 1]


@pytest.mark.parametrize(
    ("damage", "seq"),
    [
        ("DELETE FROM journal WHERE seq = 1", 1),
        ("DELETE FROM journal WHERE seq = 307", 8),
        ("DELETE FROM journal WHERE seq = 320", 320),
        ("UPDATE journal SET seq = 305 WHERE seq = 307", 8),
        ("UPDATE journal SET entries = 'soon' WHERE seq = 6", 2),
        ("UPDATE journal SET entries = x'' WHERE seq = 6", 2),
        ("UPDATE journal SET entries = substr(entries, 1, 90) WHERE seq = 6", 2),
    ],
)
def test_damage_is_named(raw: sqlite3.Connection, damage: str, seq: int) -> None:
    raw.execute(damage)
    with pytest.raises(JournalDamaged, match=f"seq {seq}:") as caught:
        read_all(raw)
    assert caught.value.seq == seq


@pytest.mark.parametrize("seq", [1, 2, 4, 6, 7, 8, 150, 307, COUNT])
def test_a_flipped_bit_is_named_by_its_entry(raw: sqlite3.Connection, seq: int) -> None:
    entry = sealed(COUNT)[seq - 1]
    for part in (entry.body, entry.hash):
        (key, data) = raw.execute(
            "SELECT seq, entries FROM journal WHERE seq >= ? ORDER BY seq", (seq,)
        ).fetchone()
        place = data.index(part) + len(part) // 2
        broken = data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
        raw.execute("UPDATE journal SET entries = ? WHERE seq = ?", (broken, key))
        with pytest.raises(JournalDamaged, match=f"seq {seq}: its bytes do not have its hash"):
            read_all(raw)
        with pytest.raises(JournalDamaged, match=f"seq {seq}: its bytes do not have its hash"):
            journal.find(raw, seq)
        raw.execute("UPDATE journal SET entries = ? WHERE seq = ?", (data, key))
    assert read_all(raw) == chain(COUNT)


def test_a_batch_in_anothers_place_is_seen(raw: sqlite3.Connection) -> None:
    raw.execute(
        "UPDATE journal SET entries = (SELECT entries FROM journal WHERE seq = 1) WHERE seq = 7"
    )
    with pytest.raises(JournalDamaged, match="seq 7: it does not continue"):
        read_all(raw)


def test_an_entry_that_never_was_is_missing(raw: sqlite3.Connection) -> None:
    with pytest.raises(JournalDamaged, match=f"seq {COUNT + 1}: the entry is missing"):
        list(journal.read(raw, 0, COUNT + 1, NO_HASH))
    assert journal.find(raw, COUNT + 1) is None


def test_a_kept_promise(raw: sqlite3.Connection) -> None:
    records = chain(COUNT)
    for seq in (1, COUNT):
        journal.check_promise(raw, Mark(seq, records[seq - 1].hash, 1))


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        (Mark(COUNT + 1, NO_HASH, 1), f"last entry is {COUNT}, but entry {COUNT + 1}"),
        (Mark(COUNT, chain(COUNT)[-1].hash, 2), "2 batches were acknowledged, 1 are left"),
    ],
)
def test_a_lost_end_is_seen(raw: sqlite3.Connection, mark: Mark, message: str) -> None:
    with pytest.raises(JournalLostItsEnd, match=message):
        journal.check_promise(raw, mark)


def test_another_history_is_seen(raw: sqlite3.Connection) -> None:
    with pytest.raises(JournalDamaged, match="not the entry that was acknowledged"):
        journal.check_promise(raw, Mark(3, chain(COUNT)[4].hash, 1))


def test_a_lost_batch_of_rows_is_seen(raw: sqlite3.Connection) -> None:
    mark = Mark(COUNT, chain(COUNT)[-1].hash, 2)
    journal.set_commits(raw, 2)
    journal.check_promise(raw, mark)
    raw.execute("DELETE FROM commits")
    with pytest.raises(JournalLostItsEnd, match="2 batches were acknowledged, 1 are left"):
        journal.check_promise(raw, mark)


@pytest.mark.parametrize(
    "damage",
    [
        "INSERT INTO commits VALUES (1, 'many')",
        f"UPDATE journal SET commits = 'many' WHERE seq = {COUNT}",
    ],
)
def test_a_damaged_count_is_seen(raw: sqlite3.Connection, damage: str) -> None:
    raw.execute(damage)
    with pytest.raises(StorageError, match="count of batches is damaged: 'many'"):
        journal.check_promise(raw, Mark(1, chain(1)[0].hash, 1))
