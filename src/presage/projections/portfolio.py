"""A member's positions across markets as the site lists them, and what a day has brought.

Reads the tables of positions, orders, fills and settlements; what a contract is worth now is the
asker's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, case, func, select

from presage.domain.ids import AccountId, MarketId
from presage.domain.orders import BID, GTC, Side
from presage.projections.fills import fills
from presage.projections.newest import columns
from presage.projections.orders import IS_RESTING, orders
from presage.projections.positions import PositionRow, positions
from presage.projections.settlements import settlements
from presage.units import Count, Micros, Money


class Totals(msgspec.Struct, frozen=True):
    """Over all positions that there ever were. Profits are before fees."""

    realized: Money
    fees: Money
    open_orders: int


class Day(msgspec.Struct, frozen=True):
    """What one market has done to an account since a moment: `flow` is the cash it brought,
    `before` the position as it was then (+ YES, - NO)."""

    flow: Money
    before: Count


def page(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    before: MarketId | None = None,
    *,
    held: bool | None = None,
    markets: Sequence[MarketId] | None = None,
) -> list[PositionRow]:
    """Positions, newest market first: those that are held, those that are over, or all."""
    p = positions.c
    where: list[ColumnElement[bool]] = [p.account.in_(accounts)]
    if held is not None:
        where.append(p.position != 0 if held else p.position == 0)
    if held:
        where.append(p.settled.is_(False))
    if markets is not None:
        where.append(p.market.in_(markets))
    if before is not None:
        where.append(p.market < before)
    query = select(*columns(PositionRow, positions)).where(*where)
    query = query.order_by(p.market.desc()).limit(limit)
    return [PositionRow(*row) for row in connection.execute(query)]


def totals(connection: Connection, accounts: Sequence[AccountId]) -> Totals:
    """Sums over all positions."""
    p, o = positions.c, orders.c
    sums = select(func.coalesce(func.sum(p.realized), 0), func.coalesce(func.sum(p.fees), 0))
    realized, fees = connection.execute(sums.where(p.account.in_(accounts))).one()
    resting = select(func.count()).where(o.account.in_(accounts), IS_RESTING, o.tif == GTC)
    return Totals(int(realized), int(fees), int(connection.execute(resting).scalar_one()))


def promised(
    connection: Connection, accounts: Sequence[AccountId]
) -> dict[tuple[MarketId, Side], Count]:
    """Contracts that rest in orders, by market and side."""
    o = orders.c
    query = select(o.market, o.side, func.sum(o.remaining)).where(o.account.in_(accounts))
    found = connection.execute(query.where(IS_RESTING).group_by(o.market, o.side))
    return {(row[0], row[1]): int(row[2]) for row in found}


def since(connection: Connection, accounts: Sequence[AccountId], at: Micros) -> dict[MarketId, Day]:
    """What trading and settlement have done since a moment, market by market."""
    f, s = fills.c, settlements.c
    days: dict[MarketId, Day] = {}
    # The oldest fill since then has the smallest (at, trade): what was held before it is its
    # position without it.
    signed = case((f.side == BID, f.count), else_=-f.count)
    recent = select(
        f.market,
        f.delta,
        (f.position - signed).label("before"),
        func.row_number().over(partition_by=f.market, order_by=(f.at, f.trade)).label("place"),
    ).where(f.account.in_(accounts), f.at >= at)
    table = recent.subquery()
    t: Any = table.c
    query = select(
        t.market, func.sum(t.delta), func.max(case((t.place == 1, t.before), else_=None))
    ).group_by(t.market)
    for market, flow, before in connection.execute(query):
        days[market] = Day(int(flow), int(before))
    paid = select(s.market, s.revenue, s.position).where(s.account.in_(accounts), s.at >= at)
    for market, revenue, position in connection.execute(paid):
        known = days.get(market, Day(0, position))
        days[market] = Day(known.flow + revenue, known.before)
    return days
