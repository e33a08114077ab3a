"""Rows that are the truth: no journal repeats them, so each carries a checksum of what it says.

Their tables are made, written and read by the functions here and by nothing else: whoever writes a
row seals it, whoever reads one finds out whether it still is what was written. SQLite would hand
out a flipped bit in a text as if somebody had typed it. Nothing here repairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import blake2b
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    LargeBinary,
    Select,
    Table,
    Update,
    bindparam,
    select,
)

from presage.storage.errors import RowDamaged
from presage.storage.schema import metadata

CHECKSUM: Final = "checksum"
_BYTES: Final = 16

Row = dict[str, Any]

_encode = msgspec.msgpack.Encoder().encode


def kept_table(name: str, *columns: Column[Any]) -> Table:
    """A table of such rows: these columns, and the checksum."""
    return Table(name, metadata, *columns, Column(CHECKSUM, LargeBinary, nullable=False))


def checksum(table: str, row: Mapping[str, Any]) -> bytes:
    """Of all that a row says, whatever the order of its columns. Stored: it must never change."""
    values = [row[name] for name in sorted(row) if name != CHECKSUM]
    return blake2b(_encode((str(table), values)), digest_size=_BYTES).digest()


def insert(connection: Connection, table: Table, row: Row) -> None:
    """Write a new row; it names every column."""
    connection.execute(_insertion(table), _sealed(table, row))


def replace(connection: Connection, table: Table, row: Row) -> bool:
    """Write a row over the one with its primary key; False when there is none."""
    keys = {f"old_{column.name}": row[column.name] for column in table.primary_key}
    return connection.execute(_replacement(table), _sealed(table, row) | keys).rowcount > 0


def change(connection: Connection, table: Table, where: ColumnElement[bool], **values: Any) -> int:
    """Give some columns of some rows other values; how many rows there were. Raises: RowDamaged."""
    rows = list(read(connection, select(table).where(where), table))
    for row in rows:
        replace(connection, table, row | values)
    return len(rows)


def read(
    connection: Connection, query: Select[Any], table: Table, asked: Mapping[str, Any] | None = None
) -> Iterator[Row]:
    """The rows, without their checksum, that a query over all columns finds; `asked` are the values
    of its parameters. Raises: RowDamaged."""
    for found in connection.execute(query, asked).mappings():
        row = dict(found)
        seal = row.pop(CHECKSUM)
        if seal != checksum(table.name, row):
            raise RowDamaged(table.name, _name(table, row))
        yield row


def with_value(connection: Connection, table: Table, name: str, value: object) -> Iterator[Row]:
    """The rows whose column `name` has this value. Raises: RowDamaged."""
    return read(connection, _by_value(table, name), table, {"value": value})


def check(connection: Connection, table: Table) -> int:
    """Look at every row of a table; how many there are. Raises: RowDamaged."""
    return sum(1 for _ in read(connection, select(table), table))


def _sealed(table: Table, row: Row) -> Row:
    assert row.keys() | {CHECKSUM} == set(table.columns.keys()), "a row names every column"
    return row | {CHECKSUM: checksum(table.name, row)}


# Made once for each table: SQLAlchemy takes longer over a statement than SQLite over a row.
@cache
def _insertion(table: Table) -> Insert:
    return sqlalchemy.insert(table)


@cache
def _by_value(table: Table, name: str) -> Select[Any]:
    return select(table).where(table.c[name] == bindparam("value"))


@cache
def _replacement(table: Table) -> Update:
    keys = [column == bindparam(f"old_{column.name}") for column in table.primary_key]
    return sqlalchemy.update(table).where(*keys)


def _name(table: Table, row: Row) -> str:
    return "/".join(str(row[column.name]) for column in table.primary_key)
