"""A batch of entries counts itself: no second statement, and no second page, for each commit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    number = sa.Column("commits", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("journal", number)
