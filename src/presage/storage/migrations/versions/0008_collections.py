"""Which markets may be combined into combos."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "multivariate_collections",
        sa.Column("ticker", sa.Text(), nullable=False),
        sa.Column("series_ticker", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("functional_description", sa.Text(), nullable=False),
        sa.Column("open_at", sa.BigInteger(), nullable=False),
        sa.Column("close_at", sa.BigInteger(), nullable=False),
        sa.Column("associated_events", sa.Text(), nullable=False),
        sa.Column("is_ordered", sa.Text(), nullable=False),
        sa.Column("size_min", sa.BigInteger(), nullable=False),
        sa.Column("size_max", sa.BigInteger(), nullable=False),
        sa.Column("timer", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ticker"),
    )
    op.create_table(
        "multivariate_collection_words",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "word", "id"),
    )
    op.create_index("multivariate_collection_words_by_id", "multivariate_collection_words", ["id"])
