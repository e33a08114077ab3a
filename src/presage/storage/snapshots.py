"""Snapshots of the engine's state, so that a start folds only the end of the journal.

A snapshot belongs to one entry of one chain (it keeps the entry's hash) and to one version of the
rules. Its checksum covers everything it says. It is a shortcut and never the truth: one that does
not fit is passed over, and the journal is folded from an older one or from the beginning.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import msgspec

from presage.storage import journal
from presage.storage.errors import JournalDamaged

KEPT: Final = 2
_LEVEL: Final = 1  # dumps are repetitive; the fastest level already takes most of it


class Snapshot(msgspec.Struct, frozen=True):
    """State after entry `seq`, whose hash is `hash`; `digest` is the engine's own."""

    seq: int
    hash: bytes
    rules: int
    digest: str
    state: bytes


def save(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    """Store it and drop all but the newest two; the caller's transaction."""
    blob = zlib.compress(snapshot.state, _LEVEL)
    connection.execute(
        "INSERT OR REPLACE INTO snapshots (seq, hash, rules, digest, blob, checksum) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            snapshot.seq,
            snapshot.hash,
            snapshot.rules,
            snapshot.digest,
            blob,
            _checksum(snapshot.seq, snapshot.hash, snapshot.rules, snapshot.digest, blob),
        ),
    )
    connection.execute(
        "DELETE FROM snapshots WHERE seq NOT IN "
        f"(SELECT seq FROM snapshots ORDER BY seq DESC LIMIT {KEPT})"
    )


def newest_first(connection: sqlite3.Connection, rules: int) -> Iterator[Snapshot]:
    """Snapshots made under `rules` that are whole and stand on the journal's own chain."""
    found = connection.execute("SELECT seq FROM snapshots ORDER BY seq DESC").fetchall()
    for (seq,) in found:
        row = connection.execute(
            "SELECT seq, hash, rules, digest, blob, checksum FROM snapshots WHERE seq = ?", (seq,)
        ).fetchone()
        _, digest, made_under, state_digest, blob, checksum = row
        if made_under != rules or checksum != _checksum(*row[:-1]):
            continue
        if _stands_on(connection, seq, digest):
            yield Snapshot(seq, digest, rules, state_digest, zlib.decompress(blob))


def seqs(connection: sqlite3.Connection, rules: int) -> set[int]:
    """The entries for which a snapshot was made under `rules`, whole or not."""
    return {
        seq for (seq,) in connection.execute("SELECT seq FROM snapshots WHERE rules = ?", (rules,))
    }


def _stands_on(connection: sqlite3.Connection, seq: int, digest: bytes) -> bool:
    try:
        return journal.hash_at(connection, seq) == digest
    except JournalDamaged:
        return False


def _checksum(seq: int, digest: bytes, rules: int, state_digest: str, blob: bytes) -> bytes:
    body = msgspec.msgpack.encode((seq, digest, rules, state_digest, blob))
    return sha256(body).digest()
