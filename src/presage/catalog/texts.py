"""How texts are kept as rows: one table a noun, one struct a row, keyed by ticker.

Lists, objects and strikes are kept as JSON, all else as it is. Nothing here decides what a text may
say, or whether what it describes exists: that is the journal's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Text, select

from presage.storage import kept

T = TypeVar("T", bound=msgspec.Struct)

_PAGE: Final = 500
"""Tickers asked for in one statement: databases bound the number of parameters."""


class Source(msgspec.Struct, frozen=True):
    """Where an outcome is looked up."""

    name: str
    url: str


class Texts(Generic[T]):
    """One table of texts. `times` names the fields in microseconds, `documents` those in JSON.

    The struct has a field `ticker`, the key; fields whose default is None may be NULL.
    """

    def __init__(
        self, name: str, shape: type[T], times: frozenset[str], documents: frozenset[str]
    ) -> None:
        self._shape = shape
        self._documents = documents
        self.table = kept.kept_table(
            name, *(_column(field, times) for field in msgspec.structs.fields(shape))
        )

    def insert(self, connection: Connection, text: T) -> None:
        """Write a new text; its ticker must be new."""
        kept.insert(connection, self.table, self._row(text))

    def replace(self, connection: Connection, text: T) -> bool:
        """Write a text over the one with its ticker; False when there is none."""
        return kept.replace(connection, self.table, self._row(text))

    def find(self, connection: Connection, ticker: str) -> T | None:
        """The text of one ticker."""
        return self.find_many(connection, [ticker]).get(ticker)

    def find_many(self, connection: Connection, tickers: Sequence[str]) -> dict[str, T]:
        """Texts by ticker; tickers without a text are left out."""
        found: dict[str, T] = {}
        for start in range(0, len(tickers), _PAGE):
            page = self.table.c.ticker.in_(tickers[start : start + _PAGE])
            for row in kept.read(connection, select(self.table).where(page), self.table):
                found[row["ticker"]] = self._text(row)
        return found

    def updated(self, connection: Connection) -> dict[str, int]:
        """When each text was written last, by ticker, in microseconds."""
        query = select(self.table.c.ticker, self.table.c.updated_at)
        return {row.ticker: row.updated_at for row in connection.execute(query)}

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


def _column(field: msgspec.structs.FieldInfo, times: frozenset[str]) -> Column[Any]:
    kind = BigInteger if field.name in times else Text
    if field.name == "ticker":
        return Column(field.name, Text, primary_key=True)
    return Column(field.name, kind, nullable=field.default is None)
