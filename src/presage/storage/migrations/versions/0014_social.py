"""People and what they say: posts, comments, likes, follows, blocks, watchlists, reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    for step in (
        _blocks,
        _comments,
        _follows,
        _likes,
        _moderation_actions,
        _posts,
        _reports,
        _watchlist,
    ):
        step()


def _blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("blocked", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("member", "blocked"),
    )
    op.create_index("blocks_by_blocked", "blocks", ["blocked"], unique=False)


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("below", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("comments_by_author", "comments", ["author", "id"], unique=False)
    op.create_index("comments_by_post", "comments", ["post", "path"], unique=False)
    op.create_index("comments_by_root", "comments", ["post", "root", "path"], unique=False)


def _follows() -> None:
    op.create_table(
        "follows",
        sa.Column("follower", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("followed", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("follower", "followed"),
    )
    op.create_index("follows_by_at", "follows", ["at"], unique=False)
    op.create_index("follows_by_followed", "follows", ["followed"], unique=False)


def _likes() -> None:
    op.create_table(
        "likes",
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("liked", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("post", "member"),
    )
    op.create_index("likes_by_at", "likes", ["at"], unique=False)
    op.create_index("likes_by_member", "likes", ["member"], unique=False)


def _moderation_actions() -> None:
    op.create_table(
        "moderation_actions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("audit", sa.BigInteger(), nullable=False),
        sa.Column("appealed_at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("moderation_by_member", "moderation_actions", ["member", "id"], unique=False)


def _posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("pinned", sa.Integer(), nullable=False),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("heat", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("posts_by_author", "posts", ["author", "id"], unique=False)
    op.create_index("posts_by_event", "posts", ["event", "pinned", "id"], unique=False)
    op.create_index("posts_by_heat", "posts", ["event", "pinned", "heat", "id"], unique=False)


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("reporter", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("appeal_of", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reports_by_reporter", "reports", ["reporter", "id"], unique=False)
    op.create_index(
        "reports_by_status", "reports", ["status", "target_type", "target"], unique=False
    )
    op.create_index(
        "reports_once", "reports", ["target_type", "target", "reporter", "appeal_of"], unique=True
    )


def _watchlist() -> None:
    op.create_table(
        "watchlist",
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("option", sa.BigInteger(), nullable=False),
        sa.Column("above", sa.Integer(), nullable=False),
        sa.Column("below", sa.Integer(), nullable=False),
        sa.Column("told_above", sa.Integer(), nullable=False),
        sa.Column("told_below", sa.Integer(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("member", "event"),
    )
    op.create_index("watchlist_by_event", "watchlist", ["event", "reminded"], unique=False)
    op.create_index("watchlist_by_member", "watchlist", ["member", "at", "event"], unique=False)
    op.create_index("watchlist_by_option", "watchlist", ["option"], unique=False)
