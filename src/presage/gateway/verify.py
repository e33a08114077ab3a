"""Proof that a data directory says one thing: the journal, and everything computed from it.

Checks the watermark's promise and the whole hash chain, decides every command again and compares
the facts, folds the facts and compares snapshots, rebuilds once keys and projections and compares
them row by row, the projections as of the entry that they have come to, and looks at the checksums
of the rows that no journal repeats. It reads only, needs the exchange to be stopped (or a copy),
and repairs nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from presage.domain.commands import once_key
from presage.domain.rejects import Reject
from presage.engine import invariants
from presage.engine.engine import RULES_VERSION, Engine
from presage.gateway.projector import Progress
from presage.gateway.rows import check_file, check_rows
from presage.projections import tables
from presage.projections.projection import Entry, Moment, Projection, project
from presage.projections.tables import Position
from presage.storage import journal, migrations, once, schema, snapshots, watermark
from presage.storage.codec import NO_HASH, Record, Unreadable, decode_command, encode_facts
from presage.storage.database import SQLITE_ERRORS, WATERMARK, check_promise, held, reading
from presage.storage.errors import JournalDamaged, StorageError

_PAGE: Final = 1_000


class Fault(msgspec.Struct, frozen=True):
    """Something that is not as it must be. `seq` is the first entry concerned, 0 if none is."""

    seq: int
    what: str


class Report(msgspec.Struct, frozen=True):
    """What was looked at, and the first fault (None: everything agrees).

    `digest` is the engine's after entry `seq`, `decided` counts the entries of the running rules,
    which were decided again; older ones were only folded.
    """

    seq: int
    digest: str
    decided: int
    snapshots: int
    rows: int
    fault: Fault | None


def verify(
    directory: Path, projections: Sequence[Projection], progress: Progress | None = None
) -> Report:
    """Check everything. Raises: DirectoryInUse."""
    check = _Check(projections)
    with held(directory) as path:
        try:
            check_promise(path, watermark.read(directory / WATERMARK))
            with reading(path) as connection, _kept_tables(directory) as kept:
                migrations.require_newest(connection)
                check.journal(connection, kept, progress)
                check.once(connection)
                check.kept_rows(connection)
        except JournalDamaged as damage:
            return check.report(Fault(damage.seq, str(damage)))
        except StorageError as error:
            return check.report(Fault(0, str(error)))
        except _Found as found:
            return check.report(found.fault)
        finally:
            check.close()
    return check.report(None)


class _Found(Exception):
    """Ends the check at the first fault."""

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(what)
        self.fault = Fault(seq, what)


class _Differs(Exception):
    """An entry decided again does not give what was journaled."""


class _Check:
    """Two engines (one decides, one folds) and a database with the tables made anew."""

    def __init__(self, projections: Sequence[Projection]) -> None:
        self._projections = projections
        self._decider, self._folder = Engine(), Engine()
        self._seq = self._decided = self._snapshots = self._rows = 0
        self._fresh = sqlite3.connect("", isolation_level=None)  # a temporary file
        self._fresh.execute("BEGIN")
        self._fresh.execute(str(CreateTable(schema.once).compile(dialect=sqlite.dialect())))
        tables.create(self._fresh, projections)
        self._unwritten: list[Moment] = []

    def close(self) -> None:
        self._fresh.close()

    def report(self, fault: Fault | None) -> Report:
        digest = self._folder.digest()
        return Report(self._seq, digest, self._decided, self._snapshots, self._rows, fault)

    def journal(
        self,
        connection: sqlite3.Connection,
        kept_tables: sqlite3.Connection | None,
        progress: Progress | None,
    ) -> None:
        """Chain, decisions, snapshots; fills the fresh tables on the way, and compares them at the
        entry that the kept ones have come to."""
        last = journal.last_seq(connection)
        at = kept_tables and _position(kept_tables, self._projections)
        kept = {one.seq: one for one in snapshots.newest_first(connection, RULES_VERSION)}
        if broken := snapshots.seqs(connection, RULES_VERSION) - kept.keys():
            raise _Found(min(broken), "the snapshot of this entry is damaged")
        for record in journal.read(connection, 0, last, NO_HASH):
            try:
                self._replay(record)
            except _Differs as error:
                raise _Found(record.seq, str(error)) from error
            except Exception as error:  # a rule that breaks down here is a fault like another
                raise _Found(record.seq, f"{type(error).__name__}: {error}") from error
            if snapshot := kept.get(record.seq):
                self._compare_snapshot(snapshot)
            if kept_tables and at == (record.seq, record.hash):
                self._compare_tables(kept_tables)
            if progress and record.seq % _PAGE == 0:
                progress("verifying", record.seq, last)
        if self._decider.digest() != self._folder.digest():
            raise _Found(last, "folding the facts gives another state than deciding did")
        try:
            invariants.check(self._folder.state)
        except AssertionError as error:
            raise _Found(last, str(error)) from error

    def once(self, connection: sqlite3.Connection) -> None:
        """Once keys, row by row against the fresh ones."""
        # What came after the newest snapshot is in the table only if an older version wrote it.
        saved = max(snapshots.seqs(connection, RULES_VERSION), default=0)
        query = "SELECT scope, key, seq FROM once WHERE (scope = 'move' OR scope LIKE 'order:%')"
        self._compare("once", connection, f"{query} AND seq <= {saved} ORDER BY scope, key")
        made = once.Keys(self._fresh)
        for scope, key, seq in connection.execute(f"{query} AND seq > {saved}"):
            if made.find((scope, key)) != seq:
                raise _Found(0, f"table once has {(scope, key, seq)}, the journal does not")

    def kept_rows(self, connection: sqlite3.Connection) -> None:
        """What people wrote, members, keys, the audit log: each row by its checksum."""
        self._rows += check_rows(connection)

    def _compare_tables(self, kept: sqlite3.Connection) -> None:
        self._write()
        check_file(kept, tables.FILE)
        for table in tables.tables_of(self._projections):
            self._compare_table(kept, table)

    def _replay(self, record: Record) -> None:
        entry = _entry(record)
        self._decide(record, entry)
        self._folder.apply(entry.facts, entry.seq, entry.at)
        self._note(entry)
        self._seq = entry.seq

    def _decide(self, record: Record, entry: Entry) -> None:
        if record.rules != RULES_VERSION:
            self._decider.apply(entry.facts, entry.seq, entry.at)
            return
        decision = self._decider.execute(entry.command, entry.seq, entry.at)
        if isinstance(decision, Reject):
            raise _Differs(f"decided again, it is refused: {decision.code.value}")
        if encode_facts(decision) != record.facts:
            raise _Differs("decided again, it gives other facts")
        self._decided += 1

    def _compare_snapshot(self, snapshot: snapshots.Snapshot) -> None:
        if Engine.load(snapshot.state).digest() != self._folder.digest():
            raise _Found(snapshot.seq, "the snapshot holds another state than the journal")
        self._snapshots += 1

    def _note(self, entry: Entry) -> None:
        self._unwritten.append(Moment(entry.at, entry.facts))
        if len(self._unwritten) >= _PAGE:
            self._write()
        key = once_key(entry.command)
        if key is not None:
            once.save(self._fresh, [(key, entry.seq)])

    def _write(self) -> None:
        project(self._fresh, self._projections, self._unwritten)
        self._unwritten = []

    def _compare_table(self, connection: sqlite3.Connection, table: Table) -> None:
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        order = ", ".join(f'"{column.name}"' for column in table.primary_key) or columns
        self._compare(
            table.name, connection, f'SELECT {columns} FROM "{table.name}" ORDER BY {order}'
        )

    def _compare(self, name: str, connection: sqlite3.Connection, query: str) -> None:
        kept, made = _rows(connection, query), _rows(self._fresh, query)
        for found, expected in zip_longest(kept, made):
            if found != expected:
                raise _Found(0, f"table {name} has {found}, the journal says {expected}")
            self._rows += 1


def _rows(connection: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    cursor = connection.execute(query)
    while page := cursor.fetchmany(_PAGE):
        yield from page


@contextmanager
def _kept_tables(directory: Path) -> Iterator[sqlite3.Connection | None]:
    """The tables of the projections, if there are any."""
    with tables.held(directory) as path:
        if not path.exists():
            yield None
            return
        with reading(path) as connection:
            yield connection


def _position(kept: sqlite3.Connection, projections: Sequence[Projection]) -> Position | None:
    """Up to where kept tables can be compared; what a start throws away is not looked at."""
    try:
        return tables.position(kept, projections)
    except SQLITE_ERRORS:
        return None


def _entry(record: Record) -> Entry:
    try:
        command = decode_command(record.command)
    except Unreadable as error:
        raise StorageError(f"entry {record.seq} was written by a newer version: {error}") from error
    return Entry(record.seq, record.at, command, tables.moment(record).facts)
