"""What things are found by besides their key: words of a kind, in one table a noun.

A row says that a thing has a word; all words of a thing are written together with it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, ColumnElement, Connection, Index, Text, delete, select

from presage.storage import kept

Word = tuple[str, str]
"""(kind, word)."""


class Words:
    """One table."""

    def __init__(self, name: str) -> None:
        self.table = kept.kept_table(
            name,
            Column("kind", Text, primary_key=True),
            Column("word", Text, primary_key=True),
            Column("id", Text, primary_key=True),
        )
        Index(f"{name}_by_id", self.table.c.id)

    def put(self, connection: Connection, id: str, words: Iterable[Word]) -> None:
        """Write a thing's words over those it had."""
        connection.execute(delete(self.table).where(self.table.c.id == id))
        for kind, word in dict.fromkeys(words):
            kept.insert(connection, self.table, {"kind": kind, "word": word, "id": id})

    def having(self, column: Column[str], kind: str, *words: str) -> ColumnElement[bool]:
        """That the thing whose id is in `column` has one of the words."""
        t = self.table.c
        return column.in_(select(t.id).where(t.kind == kind, t.word.in_(words)))
