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
