"""Projection tables from the journal: at start, for those that are new, missing or behind.

A projection is in step with the journal or it is made anew from the first entry; a half-made one
counts as behind. It decides which ones, never what a table holds: that is the projection's `apply`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence, Set
from itertools import islice
from typing import Final

from presage.projections.projection import Entry, Projection, project
from presage.storage import journal
from presage.storage.codec import NO_HASH, Record, Unreadable, decode_command, decode_facts
from presage.storage.database import Database
from presage.storage.errors import StorageError
from presage.storage.schema import metadata

Progress = Callable[[str, int, int], None]
"""Called now and then during long work: (what is being done, how far, out of how many)."""

PAGE: Final = 1_000
"""Entries in one transaction of a rebuild."""
_UNFINISHED: Final = -1


def catch_up(
    database: Database, projections: Sequence[Projection], last: int, progress: Progress
) -> None:
    """Rebuild every projection whose tables do not stand at entry `last`."""
    known = dict(database.raw.execute("SELECT name, applied_seq FROM projection_offsets"))
    _forget(database, known.keys() - {one.name for one in projections})
    behind = [one for one in projections if known.get(one.name) != last]
    if not behind:
        return
    with database.transaction() as connection:
        _clear(connection, behind)
    records = journal.read(database.raw, 0, last, NO_HASH)
    while page := list(islice(records, PAGE)):
        with database.transaction() as connection:
            project(connection, behind, [to_entry(record) for record in page])
        progress("rebuilding tables", page[-1].seq, last)
        if database.log_is_long():
            database.checkpoint()
    with database.transaction() as connection:
        _set_offsets(connection, behind, last)


def _forget(database: Database, away: Set[str]) -> None:
    """Projections that this run does not have stand nowhere: the writer moves all offsets there are
    together."""
    if away:
        with database.transaction() as connection:
            connection.executemany(
                "DELETE FROM projection_offsets WHERE name = ?", [(name,) for name in away]
            )


def to_entry(record: Record) -> Entry:
    """A record as projections see it. Raises: StorageError."""
    try:
        command, facts = decode_command(record.command), decode_facts(record.facts)
    except Unreadable as error:
        raise StorageError(f"entry {record.seq} was written by a newer version: {error}") from error
    return Entry(record.seq, record.at, command, tuple(facts))


def _clear(connection: sqlite3.Connection, projections: Sequence[Projection]) -> None:
    doomed = {table.name for projection in projections for table in projection.tables}
    for table in reversed(metadata.sorted_tables):  # those that refer to others first
        if table.name in doomed:
            connection.execute(f'DELETE FROM "{table.name}"')
    _set_offsets(connection, projections, _UNFINISHED)


def _set_offsets(
    connection: sqlite3.Connection, projections: Sequence[Projection], seq: int
) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO projection_offsets (name, applied_seq) VALUES (?, ?)",
        [(projection.name, seq) for projection in projections],
    )
