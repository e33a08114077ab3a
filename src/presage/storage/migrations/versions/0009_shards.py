"""Shards in words, and how members want their money shared out between them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0012"


def upgrade() -> None:
    for step in (_shard_texts, _target_allocations):
        step()


def _shard_texts() -> None:
    op.create_table(
        "shard_texts",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shard"),
    )


def _target_allocations() -> None:
    op.create_table(
        "target_allocations",
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("percents", sa.Text(), nullable=False),
        sa.Column("reservation", sa.Text(), nullable=False),
        sa.Column("sweeps", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("member"),
    )
