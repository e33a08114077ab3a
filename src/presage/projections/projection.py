"""What a projection is: it turns journal entries into row changes, and nothing else.

A projection only copies and adds numbers that facts carry. The writer applies it inside the
transaction that commits the entries, so a read after an acknowledged write always sees it; the same
object rebuilds its tables from the journal when they are missing or behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

import msgspec
from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from presage.domain.commands import Command
from presage.domain.facts import Fact
from presage.units import Micros

Row = dict[str, Any]


class Entry(msgspec.Struct, frozen=True):
    """A committed (or about to be committed) journal entry as projections and views see it."""

    seq: int
    at: Micros
    command: Command
    facts: Sequence[Fact]


class Moment(msgspec.Struct, frozen=True):
    """Everything that happened at one time. The entries of a batch share theirs, so what changes
    often (a balance, the best prices) is written once a batch."""

    at: Micros
    facts: Sequence[Fact]


def project(
    connection: sqlite3.Connection, projections: Sequence[Projection], entries: Sequence[Entry]
) -> None:
    """Write what the entries mean to each projection; the caller's transaction."""
    rows = Rows()
    together = [(moment, {type(fact) for fact in moment.facts}) for moment in moments(entries)]
    for projection in projections:
        handles = projection.handles
        for moment, kinds in together:
            if not handles.isdisjoint(kinds):
                wanted = [fact for fact in moment.facts if type(fact) in handles]
                projection.apply(Moment(moment.at, wanted), rows)
        rows.flush(connection)


def moments(entries: Sequence[Entry]) -> list[Moment]:
    """The entries' facts, in order, put together where the time is the same."""
    return [
        Moment(at, tuple(fact for entry in same for fact in entry.facts))
        for at, same in groupby(entries, lambda entry: entry.at)
    ]


class Statement:
    """SQL with `?` parameters, and how a row's values are put in their order."""

    __slots__ = ("sql", "values")

    def __init__(self, sql: str, names: Sequence[str]) -> None:
        self.sql = sql
        only = names[0]
        self.values: Callable[[Row], tuple[Any, ...]] = (
            itemgetter(*names) if len(names) > 1 else lambda row: (row[only],)
        )


class Rows:
    """Row changes of a batch in the order in which they must happen."""

    __slots__ = ("_changes",)

    def __init__(self) -> None:
        self._changes: list[tuple[Statement, tuple[Any, ...]]] = []

    def add(self, statement: Statement, row: Row) -> None:
        """`row` holds the statement's parameters by name, perhaps among others."""
        self._changes.append((statement, statement.values(row)))

    def flush(self, connection: sqlite3.Connection) -> None:
        """Write everything; neighbours of the same statement go in one `executemany`."""
        changes, self._changes = self._changes, []
        for statement, same in groupby(changes, itemgetter(0)):
            connection.executemany(statement.sql, [values for _, values in same])


class Projection(Protocol):
    """One module's tables and how what happened changes them."""

    @property
    def name(self) -> str:
        """What its offset is kept under; never changes."""
        ...

    @property
    def handles(self) -> frozenset[type]:
        """The kinds of facts it wants to see."""
        ...

    @property
    def tables(self) -> tuple[Table, ...]:
        """What it alone writes to."""
        ...

    def apply(self, moment: Moment, rows: Rows) -> None:
        """Add the row changes that the moment's facts mean; it holds only what is handled."""
        ...


def render(statement: ClauseElement) -> Statement:
    """SQLAlchemy Core as the writer's SQL, made once at import.

    A constant in the statement would become a parameter that no row supplies: say
    `literal_column`. Raises: ValueError naming it.
    """
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))
    assert isinstance(compiled, SQLCompiler)
    constants = [name for name, value in compiled.params.items() if value is not None]
    if constants:
        raise ValueError(f"constants {constants} in {compiled}")
    return Statement(str(compiled), compiled.positiontup or ())
