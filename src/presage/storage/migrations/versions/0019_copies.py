"""Who copies whose trades."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"


def upgrade() -> None:
    for step in (
        _copy_jobs,
        _copy_log,
        _copy_lots,
        _copy_relations,
    ):
        step()


def _copy_jobs() -> None:
    op.create_table(
        "copy_jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("leader", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("market", sa.BigInteger(), nullable=False),
        sa.Column("sign", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("copy_jobs_by_due_at", "copy_jobs", ["due_at", "trade"], unique=False)
    op.create_index("copy_jobs_by_leader", "copy_jobs", ["leader", "market"], unique=False)


def _copy_log() -> None:
    op.create_table(
        "copy_log",
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("copier", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("relation", "job"),
    )
    op.create_index("copy_log_by_at", "copy_log", ["at"], unique=False)
    op.create_index("copy_log_by_copier", "copy_log", ["copier", "at"], unique=False)


def _copy_lots() -> None:
    op.create_table(
        "copy_lots",
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("market", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sign", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("copier", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("realized", sa.BigInteger(), nullable=False),
        sa.Column("bought", sa.BigInteger(), nullable=False),
        sa.Column("buying", sa.BigInteger(), nullable=False),
        sa.Column("selling", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("relation", "market", "sign"),
    )
    op.create_index("copy_lots_by_copier", "copy_lots", ["copier", "market"], unique=False)
    op.create_index("copy_lots_by_account", "copy_lots", ["account", "market"], unique=False)


def _copy_relations() -> None:
    op.create_table(
        "copy_relations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("copier", sa.BigInteger(), nullable=False),
        sa.Column("leader", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("allocation", sa.BigInteger(), nullable=False),
        sa.Column("ratio", sa.Integer(), nullable=False),
        sa.Column("per_trade", sa.BigInteger(), nullable=False),
        sa.Column("slippage", sa.Integer(), nullable=False),
        sa.Column("sells", sa.Boolean(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("max_loss", sa.BigInteger(), nullable=False),
        sa.Column("copied", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("copy_relations_by_copier", "copy_relations", ["copier", "id"], unique=False)
    op.create_index(
        "copy_relations_by_leader", "copy_relations", ["leader", "status"], unique=False
    )
