"""Keys that work once: (scope, key) -> the seq of the entry that used it up, for ever.

A scope says whose keys they are (`order:<member>`, `move`, ...). What a second use means is decided
by the engine, to which the writer tells the finding in the command's `seen`. The keys of a batch go
to SQLite as one JSON text: one step of a statement instead of one for each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

Key = tuple[str, str]
"""(scope, key)."""

_JSON: Final = msgspec.json.Encoder()
# CROSS JOIN: the keys asked for lead, whatever SQLite thinks of the sizes.
_FIND: Final = (
    "SELECT o.scope, o.key, o.seq FROM json_each(?) AS asked CROSS JOIN once AS o "
    "ON o.scope = asked.value ->> 0 AND o.key = asked.value ->> 1"
)
_SPEND: Final = (
    "INSERT INTO once (scope, key, seq) "
    "SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)"
)


def find(connection: sqlite3.Connection, key: Key) -> int:
    """The seq at which the key was used; 0 when it is still free."""
    row = connection.execute("SELECT seq FROM once WHERE scope = ? AND key = ?", key).fetchone()
    return row[0] if row else 0


def find_many(connection: sqlite3.Connection, keys: Sequence[Key]) -> dict[Key, int]:
    """The seq of each key that was used before; free keys are not in it."""
    if _has_nul(keys):
        return {key: seq for key in keys if (seq := find(connection, key))}
    rows = connection.execute(_FIND, (_JSON.encode(keys).decode(),))
    return {(scope, key): seq for scope, key, seq in rows}


def spend(connection: sqlite3.Connection, used: Sequence[tuple[str, str, int]]) -> None:
    """Write (scope, key, seq) of keys now used, inside the caller's transaction."""
    if _has_nul(used):
        connection.executemany("INSERT INTO once (scope, key, seq) VALUES (?, ?, ?)", used)
    else:
        connection.execute(_SPEND, (_JSON.encode(used).decode(),))


def _has_nul(keys: Sequence[Key] | Sequence[tuple[str, str, int]]) -> bool:
    """In JSON, SQLite would end a text at its first NUL."""
    return any("\0" in key[1] or "\0" in key[0] for key in keys)
