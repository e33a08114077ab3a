"""A key is used up once; scopes keep keys apart; the table has them from the next snapshot on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from presage.storage.database import Database
from presage.storage.migrations import upgrade
from presage.storage.once import Key, Keys

ODD: list[Key] = [
    ("order:1", "mine"),
    ("order:1", 'it"s \u20ac'),
    ("move", "nul \0 a"),
    ("move", "\U0001f600"),
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path)
    upgrade(database)
    yield database
    database.close()


@pytest.mark.parametrize("saved", [False, True])
def test_a_key_remembers_its_entry(database: Database, saved: bool) -> None:
    keys = Keys(database.raw)
    keys.spend(("order:1", "mine"), 7)
    keys.spend(("order:2", "mine"), 9)
    if saved:
        keys.save()
        keys = Keys(database.raw)
    assert keys.find(("order:1", "mine")) == 7
    assert keys.find(("order:2", "mine")) == 9
    assert keys.find(("order:3", "mine")) == 0
    assert keys.find(("order:1", "MINE")) == 0


@pytest.mark.parametrize("saved", [0, 2, 4])
def test_keys_are_looked_up_together(database: Database, saved: int) -> None:
    keys = Keys(database.raw)
    for seq, key in enumerate(ODD, 1):
        keys.spend(key, seq)
        if seq == saved:
            keys.save()
    free = [("order:2", "mine"), ("move", "nul \0 b"), ("move", "nul ")]
    assert keys.find_many([*ODD, *free]) == {key: seq for seq, key in enumerate(ODD, 1)}
    assert keys.find_many(ODD[:2]) == {ODD[0]: 1, ODD[1]: 2}
    assert [keys.find(key) for key in ODD] == [1, 2, 3, 4]


def test_keys_that_the_table_has_may_be_saved_again(database: Database) -> None:
    for _ in range(2):  # the second time as after a start from an older snapshot
        keys = Keys(database.raw)
        for seq, key in enumerate(ODD, 1):
            keys.spend(key, seq)
        keys.save()
    assert database.raw.execute("SELECT count(*) FROM once").fetchone() == (len(ODD),)


def test_looking_keys_up_does_not_read_the_table(database: Database) -> None:
    asked: list[str] = []
    database.raw.set_trace_callback(asked.append)
    Keys(database.raw).find_many([("order:1", "a"), ("order:2", "b")])
    database.raw.set_trace_callback(None)
    (plan,) = {
        step
        for sql in asked
        for *_, step in database.raw.execute(f"EXPLAIN QUERY PLAN {sql}")
        if " o" in step
    }
    assert plan.startswith("SEARCH o USING PRIMARY KEY (scope=? AND key=?)")
