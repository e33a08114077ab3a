"""Reading the journal names the first entry that is missing, altered or out of the chain."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from presage.domain.commands import Tick
from presage.storage import journal
from presage.storage.codec import NO_HASH, Record, encode_command, encode_facts, seal
from presage.storage.database import Database
from presage.storage.errors import JournalDamaged, JournalLostItsEnd, StorageError
from presage.storage.migrations import upgrade
from presage.storage.watermark import Mark

COUNT = journal.PAGE * 2 + 3


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A journal of a little more than two pages."""
    database = Database(tmp_path)
    upgrade(database)
    with database.transaction() as connection:
        journal.append(connection, chain(COUNT))
        journal.set_commits(connection, 1)
    yield database.raw
    database.close()


def chain(count: int) -> list[Record]:
    records: list[Record] = []
    previous = NO_HASH
    for seq in range(1, count + 1):
        record = seal(previous, seq, 0, 1, seq * 10, 1, encode_command(Tick()), encode_facts([]))
        records.append(record)
        previous = record.hash
    return records


def read_all(raw: sqlite3.Connection) -> list[Record]:
    return list(journal.read(raw, 0, journal.last_seq(raw), NO_HASH))


def test_what_was_appended_is_read_in_order(raw: sqlite3.Connection) -> None:
    assert read_all(raw) == chain(COUNT)


def test_a_range_continues_the_hash_before_it(raw: sqlite3.Connection) -> None:
    records = chain(COUNT)
    part = list(journal.read(raw, 5, 9, records[4].hash))
    assert part == records[5:9]
    with pytest.raises(JournalDamaged, match="seq 6: it does not continue"):
        list(journal.read(raw, 5, 9, NO_HASH))


@pytest.mark.parametrize(
    ("damage", "seq"),
    [
        ("DELETE FROM journal WHERE seq = 1", 1),
        (f"DELETE FROM journal WHERE seq = {journal.PAGE}", journal.PAGE),
        (f"DELETE FROM journal WHERE seq = {journal.PAGE + 1}", journal.PAGE + 1),
        ("UPDATE journal SET at = at + 1 WHERE seq = 3", 3),
        ("UPDATE journal SET at = 'soon' WHERE seq = 3", 3),
        ("UPDATE journal SET previous = zeroblob(32) WHERE seq = 4", 4),
        ("UPDATE journal SET hash = zeroblob(32) WHERE seq = 2", 2),
    ],
)
def test_damage_is_named(raw: sqlite3.Connection, damage: str, seq: int) -> None:
    raw.execute(damage)
    with pytest.raises(JournalDamaged, match=f"seq {seq}:") as caught:
        read_all(raw)
    assert caught.value.seq == seq


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


def test_a_damaged_count_is_seen(raw: sqlite3.Connection) -> None:
    raw.execute("UPDATE commits SET number = 'many'")
    with pytest.raises(StorageError, match="count of batches is damaged: 'many'"):
        journal.check_promise(raw, Mark(1, chain(1)[0].hash, 1))
