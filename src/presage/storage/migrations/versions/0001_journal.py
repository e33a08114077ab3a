"""The journal and the projections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for step in (
        _accounts,
        _commits,
        _event_fee_changes,
        _events,
        _exchange_status,
        _fills,
        _journal,
        _markets,
        _once,
        _order_groups,
        _orders,
        _positions,
        _projection_offsets,
        _quote_candles,
        _series,
        _series_fee_changes,
        _settlements,
        _snapshots,
        _trade_candles,
        _trades,
        _transfers,
    ):
        step()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("cash", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("netting", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )


def _commits() -> None:
    op.create_table(
        "commits",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _event_fee_changes() -> None:
    op.create_table(
        "event_fee_changes",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("fee_type", sa.Text(), nullable=False),
        sa.Column("multiplier", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "event_fee_changes_by_subject", "event_fee_changes", ["subject", "id"], unique=False
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("series", sa.BigInteger(), nullable=False),
        sa.Column("ticker", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("netting", sa.Text(), nullable=False),
        sa.Column("fee_type", sa.Text(), nullable=False),
        sa.Column("multiplier", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticker", name=op.f("uq_events_ticker")),
    )


def _exchange_status() -> None:
    op.create_table(
        "exchange_status",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("exchange", sa.Boolean(), nullable=False),
        sa.Column("trading", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _fills() -> None:
    op.create_table(
        "fills",
        sa.Column("trade", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("is_taker", sa.Boolean(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("is_block", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("trade", "account"),
        sqlite_with_rowid=False,
    )
    op.create_index("fills_by_account", "fills", ["account", "at", "trade"], unique=False)
    op.create_index("fills_by_market", "fills", ["account", "market", "at", "trade"], unique=False)
    op.create_index("fills_by_order", "fills", ["account", "order_id", "at", "trade"], unique=False)


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("command", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )


def _markets() -> None:
    op.create_table(
        "markets",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("ticker", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("open_at", sa.BigInteger(), nullable=False),
        sa.Column("close_at", sa.BigInteger(), nullable=False),
        sa.Column("structure", sa.Text(), nullable=False),
        sa.Column("timer", sa.BigInteger(), nullable=False),
        sa.Column("can_close_early", sa.Boolean(), nullable=False),
        sa.Column("fee_waiver_until", sa.BigInteger(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("bid", sa.Integer(), nullable=False),
        sa.Column("bid_size", sa.BigInteger(), nullable=False),
        sa.Column("ask", sa.Integer(), nullable=False),
        sa.Column("ask_size", sa.BigInteger(), nullable=False),
        sa.Column("last_price", sa.Integer(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("open_interest", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticker", name=op.f("uq_markets_ticker")),
    )


def _once() -> None:
    op.create_table(
        "once",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key"),
        sqlite_with_rowid=False,
    )


def _order_groups() -> None:
    op.create_table(
        "order_groups",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("contracts_limit", sa.BigInteger(), nullable=False),
        sa.Column("triggered", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("order_groups_by_account", "order_groups", ["account", "id"], unique=False)


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("filled", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tif", sa.Text(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("post_only", sa.Boolean(), nullable=False),
        sa.Column("reduce_only", sa.Boolean(), nullable=False),
        sa.Column("stp", sa.Text(), nullable=False),
        sa.Column("cancel_on_pause", sa.Boolean(), nullable=False),
        sa.Column("order_group", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("taker_cost", sa.BigInteger(), nullable=False),
        sa.Column("maker_cost", sa.BigInteger(), nullable=False),
        sa.Column("taker_fees", sa.BigInteger(), nullable=False),
        sa.Column("maker_fees", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("orders_by_account", "orders", ["account", "created_at", "id"], unique=False)
    op.create_index(
        "orders_by_group",
        "orders",
        ["order_group", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'resting' AND order_group != 0"),
        postgresql_where=sa.text("status = 'resting' AND order_group != 0"),
    )
    op.create_index(
        "orders_by_market", "orders", ["account", "market", "created_at", "id"], unique=False
    )
    op.create_index(
        "orders_resting",
        "orders",
        ["account", "status", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'resting'"),
        postgresql_where=sa.text("status = 'resting'"),
    )


def _positions() -> None:
    op.create_table(
        "positions",
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("market", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("realized", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("traded", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "market"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "positions_open",
        "positions",
        ["account", "market"],
        unique=False,
        sqlite_where=sa.text("settled = 0"),
        postgresql_where=sa.text("settled = 0"),
    )
    op.create_index(
        "positions_open_by_market",
        "positions",
        ["market"],
        unique=False,
        sqlite_where=sa.text("settled = 0"),
        postgresql_where=sa.text("settled = 0"),
    )


def _projection_offsets() -> None:
    op.create_table(
        "projection_offsets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("applied_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _quote_candles() -> None:
    op.create_table(
        "quote_candles",
        sa.Column("market", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ends_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bid_low", sa.Integer(), nullable=False),
        sa.Column("bid_high", sa.Integer(), nullable=False),
        sa.Column("bid_close", sa.Integer(), nullable=False),
        sa.Column("ask_low", sa.Integer(), nullable=False),
        sa.Column("ask_high", sa.Integer(), nullable=False),
        sa.Column("ask_close", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("market", "period", "ends_at"),
        sqlite_with_rowid=False,
    )


def _series() -> None:
    op.create_table(
        "series",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("ticker", sa.Text(), nullable=False),
        sa.Column("fee_type", sa.Text(), nullable=False),
        sa.Column("multiplier", sa.Integer(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticker", name=op.f("uq_series_ticker")),
    )


def _series_fee_changes() -> None:
    op.create_table(
        "series_fee_changes",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("fee_type", sa.Text(), nullable=False),
        sa.Column("multiplier", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "series_fee_changes_by_subject", "series_fee_changes", ["subject", "id"], unique=False
    )


def _settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("market", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("revenue", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("realized", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("market", "account"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "settlements_by_account", "settlements", ["account", "at", "market"], unique=False
    )


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("seq", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )


def _trade_candles() -> None:
    op.create_table(
        "trade_candles",
        sa.Column("market", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ends_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("close", sa.Integer(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("turnover", sa.BigInteger(), nullable=False),
        sa.Column("open_interest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("market", "period", "ends_at"),
        sqlite_with_rowid=False,
    )


def _trades() -> None:
    op.create_table(
        "trades",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("market", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("block", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "trades_blocks",
        "trades",
        ["at", "id"],
        unique=False,
        sqlite_where=sa.text("block IS 1"),
        postgresql_where=sa.text("block IS 1"),
    )
    op.create_index("trades_by_market", "trades", ["market", "at", "id"], unique=False)
    op.create_index("trades_by_time", "trades", ["at", "id"], unique=False)


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "kind", "at", "id"),
        sqlite_with_rowid=False,
    )
