"""A checksum for every row that no journal repeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presage.storage.kept import checksum

revision = "0003"
down_revision = "0002"

TABLES = (
    "announcements",
    "api_keys",
    "event_texts",
    "maintenance_windows",
    "market_texts",
    "members",
    "series_texts",
    "trading_sessions",
)


def upgrade() -> None:
    for name in TABLES:
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("checksum", sa.LargeBinary(), nullable=True))
        _seal(name)
        with op.batch_alter_table(name) as table:
            table.alter_column("checksum", nullable=False)


def _seal(name: str) -> None:
    """As the rows are now: what they were before nobody can say."""
    connection = op.get_bind()
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    for row in connection.execute(sa.select(table)).mappings().all():
        whose = [column == row[column.name] for column in table.primary_key]
        sealed = table.update().where(*whose).values(checksum=checksum(name, dict(row)))
        connection.execute(sealed)
