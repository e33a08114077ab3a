"""One process, one connection that writes; row writes cannot end the writer's transaction."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import text

from presage.storage import watermark
from presage.storage.database import Database, open_read_only, sqlite_caution
from presage.storage.errors import (
    DirectoryInUse,
    JournalLostItsEnd,
    StorageError,
    WatermarkDamaged,
)
from presage.storage.migrations import upgrade
from presage.storage.watermark import Mark
from tests.storage.test_journal import chain, sealed, write


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path)
    database.raw.execute("CREATE TABLE notes (text TEXT)")
    yield database
    database.close()


def notes(database: Database) -> list[str]:
    return [text for (text,) in database.raw.execute("SELECT text FROM notes")]


def test_how_the_file_is_written(database: Database) -> None:
    def setting(name: str) -> object:
        return database.raw.execute(f"PRAGMA {name}").fetchone()[0]

    assert setting("journal_mode") == "wal"
    assert setting("synchronous") == 2  # FULL
    assert setting("wal_autocheckpoint") == 0
    assert setting("foreign_keys") == 1
    assert setting("mmap_size") == 0


def test_a_second_process_is_refused(database: Database, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from presage.storage.database import Database\n"
        "Database(Path(sys.argv[1]))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
        check=False,
    )
    assert other.returncode != 0
    assert "DirectoryInUse" in other.stderr


def test_the_same_process_is_refused_too_until_it_lets_go(tmp_path: Path) -> None:
    first = Database(tmp_path)
    with pytest.raises(DirectoryInUse, match="in use"):
        Database(tmp_path)
    first.close()
    Database(tmp_path).close()


def test_rows_see_and_share_the_open_transaction(database: Database) -> None:
    def write(connection: sqlalchemy.Connection) -> int:
        connection.execute(text("INSERT INTO notes VALUES ('b')"))
        return len(connection.execute(text("SELECT * FROM notes")).all())

    database.raw.execute("BEGIN")
    database.raw.execute("INSERT INTO notes VALUES ('a')")
    assert database.run_rows(write) == 2
    database.raw.execute("ROLLBACK")
    assert notes(database) == []


def test_rows_cannot_commit(database: Database) -> None:
    def write(connection: sqlalchemy.Connection) -> None:
        connection.execute(text("INSERT INTO notes VALUES ('b')"))
        connection.commit()

    database.raw.execute("BEGIN")
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="row writes may not"):
        database.run_rows(write)
    assert database.raw.in_transaction
    database.raw.execute("ROLLBACK")
    assert notes(database) == []


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO notes VALUES ('a')")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert notes(database) == []
    assert not database.raw.in_transaction


def test_a_lost_end_is_refused_and_the_evidence_kept(tmp_path: Path) -> None:
    database = Database(tmp_path)
    upgrade(database)
    with database.transaction() as connection:
        write(connection, sealed(3), [1, 2])
    database.watermark.write(Mark(5, chain(5)[-1].hash, 2))
    wal = (tmp_path / "exchange.db-wal").read_bytes()
    files = {name: (tmp_path / name).read_bytes() for name in ("exchange.db", "watermark")}
    database.close()
    for name, content in {**files, "exchange.db-wal": wal}.items():
        (tmp_path / name).write_bytes(content)
    for _ in range(2):
        with pytest.raises(JournalLostItsEnd, match="last entry is 3, but entry 5"):
            Database(tmp_path)
    assert (tmp_path / "exchange.db-wal").read_bytes() == wal
    assert {name: (tmp_path / name).read_bytes() for name in files} == files


def test_a_file_without_its_watermark_is_refused(tmp_path: Path) -> None:
    Database(tmp_path).close()
    (tmp_path / "watermark").unlink()
    with pytest.raises(WatermarkDamaged, match="missing"):
        Database(tmp_path)


def test_a_watermark_without_its_file_is_refused(tmp_path: Path) -> None:
    watermark.create(tmp_path / "watermark", Mark(5, bytes(32), 2))
    with pytest.raises(JournalLostItsEnd, match=r"exchange\.db is missing"):
        Database(tmp_path)
    assert not (tmp_path / "exchange.db").exists()


def test_something_else_is_refused(tmp_path: Path) -> None:
    watermark.create(tmp_path / "watermark")
    (tmp_path / "exchange.db").write_bytes(b"a photograph " * 1000)
    with pytest.raises(StorageError, match="not a database"):
        Database(tmp_path)


def test_read_only_connections_cannot_write(database: Database) -> None:
    reader = open_read_only(database.path)
    for statement in ("INSERT INTO notes VALUES ('x')", "DELETE FROM notes"):
        with pytest.raises(Exception, match="readonly"):
            reader.execute(statement)
    reader.close()


def test_the_log_is_long_only_past_its_limit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not database.log_is_long()
    monkeypatch.setattr("presage.storage.database.WAL_LIMIT", 1_000)
    monkeypatch.setattr(database, "_wal_checkpoint_at", 1_000)
    assert database.log_is_long()
    database.checkpoint()
    assert not database.log_is_long(), "what a checkpoint could not shorten is not tried again"


def test_an_old_sqlite_is_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 51, 2))
    assert "older than 3.51.3" in (sqlite_caution() or "")
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 51, 3))
    assert sqlite_caution() is None
