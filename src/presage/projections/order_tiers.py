"""Live and historical orders: an order is historical when it ended before the cutoff.

Lists are by age, the tiers by end. So most live orders were placed after the cutoff, and the few
that were placed before it and ended later, or rest, are looked up by how long they lived: no page
reads through what is on the other side.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, literal_column

from presage.domain.ids import AccountId, MarketId
from presage.projections.newest import Place
from presage.projections.orders import HAS_ENDED, LIVES, RESTING, OrderRow, orders, page
from presage.units import Micros


def live(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None = None,
    *,
    cutoff: Micros,
    markets: Sequence[MarketId] | None = None,
    status: str = "",
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[OrderRow]:
    """Orders that rest or ended at the cutoff or later, newest first; times are those of
    placement."""
    newer = page(
        connection,
        accounts,
        limit,
        after,
        markets=markets,
        status=status,
        since=cutoff if since is None else max(since, cutoff),
        until=until,
    )
    if len(newer) == limit or not cutoff:
        return newer
    until = cutoff - 1 if until is None else min(until, cutoff - 1)
    also = _of(markets)
    older: list[OrderRow] = []
    if status in ("", RESTING):
        older += page(
            connection, accounts, limit, after, status=RESTING, since=since, until=until, also=also
        )
    for lived, is_of_class in LIVES if status != RESTING else ():
        begin = cutoff - lived if since is None else max(since, cutoff - lived)
        if begin > until:
            continue
        older += page(
            connection,
            accounts,
            limit,
            after,
            status=status,
            since=begin,
            until=until,
            also=[is_of_class, orders.c.updated_at >= cutoff, *also],
        )
    older.sort(key=lambda row: (row.created_at, row.id), reverse=True)
    return (newer + older)[:limit]


def historical(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None = None,
    *,
    cutoff: Micros,
    markets: Sequence[MarketId] | None = None,
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[OrderRow]:
    """Orders that ended before the cutoff, newest first."""
    return page(
        connection,
        accounts,
        limit,
        after,
        markets=markets,
        since=since,
        until=cutoff - 1 if until is None else min(until, cutoff - 1),
        also=[HAS_ENDED, orders.c.updated_at < cutoff],
    )


def _of(markets: Sequence[MarketId] | None) -> list[ColumnElement[bool]]:
    """In these markets, in a form that does not tempt the database to read all that ever happened
    there."""
    return [] if markets is None else [(orders.c.market + literal_column("0")).in_(markets)]
