"""Keys that work once: (scope, key) -> the seq of the entry that used it up, for ever.

A scope says whose keys they are (`order:<member>`, `move`, ...). What a second use means is decided
by the engine, to which the writer tells the finding in the command's `seen`.

A key is durable with its entry, whose command names it. The table gets it later, with the next
snapshot: keys are random, and each written alone would dirty a page of its own, while a hundred
thousand in their order share pages. Until then it is in memory, and a start that folds the journal
from that snapshot on brings it back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

import msgspec

Key = tuple[str, str]
"""(scope, key)."""

_AT_ONCE: Final = 5_000
_JSON: Final = msgspec.json.Encoder()
# CROSS JOIN: the keys asked for lead, whatever SQLite thinks of the sizes.
_FIND: Final = (
    "SELECT o.scope, o.key, o.seq FROM json_each(?) AS asked CROSS JOIN once AS o "
    "ON o.scope = asked.value ->> 0 AND o.key = asked.value ->> 1"
)
# A journal that is folded from an older snapshot names keys that the table has.
_SAVE: Final = (
    "INSERT OR IGNORE INTO once (scope, key, seq) "
    "SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)"
)


class Keys:
    """The keys that were used: those since the newest snapshot, and all others in the table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._raw = connection
        self._recent: dict[Key, int] = {}

    def spend(self, key: Key, seq: int) -> None:
        """The entry `seq`, which is being written, uses the key up."""
        self._recent[key] = seq

    def find(self, key: Key) -> int:
        """The seq at which the key was used; 0 when it is still free."""
        return self._recent.get(key) or _find(self._raw, key)

    def find_many(self, keys: Sequence[Key]) -> dict[Key, int]:
        """The seq of each key that was used before; free keys are not in it."""
        recent = self._recent
        found = {key: recent[key] for key in keys if key in recent}
        if asked := [key for key in keys if key not in found]:
            found.update(_find_many(self._raw, asked))
        return found

    def save(self) -> None:
        """Write the keys since the last snapshot, inside the transaction that writes the next."""
        save(self._raw, self._recent.items())
        self._recent = {}


def save(connection: sqlite3.Connection, used: Iterable[tuple[Key, int]]) -> None:
    """Write keys and the seq that used each up."""
    ordered = iter(sorted(used))
    while some := [(*key, seq) for key, seq in islice(ordered, _AT_ONCE)]:
        if _has_nul(some):
            statement = "INSERT OR IGNORE INTO once (scope, key, seq) VALUES (?, ?, ?)"
            connection.executemany(statement, some)
        else:
            connection.execute(_SAVE, (_JSON.encode(some).decode(),))


def _find(connection: sqlite3.Connection, key: Key) -> int:
    row = connection.execute("SELECT seq FROM once WHERE scope = ? AND key = ?", key).fetchone()
    return row[0] if row else 0


def _find_many(connection: sqlite3.Connection, keys: Sequence[Key]) -> dict[Key, int]:
    if _has_nul(keys):
        return {key: seq for key in keys if (seq := _find(connection, key))}
    rows = connection.execute(_FIND, (_JSON.encode(keys).decode(),))
    return {(scope, key): seq for scope, key, seq in rows}


def _has_nul(keys: Sequence[Key] | Sequence[tuple[str, str, int]]) -> bool:
    """In JSON, SQLite would end a text at its first NUL."""
    return any("\0" in key[1] or "\0" in key[0] for key in keys)
