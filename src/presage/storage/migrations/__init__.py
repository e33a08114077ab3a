"""Brings the tables of an exchange.db to the form that this version works with.

Each step is a numbered Alembic revision in `versions/`. Only the process that holds the data
directory runs them, at start, in one transaction: a start that is killed halfway changed nothing.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Final

import sqlalchemy

from presage.storage.database import Database
from presage.storage.errors import StorageError

_FOLDER: Final = Path(__file__).parent
_NAMES: Final = re.compile(r'^(down_)?revision = "(\w+)"$', re.MULTILINE)


def upgrade(database: Database) -> None:
    """Run the revisions that the file has not seen."""
    if is_newest(database.raw):
        return  # Alembic alone takes longer to import than everything else at a start
    with database.transaction():
        database.run_rows(_run)


def is_newest(connection: sqlite3.Connection) -> bool:
    """Does the file have the form that this version works with?"""
    return _revision(connection) == newest()


def require_newest(connection: sqlite3.Connection) -> None:
    """For those who only read. Raises: StorageError when the file has another form."""
    if not is_newest(connection):
        raise StorageError("exchange.db is of another version: start the exchange on it once")


def newest() -> str:
    """The revision that no other follows; they need not be numbered in the order they came in."""
    numbers, followed = set[str](), set[str]()
    for path in (_FOLDER / "versions").glob("[0-9]*.py"):
        for follows, number in _NAMES.findall(path.read_text(encoding="utf-8")):
            (followed if follows else numbers).add(number)
    (last,) = numbers - followed
    return last


def _revision(connection: sqlite3.Connection) -> str | None:
    known = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    ).fetchone()
    if not known:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row[0] if row else None


def _run(connection: sqlalchemy.Connection, target: str = "head") -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    connection.begin()  # tells Alembic that the transaction is not its own to end
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, target)
    except CommandError as error:
        raise StorageError(f"exchange.db is not of this or an older version: {error}") from error
