"""What every table is defined on, and the writer's own tables.

A module that keeps rows defines its tables on `metadata` beside the code that uses them, a
projection on `projected`. Types are those that SQLite and PostgreSQL mean alike: Integer,
BigInteger, Text, LargeBinary, Boolean.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text

_NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}
metadata: Final = MetaData(naming_convention=_NAMES)
"""The truth: exchange.db, whose form the migrations change."""
projected: Final = MetaData(naming_convention=_NAMES)
"""What is computed from it: projections.db, made anew when its form changes."""

BigKey: Final = BigInteger().with_variant(Integer(), "sqlite")
"""For a primary key of one 64-bit integer: only as INTEGER is it SQLite's own row id."""

journal: Final = Table(
    "journal",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=False),
    Column("entries", LargeBinary, nullable=False),
    Column("commits", BigInteger, nullable=False, server_default="0"),
)
"""One row a batch: its last entry's number, all of its entries as `codec.pack` leaves them, and how
many batches that makes (0: it is from before revision 0023)."""

commits: Final = Table(
    "commits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
"""One row: how many batches there were with the last one that wrote only rows. Shows its loss."""

once: Final = Table(
    "once",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

snapshots: Final = Table(
    "snapshots",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("rules", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("checksum", LargeBinary, nullable=False),
)

applied: Final = Table(
    "applied",
    projected,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("form", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""One row: which tables these are, and the entry that all of them have come to."""
