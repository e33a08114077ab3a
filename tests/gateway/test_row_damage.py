"""What people wrote, members, keys and acts: a changed byte is found in every table of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, LargeBinary, Table, Text, select

from presage.app.demo.seed_world import write_world
from presage.gateway import open_exchange, verify
from presage.gateway.rows import KEPT
from presage.gateway.verify import Fault
from presage.identity.api_keys import Keys
from presage.identity.audit import audit
from presage.identity.members import Tiers
from presage.projections.catalogue import every_projection
from presage.storage import kept, schema
from presage.storage.errors import RowDamaged, StorageError
from tests.api.admin.world import World
from tests.gateway.kit import GENESIS
from tests.storage.test_migrations import import_tables

TABLES = [table.name for table in (*KEPT, audit)]


def fill(connection: Connection, table: Table) -> None:
    """Put a row into a table that the demo's world leaves empty; any row will do."""
    if connection.execute(select(table).limit(1)).first() is None:
        kept.insert(connection, table, {column.name: sample(column) for column in table.columns})


def sample(column: Column[Any]) -> object:
    """A value of a column's type."""
    if isinstance(column.type, LargeBinary):
        return b"bytes"
    return {str: "text", bool: False}.get(column.type.python_type, 1)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a row in every table."""
    directory = tmp_path_factory.mktemp("rows") / "data"
    world = World(directory)
    try:
        world.list_market("ROWS-1", close_time="2099-01-01T00:00:00Z")
    finally:
        world.close()
    exchange = open_exchange(directory, every_projection(), lambda: 0, GENESIS)
    with exchange.database.transaction():
        exchange.database.run_rows(partial(write_world, at=1_790_000_000_000_000))
        for table in KEPT:
            exchange.database.run_rows(partial(fill, table=table))
    exchange.database.close()
    return directory


@pytest.fixture
def connection(stopped: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A copy of its file, to be damaged."""
    for name in ("exchange.db", "watermark"):
        (tmp_path / name).write_bytes((stopped / name).read_bytes())
    connection = sqlite3.connect(tmp_path / "exchange.db")
    yield connection
    connection.close()


def fault(connection: sqlite3.Connection, directory: Path) -> Fault | None:
    connection.commit()
    connection.close()
    return verify(directory, every_projection()).fault


def test_undamaged_it_passes(connection: sqlite3.Connection, tmp_path: Path) -> None:
    for name in TABLES:
        (count,) = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
        assert count, name
    assert fault(connection, tmp_path) is None


def columns() -> list[tuple[str, str]]:
    tables: list[Table] = [*KEPT, audit]
    return [(table.name, column.name) for table in tables for column in table.columns]


@pytest.mark.parametrize(("table", "column"), columns())
def test_a_changed_value_is_found(
    connection: sqlite3.Connection, tmp_path: Path, table: str, column: str
) -> None:
    kind = schema.metadata.tables[table].columns[column].type
    other = {Text: "'other'", LargeBinary: "x'01'"}.get(type(kind), "77")
    connection.execute(f"UPDATE {table} SET {column} = {other} WHERE rowid = 1")
    found = fault(connection, tmp_path)
    assert found is not None
    assert table in found.what


@pytest.mark.parametrize(
    "index",
    ["members_by_number", "api_keys_by_member", "audit_by_subject", "sqlite_autoindex_members_1"],
)
def test_an_index_that_misses_a_row_is_found(
    connection: sqlite3.Connection, tmp_path: Path, index: str
) -> None:
    """Emptied as a damaged page would be: a lookup finds nothing, and nothing complains."""
    (root,) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = ?", (index,)
    ).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    path = tmp_path / "exchange.db"
    content = bytearray(path.read_bytes())
    page = (root - 1) * size
    content[page + 3 : page + 5] = bytes(2)  # the number of entries
    path.write_bytes(content)
    found = verify(tmp_path, every_projection()).fault
    assert found is not None


def test_a_start_refuses_damaged_members_and_keys(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    connection.execute("UPDATE api_keys SET scopes = 'read write more' WHERE rowid = 1")
    connection.execute("UPDATE members SET tier = 'prime' WHERE rowid = 1")
    connection.commit()
    exchange = open_exchange(tmp_path, every_projection(), lambda: 0, GENESIS)
    try:
        with pytest.raises(RowDamaged, match="members"):
            exchange.database.run_rows(Tiers().load)
        with pytest.raises(RowDamaged):
            exchange.database.run_rows(Keys().load)
    finally:
        exchange.database.close()


def test_a_key_whose_member_is_gone_is_damage(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    connection.execute("DELETE FROM members WHERE number = 2")
    connection.commit()
    exchange = open_exchange(tmp_path, every_projection(), lambda: 0, GENESIS)
    try:
        with pytest.raises(StorageError, match="number 2"):
            exchange.database.run_rows(Keys().load)
    finally:
        exchange.database.close()


def test_no_table_is_left_out() -> None:
    """Every table is computed from the journal, the writer's own, chained, or has checksums."""
    import_tables()
    computed = {table.name for one in every_projection() for table in one.tables}
    assert set(schema.projected.tables) == computed | {"applied"}
    own = {"journal", "commits", "once", "snapshots"}
    assert set(schema.metadata.tables) == own | set(TABLES)
