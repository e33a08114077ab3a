"""What is computed from the journal has moved to projections.db, which is made from the journal."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

GONE = (
    "accounts",
    "event_fee_changes",
    "events",
    "exchange_status",
    "fills",
    "markets",
    "order_groups",
    "orders",
    "positions",
    "projection_offsets",
    "quote_candles",
    "series",
    "series_fee_changes",
    "settlements",
    "trade_candles",
    "trades",
    "transfers",
)


def upgrade() -> None:
    for table in GONE:
        op.drop_table(table)
