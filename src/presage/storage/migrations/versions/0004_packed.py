"""The journal keeps a batch in a row instead of an entry: old entries are packed as they are, with
the bytes that were hashed, so that the chain, the snapshots and the watermark stand."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from alembic import op

from presage.storage.codec import NO_HASH, Sealed, pack
from presage.storage.errors import JournalDamaged

revision = "0004"
down_revision = "0003"

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PAGE = 500
OLD = sa.text(
    "SELECT seq, shard, epoch, at, rules, command, facts, previous, hash "
    "FROM unpacked WHERE seq > :after ORDER BY seq LIMIT :page"
)
NEW = sa.text("INSERT INTO journal (seq, entries) VALUES (:seq, :entries)")


def upgrade() -> None:
    op.rename_table("journal", "unpacked")
    op.create_table(
        "journal",
        sa.Column("seq", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    _pack(op.get_bind())
    op.drop_table("unpacked")


def _pack(connection: sa.Connection) -> None:
    after, previous = 0, NO_HASH
    while rows := connection.execute(OLD, {"after": after, "page": PAGE}).fetchall():
        begun = previous
        entries = []
        for seq, *middle, chained, digest in rows:
            entry = Sealed(msgspec.msgpack.encode((seq, *middle)), digest)
            if seq != after + 1:
                raise JournalDamaged(after + 1, "the entry is missing")
            if chained != previous:
                raise JournalDamaged(seq, "it does not continue the entry before it")
            if not entry.continues(previous):
                raise JournalDamaged(seq, "its bytes do not have its hash")
            entries.append(entry)
            after, previous = seq, digest
        connection.execute(NEW, {"seq": after, "entries": pack(begun, entries)})
