"""Everything that is kept of one member, for the member: rows and trades.

A table of rows belongs to whoever its owner's column names; a test sees to it that every table of
`rows.KEPT` has such a column or is listed as nobody's. It reads pages by key, so that no read lasts
long. Secrets, digests and what operators noted stay here.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, LargeBinary, Table, and_, select, tuple_

from presage.domain.ids import MemberId, account_id
from presage.gateway.rows import KEPT
from presage.projections.fills import fills
from presage.projections.orders import orders
from presage.projections.positions import positions
from presage.projections.settlements import settlements
from presage.site.challenges import challenges
from presage.storage import kept

PAGE: Final = 500
OWNERS: Final = (
    "member",
    "owner",
    "author",
    "creator",
    "follower",
    "copier",
    "reporter",
    "referrer",
    "account",
)
"""What the column of a row's owner may be called."""
SECRET: Final = frozenset({"one_time", "passwords", "replies", "totp"})
"""Tables about members that tell them nothing."""
IMPERSONAL: Final = frozenset(
    {
        "announcements",
        "categories",
        "clarifications",
        "copy_jobs",
        "event_live_data",
        "event_sponsors",
        "event_texts",
        "fund_orders",
        "house_lines",
        "incentive_programs",
        "incentive_scores",
        "live_data",
        "mails",
        "maintenance_windows",
        "market_texts",
        "members",
        "milestone_words",
        "milestones",
        "multivariate_collection_words",
        "multivariate_collections",
        "news_cache",
        "old_slugs",
        "reopenings",
        "resolutions",
        "rounds",
        "series_texts",
        "settings",
        "shard_texts",
        "site_events",
        "sponsors",
        "sport_filters",
        "structured_target_words",
        "structured_targets",
        "tournaments",
        "trading_sessions",
        "weather_cities",
        "weather_points",
        "webhook_rounds",
        "worker_offsets",
    }
)
"""Tables that are about no member, or repeat what `profiles` says."""
SEALED: Final = frozenset({("trade_notes", "body")})
"""Bytes that are the member's own words; whoever hands them out can read them."""
_HIDDEN: Final = frozenset({"notes", "actor", "approver", "decided_by", kept.CHECKSUM})
_ACCOUNTS: Final = 64
"""Subaccounts 0 to 63."""

Keyset = tuple[Any, ...]


class Source(NamedTuple):
    """A table, the column that says whose a row is, the columns it is read by, and how what is
    found is called; empty: as the table."""

    table: Table
    owner: Column[Any]
    key: tuple[Column[Any], ...]
    called: str = ""

    @property
    def name(self) -> str:
        return self.called or self.table.name


def sources() -> list[Source]:
    """All that has something about a member, in the order of their names."""
    found = [
        Source(table, table.c[owner_of(table)], tuple(table.primary_key))
        for table in sorted(KEPT, key=lambda table: table.name)
        if owner_of(table) and table.name not in SECRET | IMPERSONAL
    ]
    return [
        *found,
        # a challenge has two parties
        Source(challenges, challenges.c.opponent, (challenges.c.id,), "challenges_accepted"),
        Source(fills, fills.c.account, (fills.c.at, fills.c.trade)),
        Source(orders, orders.c.account, (orders.c.created_at, orders.c.id)),
        Source(positions, positions.c.account, (positions.c.market,)),
        Source(settlements, settlements.c.account, (settlements.c.at, settlements.c.market)),
    ]


def owner_of(table: Table) -> str:
    """The name of the column that says whose a row is, or ""."""
    return next((name for name in OWNERS if name in table.c), "")


def page(
    connection: Connection, source: Source, member: MemberId, after: Keyset | None
) -> tuple[list[dict[str, Any]], Keyset | None]:
    """Up to PAGE rows behind `after`, and where the next page begins; None: there is none."""
    owner = source.owner
    whose: ColumnElement[bool]
    columns = (owner, *(column for column in source.key if column is not owner))
    if owner.name == "account":
        whose = owner.between(account_id(member), account_id(member, _ACCOUNTS - 1, _ACCOUNTS - 1))
    else:
        whose = owner == member
    if after is not None:
        whose = and_(whose, tuple_(*columns) > tuple_(*after))
    query = select(source.table).where(whose).order_by(*columns).limit(PAGE)
    rows: list[dict[str, Any]]
    if source.table in KEPT:
        rows = list(kept.read(connection, query, source.table))
    else:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    last = tuple(rows[-1][column.name] for column in columns) if len(rows) == PAGE else None
    return [_told(source.table, row) for row in rows], last


def _told(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {
        column.name: row[column.name]
        for column in table.columns
        if column.name not in _HIDDEN
        and ((table.name, column.name) in SEALED or not isinstance(column.type, LargeBinary))
    }
