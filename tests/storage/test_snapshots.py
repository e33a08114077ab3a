"""Only a snapshot that proves itself is offered; the newest two are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from presage.storage import snapshots
from presage.storage.database import Database
from presage.storage.migrations import upgrade
from presage.storage.snapshots import Snapshot
from tests.storage.test_journal import chain, sealed, write

RULES = 4
RECORDS = chain(9)


def snapshot(seq: int, rules: int = RULES) -> Snapshot:
    return Snapshot(seq, RECORDS[seq - 1].hash, rules, f"digest-{seq}", b"state " * seq)


def offered(raw: sqlite3.Connection) -> list[int]:
    return [one.seq for one in snapshots.newest_first(raw, RULES)]


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Nine entries with snapshots after the third and the sixth."""
    database = Database(tmp_path)
    upgrade(database)
    with database.transaction() as connection:
        write(connection, sealed(len(RECORDS)), [2, 5, 2])
        snapshots.save(connection, snapshot(3))
        snapshots.save(connection, snapshot(6))
    yield database.raw
    database.close()


def test_they_come_back_newest_first(raw: sqlite3.Connection) -> None:
    assert list(snapshots.newest_first(raw, RULES)) == [snapshot(6), snapshot(3)]


def test_a_third_one_pushes_the_oldest_out(raw: sqlite3.Connection) -> None:
    snapshots.save(raw, snapshot(9))
    assert offered(raw) == [9, 6]


@pytest.mark.parametrize(
    "damage",
    [
        "SET blob = zeroblob(40)",
        "SET digest = 'digest-5'",
        "SET hash = zeroblob(32)",
        "SET checksum = zeroblob(32)",
        "SET seq = 5",
    ],
)
def test_a_damaged_one_is_passed_over(raw: sqlite3.Connection, damage: str) -> None:
    raw.execute(f"UPDATE snapshots {damage} WHERE seq = 6")
    assert offered(raw) == [3]


def test_one_of_other_rules_is_passed_over(raw: sqlite3.Connection) -> None:
    snapshots.save(raw, snapshot(9, rules=RULES + 1))
    assert offered(raw) == [6]


def test_one_of_another_history_is_passed_over(raw: sqlite3.Connection) -> None:
    snapshots.save(raw, Snapshot(9, RECORDS[7].hash, RULES, "digest", b"state"))
    snapshots.save(raw, Snapshot(12, RECORDS[8].hash, RULES, "digest", b"state"))
    assert offered(raw) == []
