"""What a projection is: it turns journal entries into row changes, and nothing else.

A projection only copies and adds numbers that facts carry. The projector applies it to committed
entries, as many at once as are waiting: what changes often (a balance, the best prices) is written
once with its last value. However the entries are grouped, the tables end up the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
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


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A committed (or about to be committed) journal entry as views see it."""

    seq: int
    at: Micros
    command: Command
    facts: Sequence[Fact]


class Moment(msgspec.Struct, frozen=True, gc=False):
    """Facts that share their time: an entry's, or those of neighbours."""

    at: Micros
    facts: Sequence[Fact]


def project(
    connection: sqlite3.Connection,
    projections: Sequence[Projection],
    happened: Sequence[Entry | Moment],
) -> None:
    """Write what happened to the tables of each projection; the caller's transaction."""
    rows = Rows()
    for projection, moments in _sorted(projections, happened):
        projection.apply(moments, rows)
        rows.flush(connection)


def _sorted(
    projections: Sequence[Projection], happened: Sequence[Entry | Moment]
) -> list[tuple[Projection, list[Moment]]]:
    """For each projection the moments that have something for it, and only that."""
    wanting: dict[type, list[list[Fact]]] = {}
    now: list[list[Fact]] = [[] for _ in projections]
    for projection, facts in zip(projections, now, strict=True):
        for kind in projection.handles:
            wanting.setdefault(kind, []).append(facts)
    found: list[list[Moment]] = [[] for _ in projections]
    nobody: list[list[Fact]] = []
    for at, same in groupby(happened, attrgetter("at")):
        for one in same:
            for fact in one.facts:
                for facts in wanting.get(type(fact), nobody):
                    facts.append(fact)
        for moments, facts in zip(found, now, strict=True):
            if facts:
                moments.append(Moment(at, facts.copy()))
                facts.clear()
    return [(one, moments) for one, moments in zip(projections, found, strict=True) if moments]


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

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        """Add the row changes that the facts mean, in order; they are only of handled kinds."""
        ...


def render(statement: ClauseElement) -> Statement:
    """SQLAlchemy Core as the writer's SQL, made once at import.

    A constant in the statement would become a parameter that no row supplies: say
    `literal_column`. In an UPDATE, SQLAlchemy keeps the columns' names to itself: `its_x` stands
    for what a row has as `x`. Raises: ValueError naming it.
    """
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))
    assert isinstance(compiled, SQLCompiler)
    constants = [name for name, value in compiled.params.items() if value is not None]
    if constants:
        raise ValueError(f"constants {constants} in {compiled}")
    return Statement(str(compiled), [n.removeprefix("its_") for n in compiled.positiontup or ()])
