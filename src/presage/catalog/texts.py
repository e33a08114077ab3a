"""How texts are kept as rows: one table a noun, one struct a row, keyed by ticker or by id.

Lists, objects and strikes are kept as JSON, all else as it is. Nothing here decides what a text may
say, or whether what it describes exists: that is the journal's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Select, Text, bindparam, delete, select

from presage.storage import kept

T = TypeVar("T", bound=msgspec.Struct)

_PAGE: Final = 500
"""Tickers asked for in one statement: databases bound the number of parameters."""


class Source(msgspec.Struct, frozen=True):
    """Where an outcome is looked up."""

    name: str
    url: str


class Texts(Generic[T]):
    """One table of texts. `times` names the fields that are whole numbers, in microseconds or
    else, `documents` those in JSON, `key` the one that is the key.

    Fields whose default is None may be NULL.
    """

    def __init__(
        self,
        name: str,
        shape: type[T],
        times: frozenset[str],
        documents: frozenset[str],
        key: str = "ticker",
    ) -> None:
        self._shape = shape
        self._documents = documents
        self.table = kept.kept_table(
            name, *(_column(field, times, key) for field in msgspec.structs.fields(shape))
        )
        self._key = self.table.c[key]
        self._of_keys = select(self.table).where(self._key.in_(bindparam("keys", expanding=True)))

    def insert(self, connection: Connection, text: T) -> None:
        """Write a new text; its key must be new."""
        kept.insert(connection, self.table, self._row(text))

    def replace(self, connection: Connection, text: T) -> bool:
        """Write a text over the one with its key; False when there is none."""
        return kept.replace(connection, self.table, self._row(text))

    def put(self, connection: Connection, text: T) -> bool:
        """Write a text, over the one with its key if there is one; whether it is new."""
        if self.replace(connection, text):
            return False
        self.insert(connection, text)
        return True

    def remove(self, connection: Connection, key: str) -> bool:
        """Erase a text; False when there is none."""
        return connection.execute(delete(self.table).where(self._key == key)).rowcount > 0

    def find(self, connection: Connection, key: str) -> T | None:
        """The text of one key."""
        return self.find_many(connection, [key]).get(key)

    def find_many(self, connection: Connection, keys: Sequence[str]) -> dict[str, T]:
        """Texts by key; keys without a text are left out."""
        found: dict[str, T] = {}
        for start in range(0, len(keys), _PAGE):
            page = {"keys": keys[start : start + _PAGE]}
            for row in kept.read(connection, self._of_keys, self.table, page):
                found[row[self._key.name]] = self._text(row)
        return found

    def read(self, connection: Connection, query: Select[Any]) -> list[T]:
        """The texts that a query over the whole table finds, in its order."""
        return [self._text(row) for row in kept.read(connection, query, self.table)]

    def updated(self, connection: Connection) -> dict[str, int]:
        """When each text was written last, by key, in microseconds."""
        query = select(self._key, self.table.c.updated_at)
        return {row[0]: row[1] for row in connection.execute(query)}

    def _row(self, text: T) -> dict[str, Any]:
        row = {name: getattr(text, name) for name in text.__struct_fields__}
        for name in self._documents:
            if row[name] is not None:
                row[name] = msgspec.json.encode(row[name]).decode()
        return row

    def _text(self, row: Mapping[Any, Any]) -> T:
        values = {name: row[name] for name in self._shape.__struct_fields__}
        for name in self._documents:
            if values[name] is not None:
                values[name] = msgspec.json.decode(values[name])
        return msgspec.convert(values, self._shape)


def _column(field: msgspec.structs.FieldInfo, times: frozenset[str], key: str) -> Column[Any]:
    kind = BigInteger if field.name in times else Text
    if field.name == key:
        return Column(field.name, Text, primary_key=True)
    return Column(field.name, kind, nullable=field.default is None)
