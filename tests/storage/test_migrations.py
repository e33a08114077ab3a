"""The revisions make exactly the tables that the code works with."""

from __future__ import annotations

import pkgutil
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import presage
from presage.domain.commands import OpenMember
from presage.domain.facts import MemberOpened
from presage.storage import journal, migrations
from presage.storage.codec import NO_HASH, decode_command, decode_facts
from presage.storage.database import Database
from presage.storage.errors import JournalDamaged, StorageError
from presage.storage.schema import metadata
from presage.storage.watermark import Mark

FLOORS_WITH_TABLES = ("catalog", "identity", "site", "projections", "storage", "feeds", "workers")


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


def with_unpacked_journal(directory: Path, entries: int) -> bytes:
    """A database of revision 0002, in which each entry has a row; returns the last hash."""
    database = Database(directory)
    with database.transaction() as raw:
        database.run_rows(partial(migrations._run, target="0002"))
        previous = NO_HASH
        for seq in range(1, entries + 1):
            command, fact = OpenMember(seq), MemberOpened(seq, "direct", 100)
            blobs = msgspec.msgpack.encode(command), msgspec.msgpack.encode([fact])
            body = [seq, 0, 1, seq * 10, 1, *blobs]
            digest = sha256(previous + msgspec.msgpack.encode(body)).digest()
            raw.execute(
                "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*body, previous, digest)
            )
            previous = digest
        journal.set_commits(raw, entries)
    database.watermark.write(Mark(entries, previous, entries))
    database.close()
    return previous


def test_an_older_journal_is_packed_as_it_is(tmp_path: Path) -> None:
    last = with_unpacked_journal(tmp_path, 1_203)
    database = Database(tmp_path)  # keeps the watermark's promise in the old form too
    migrations.upgrade(database)
    records = list(journal.read(database.raw, 0, 1_203, NO_HASH))
    assert [record.seq for record in records] == list(range(1, 1_204))
    assert records[-1].hash == journal.hash_at(database.raw, 1_203) == last
    assert (records[41].at, records[41].rules) == (420, 1)
    assert decode_command(records[41].command) == OpenMember(42)
    assert decode_facts(records[41].facts) == [MemberOpened(42, "direct", 100)]
    assert database.raw.execute("SELECT count(*) FROM journal").fetchone() == (3,)
    database.close()


def test_an_older_journal_without_its_end_is_refused(tmp_path: Path) -> None:
    with_unpacked_journal(tmp_path, 9)
    database = Database(tmp_path)
    database.raw.execute("DELETE FROM journal WHERE seq > 6")
    database.close()
    with pytest.raises(StorageError, match="the last entry is 6, but entry 9 was acknowledged"):
        Database(tmp_path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("DELETE FROM journal WHERE seq = 5", "seq 5: the entry is missing"),
        ("UPDATE journal SET at = 1 WHERE seq = 5", "seq 5: its bytes do not have its hash"),
        ("UPDATE journal SET previous = x'00' WHERE seq = 5", "seq 5: it does not continue"),
    ],
)
def test_damage_is_not_packed(tmp_path: Path, damage: str, message: str) -> None:
    with_unpacked_journal(tmp_path, 9)
    database = Database(tmp_path)
    database.raw.execute(damage)
    with pytest.raises(JournalDamaged, match=message):
        migrations.upgrade(database)
    assert not journal.is_packed(database.raw)
    database.close()
