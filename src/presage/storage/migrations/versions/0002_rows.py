"""What people write."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for step in (
        _announcements,
        _api_keys,
        _audit,
        _event_texts,
        _maintenance_windows,
        _market_texts,
        _members,
        _series_texts,
        _trading_sessions,
    ):
        step()


def _announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_key_pem", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("subaccount", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("api_keys_by_member", "api_keys", ["member", "created_at"], unique=False)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_by_subject", "audit", ["subject", "id"], unique=False)


def _event_texts() -> None:
    op.create_table(
        "event_texts",
        sa.Column("ticker", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sub_title", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("strike_at", sa.BigInteger(), nullable=True),
        sa.Column("strike_period", sa.Text(), nullable=True),
        sa.Column("settlement_sources", sa.Text(), nullable=False),
        sa.Column("product_metadata", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=False),
        sa.Column("featured_image_url", sa.Text(), nullable=False),
        sa.Column("competition", sa.Text(), nullable=True),
        sa.Column("competition_scope", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticker"),
    )


def _maintenance_windows() -> None:
    op.create_table(
        "maintenance_windows",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _market_texts() -> None:
    op.create_table(
        "market_texts",
        sa.Column("ticker", sa.Text(), nullable=False),
        sa.Column("market_type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subtitle", sa.Text(), nullable=False),
        sa.Column("yes_sub_title", sa.Text(), nullable=False),
        sa.Column("no_sub_title", sa.Text(), nullable=False),
        sa.Column("rules_primary", sa.Text(), nullable=False),
        sa.Column("rules_secondary", sa.Text(), nullable=False),
        sa.Column("early_close_condition", sa.Text(), nullable=True),
        sa.Column("strike_type", sa.Text(), nullable=True),
        sa.Column("floor_strike", sa.Text(), nullable=True),
        sa.Column("cap_strike", sa.Text(), nullable=True),
        sa.Column("functional_strike", sa.Text(), nullable=True),
        sa.Column("custom_strike", sa.Text(), nullable=True),
        sa.Column("expected_expiration_at", sa.BigInteger(), nullable=True),
        sa.Column("latest_expiration_at", sa.BigInteger(), nullable=True),
        sa.Column("occurrence_at", sa.BigInteger(), nullable=True),
        sa.Column("expiration_value", sa.Text(), nullable=False),
        sa.Column("primary_participant_key", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=False),
        sa.Column("color_code", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticker"),
    )


def _members() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("members_by_number", "members", ["number"], unique=True)


def _series_texts() -> None:
    op.create_table(
        "series_texts",
        sa.Column("ticker", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("contract_url", sa.Text(), nullable=False),
        sa.Column("contract_terms_url", sa.Text(), nullable=False),
        sa.Column("settlement_sources", sa.Text(), nullable=False),
        sa.Column("additional_prohibitions", sa.Text(), nullable=False),
        sa.Column("product_metadata", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticker"),
    )


def _trading_sessions() -> None:
    op.create_table(
        "trading_sessions",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Text(), nullable=False),
        sa.Column("closes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
