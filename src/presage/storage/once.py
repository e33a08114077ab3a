"""Keys that work once: (scope, key) -> the seq of the entry that used it up, for ever.

A scope says whose keys they are (`order:<member>`, `move`, ...). What a second use means is decided
by the engine, to which the writer tells the finding in the command's `seen`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

Key = tuple[str, str]
"""(scope, key)."""

_KEYS_PER_QUERY: Final = 512


def find(connection: sqlite3.Connection, key: Key) -> int:
    """The seq at which the key was used; 0 when it is still free."""
    row = connection.execute("SELECT seq FROM once WHERE scope = ? AND key = ?", key).fetchone()
    return row[0] if row else 0


def find_many(connection: sqlite3.Connection, keys: Sequence[Key]) -> dict[Key, int]:
    """The seq of each key that was used before; free keys are not in it. One query for a batch."""
    found: dict[Key, int] = {}
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        some = keys[start : start + _KEYS_PER_QUERY]
        places = ",".join(["(?,?)"] * len(some))
        rows = connection.execute(
            f"SELECT scope, key, seq FROM once WHERE (scope, key) IN (VALUES {places})",
            [part for key in some for part in key],
        )
        found.update(((scope, key), seq) for scope, key, seq in rows)
    return found


def spend(connection: sqlite3.Connection, used: Iterable[tuple[str, str, int]]) -> None:
    """Write (scope, key, seq) of keys now used, inside the caller's transaction."""
    connection.executemany("INSERT INTO once (scope, key, seq) VALUES (?, ?, ?)", used)
