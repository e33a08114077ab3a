"""Rows that no journal repeats: what was changed behind our back is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, Text, create_engine, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from presage.storage import kept
from presage.storage.errors import RowDamaged
from presage.storage.schema import metadata

notes = kept.kept_table(
    "notes_of_a_test",
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("text", Text, nullable=True),
    Column("loud", Boolean, nullable=False),
    Column("place", Integer, nullable=False),
)
metadata.remove(notes)

FIRST = {"id": "a", "number": 1 << 62, "text": "ä", "loud": True, "place": -1}
SECOND = {"id": "b", "number": 0, "text": None, "loud": False, "place": 0}


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        notes.create(connection)
        for row in (FIRST, SECOND):
            kept.insert(connection, notes, row)
        yield connection
    engine.dispose()


def every(connection: Connection) -> list[dict[str, Any]]:
    return list(kept.read(connection, select(notes).order_by(notes.c.id), notes))


def test_what_was_written_is_read(connection: Connection) -> None:
    assert every(connection) == [FIRST, SECOND]
    assert kept.check(connection, notes) == 2


@pytest.mark.parametrize(
    "change",
    [
        "text = 'a'",
        "text = NULL",
        "number = number + 1",
        "loud = 0",
        "place = NULL",
        "id = 'c'",
        "checksum = x'00'",
        "text = 'b', checksum = (SELECT checksum FROM notes_of_a_test WHERE id = 'b')",
    ],
)
def test_a_row_changed_by_others_is_named(connection: Connection, change: str) -> None:
    connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'notes_of_a_test'"
    )
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
    connection.exec_driver_sql(f"UPDATE notes_of_a_test SET {change} WHERE id = 'a'")
    with pytest.raises(RowDamaged, match="notes_of_a_test"):
        kept.check(connection, notes)
    with pytest.raises(RowDamaged):
        every(connection)


def test_a_change_seals_the_row_anew(connection: Connection) -> None:
    assert kept.change(connection, notes, notes.c.loud, text="b", place=7) == 1
    assert kept.change(connection, notes, notes.c.id == "z", text="b") == 0
    assert every(connection) == [FIRST | {"text": "b", "place": 7}, SECOND]


def test_a_damaged_row_is_not_sealed_by_changing_it(connection: Connection) -> None:
    connection.exec_driver_sql("UPDATE notes_of_a_test SET place = 5 WHERE id = 'a'")
    with pytest.raises(RowDamaged, match="row a"):
        kept.change(connection, notes, notes.c.id == "a", text="b")


def test_a_row_is_replaced_whole_or_not_at_all(connection: Connection) -> None:
    assert kept.replace(connection, notes, SECOND | {"text": "new"})
    assert not kept.replace(connection, notes, SECOND | {"id": "z"})
    assert every(connection) == [FIRST, SECOND | {"text": "new"}]
    with pytest.raises(AssertionError, match="every column"):
        kept.replace(connection, notes, {"id": "b", "text": "only this"})


def test_a_row_moved_to_another_table_is_another(connection: Connection) -> None:
    assert kept.checksum("notes_of_a_test", FIRST) != kept.checksum("others", FIRST)


def test_checksums_never_change() -> None:
    """They are on disk: a row written by one version is read by the next."""
    assert kept.checksum("notes_of_a_test", FIRST).hex() == "7ce14c7d7876f71c56446c02d273cf69"


def test_other_databases_can_hold_them() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
    made = str(CreateTable(notes).compile(dialect=dialect))
    assert "checksum BYTEA NOT NULL" in made
