"""Deposits, withdrawals, play money; the audit log says from where."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0016"

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for step in (
        _audit,
        _deposits,
        _fund_orders,
        _withdrawals,
    ):
        step()


def _audit() -> None:
    op.add_column("audit", sa.Column("host", sa.Text(), server_default="", nullable=False))
    op.add_column("audit", sa.Column("request", sa.Text(), server_default="", nullable=False))
    op.create_index("audit_by_action", "audit", ["action", "id"], unique=False)
    op.create_index("audit_by_actor", "audit", ["actor", "id"], unique=False)


def _deposits() -> None:
    op.create_table(
        "deposits",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("deposits_by_expiry", "deposits", ["status", "expires_at"], unique=False)
    op.create_index("deposits_by_member", "deposits", ["member", "id"], unique=False)
    op.create_index("deposits_by_status", "deposits", ["status", "id"], unique=False)


def _fund_orders() -> None:
    op.create_table(
        "fund_orders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=False),
        sa.Column("audit", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("fund_orders_by_once", "fund_orders", ["once"], unique=False)
    op.create_index("fund_orders_by_status", "fund_orders", ["status", "id"], unique=False)


def _withdrawals() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("approver", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("withdrawals_by_member", "withdrawals", ["member", "id"], unique=False)
    op.create_index("withdrawals_by_payee", "withdrawals", ["member", "payee"], unique=False)
    op.create_index("withdrawals_by_status", "withdrawals", ["status", "id"], unique=False)
