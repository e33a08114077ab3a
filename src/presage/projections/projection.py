"""What a projection is: it turns journal entries into row changes, and nothing else.

A projection only copies and adds numbers that facts carry. The writer applies it inside the
transaction that commits the entries, so a read after an acknowledged write always sees it; the same
object rebuilds its tables from the journal when they are missing or behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Protocol

import msgspec
from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

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


def moments(entries: Sequence[Entry]) -> list[Moment]:
    """The entries' facts, in order, put together where the time is the same."""
    return [
        Moment(at, tuple(fact for entry in same for fact in entry.facts))
        for at, same in groupby(entries, lambda entry: entry.at)
    ]


class Rows:
    """Row changes of a batch in the order in which they must happen."""

    __slots__ = ("_changes",)

    def __init__(self) -> None:
        self._changes: list[tuple[str, Row]] = []

    def add(self, statement: str, row: Row) -> None:
        """`statement` is SQL made by `render`; `row` its named parameters."""
        self._changes.append((statement, row))

    def flush(self, connection: sqlite3.Connection) -> None:
        """Write everything; neighbours of the same statement go in one `executemany`."""
        changes, self._changes = self._changes, []
        start = 0
        while start < len(changes):
            statement = changes[start][0]
            end = start
            while end < len(changes) and changes[end][0] is statement:
                end += 1
            connection.executemany(statement, [row for _, row in changes[start:end]])
            start = end


class Projection(Protocol):
    """One module's tables and how what happened changes them."""

    @property
    def name(self) -> str:
        """What its offset is kept under; never changes."""
        ...

    @property
    def tables(self) -> tuple[Table, ...]:
        """What it alone writes to."""
        ...

    def apply(self, moment: Moment, rows: Rows) -> None:
        """Add the row changes that the moment's facts mean."""
        ...


def render(statement: ClauseElement) -> str:
    """SQL with `:name` parameters, made once at import from SQLAlchemy Core.

    A constant in the statement would become a parameter that no row supplies: say
    `literal_column`. Raises: ValueError naming it.
    """
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    constants = [name for name, value in compiled.params.items() if value is not None]
    if constants:
        raise ValueError(f"constants {constants} in {compiled}")
    return str(compiled)
