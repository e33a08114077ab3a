"""RFQs, quotes, block trades: computed from the journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _rfqs()
    _quotes()
    _quote_indexes()
    _block_trades()


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _rfqs() -> None:
    op.create_table(
        "rfqs",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        *_integers("account", "market", "contracts", "target_cost"),
        *_flags("excludes_fees", "rest_remainder"),
        *_text("status", "reason"),
        *_integers("created_at", "updated_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rfqs_by_account", "rfqs", ["account", "id"])
    op.create_index("rfqs_by_market", "rfqs", ["market", "id"])
    op.create_index("rfqs_by_status", "rfqs", ["status", "id"])
    op.create_index(
        "rfqs_closed",
        "rfqs",
        ["updated_at"],
        sqlite_where=sa.text("status = 'closed'"),
        postgresql_where=sa.text("status = 'closed'"),
    )


def _quotes() -> None:
    op.create_table(
        "quotes",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        *_integers("rfq", "account", "requester", "market"),
        sa.Column("yes_bid", sa.Integer(), nullable=False),
        sa.Column("no_bid", sa.Integer(), nullable=False),
        *_integers("yes_contracts", "no_contracts", "contracts", "target_cost"),
        *_flags("excludes_fees", "rest_remainder", "post_only"),
        *_text("status", "reason", "side"),
        *_integers("accepted", "accepted_at", "confirmed_at", "executed_at", "canceled_at"),
        *_integers("maker_order", "requester_order", "created_at", "updated_at"),
        sa.PrimaryKeyConstraint("id"),
    )


def _quote_indexes() -> None:
    op.create_index("quotes_by_rfq", "quotes", ["rfq", "id"])
    for role, column in (("maker", "account"), ("requester", "requester")):
        op.create_index(f"quotes_by_{role}", "quotes", [column, "id"])
        op.create_index(f"quotes_by_{role}_and_status", "quotes", [column, "status", "id"])
        op.create_index(f"quotes_by_{role}_and_change", "quotes", [column, "updated_at"])
    op.create_index(
        "quotes_cancelled",
        "quotes",
        ["updated_at"],
        sqlite_where=sa.text("status = 'cancelled'"),
        postgresql_where=sa.text("status = 'cancelled'"),
    )


def _block_trades() -> None:
    op.create_table(
        "block_trades",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        *_integers("proposer", "buyer", "seller", "market"),
        sa.Column("price", sa.Integer(), nullable=False),
        *_integers("count"),
        *_text("maker_side"),
        *_integers("expires_at"),
        *_text("status"),
        *_integers("buyer_accepted_at", "seller_accepted_at", "executed_at"),
        *_integers("buyer_order", "seller_order", "created_at", "updated_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    for role in ("proposer", "buyer", "seller"):
        op.create_index(f"block_trades_by_{role}", "block_trades", [role, "id"])
