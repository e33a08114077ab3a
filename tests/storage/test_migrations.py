"""The revisions make exactly the tables that the code works with."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import presage
from presage.storage import migrations
from presage.storage.database import Database
from presage.storage.errors import StorageError
from presage.storage.schema import metadata

FLOORS_WITH_TABLES = ("catalog", "identity", "projections", "storage", "feeds", "workers")


def import_tables() -> None:
    """Every module that defines tables adds them to the one MetaData when it is imported."""
    for floor in FLOORS_WITH_TABLES:
        for found in pkgutil.walk_packages(presage.__path__, "presage."):
            if found.name.startswith(f"presage.{floor}.") and ".migrations." not in found.name:
                import_module(found.name)


def made_by_metadata(directory: Path) -> dict[str, str]:
    engine = sqlalchemy.create_engine(f"sqlite:///{directory / 'fresh.db'}")
    metadata.create_all(engine)
    with engine.connect() as connection:
        found = statements(connection)
    engine.dispose()
    return found


def statements(connection: sqlalchemy.Connection) -> dict[str, str]:
    """What SQLite keeps of each table and index, with spaces and a renaming's quotes evened out."""
    query = (
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'"
    )
    rows = connection.exec_driver_sql(query)
    return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}


def test_migrated_tables_are_those_of_the_code(tmp_path: Path) -> None:
    import_tables()
    database = Database(tmp_path)
    migrations.upgrade(database)
    assert database.run_rows(statements) == made_by_metadata(tmp_path)
    differences = database.run_rows(
        lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
    )
    assert differences == []
    database.close()


def test_a_file_at_the_newest_revision_is_not_touched(tmp_path: Path) -> None:
    database = Database(tmp_path)
    migrations.upgrade(database)
    revision = database.raw.execute("SELECT version_num FROM alembic_version").fetchall()
    assert revision == [(migrations.newest(),)]
    changes = database.raw.total_changes
    migrations.upgrade(database)
    assert database.raw.total_changes == changes
    database.close()


def test_an_upgrade_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = migrations._run

    def fail_at_the_end(connection: sqlalchemy.Connection) -> None:
        run(connection)
        raise LookupError

    database = Database(tmp_path)
    monkeypatch.setattr(migrations, "_run", fail_at_the_end)
    with pytest.raises(LookupError):
        migrations.upgrade(database)
    assert database.raw.execute("SELECT name FROM sqlite_master").fetchall() == []
    monkeypatch.undo()
    migrations.upgrade(database)
    assert database.raw.execute("SELECT count(*) FROM journal").fetchone() == (0,)
    database.close()


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    database = Database(tmp_path)
    migrations.upgrade(database)
    database.raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="not of this or an older version"):
        migrations.upgrade(database)
    database.close()
