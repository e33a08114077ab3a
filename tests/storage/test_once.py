"""A key is used up once; scopes keep keys apart."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from presage.storage import once
from presage.storage.database import Database
from presage.storage.migrations import upgrade


def test_a_key_remembers_its_entry(tmp_path: Path) -> None:
    database = Database(tmp_path)
    upgrade(database)
    raw = database.raw
    once.spend(raw, [("order:1", "mine", 7), ("order:2", "mine", 9)])
    assert once.find(raw, ("order:1", "mine")) == 7
    assert once.find(raw, ("order:2", "mine")) == 9
    assert once.find(raw, ("order:3", "mine")) == 0
    assert once.find(raw, ("order:1", "MINE")) == 0
    with pytest.raises(sqlite3.IntegrityError):
        once.spend(raw, [("order:1", "mine", 8)])
    database.close()


def test_keys_are_looked_up_together(tmp_path: Path) -> None:
    database = Database(tmp_path)
    upgrade(database)
    raw = database.raw
    keys = [
        ("order:1", "mine"),
        ("order:1", 'it"s \u20ac'),
        ("move", "nul \0 a"),
        ("move", "\U0001f600"),
    ]
    once.spend(raw, [(*key, seq) for seq, key in enumerate(keys, 1)])
    free = [("order:2", "mine"), ("move", "nul \0 b"), ("move", "nul ")]
    assert once.find_many(raw, [*keys, *free]) == {key: seq for seq, key in enumerate(keys, 1)}
    assert once.find_many(raw, keys[:2]) == {keys[0]: 1, keys[1]: 2}
    assert [once.find(raw, key) for key in keys] == [1, 2, 3, 4]
    database.close()


def test_looking_keys_up_does_not_read_the_table(tmp_path: Path) -> None:
    database = Database(tmp_path)
    upgrade(database)
    asked: list[str] = []
    database.raw.set_trace_callback(asked.append)
    once.find_many(database.raw, [("order:1", "a"), ("order:2", "b")])
    database.raw.set_trace_callback(None)
    (plan,) = {
        step
        for sql in asked
        for *_, step in database.raw.execute(f"EXPLAIN QUERY PLAN {sql}")
        if " o" in step
    }
    assert plan.startswith("SEARCH o USING PRIMARY KEY (scope=? AND key=?)")
    database.close()
