"""A member's positions across markets as the site lists them, and what a day has brought.

Reads the tables of positions, orders, fills and settlements; what a contract is worth now is the
asker's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    select,
)

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
    query = _page(held, markets is not None, before is not None)
    asked = {"accounts": accounts, "markets": markets, "before": before, "most": limit}
    return [PositionRow(*row) for row in connection.execute(query, asked)]


def totals(connection: Connection, accounts: Sequence[AccountId]) -> Totals:
    """Sums over all positions."""
    asked = {"accounts": accounts}
    realized, fees = connection.execute(_SUMS, asked).one()
    resting = connection.execute(_OPEN_ORDERS, asked).scalar_one()
    return Totals(int(realized), int(fees), int(resting))


def promised(
    connection: Connection, accounts: Sequence[AccountId]
) -> dict[tuple[MarketId, Side], Count]:
    """Contracts that rest in orders, by market and side."""
    found = connection.execute(_PROMISED, {"accounts": accounts})
    return {(row[0], row[1]): int(row[2]) for row in found}


def since(connection: Connection, accounts: Sequence[AccountId], at: Micros) -> dict[MarketId, Day]:
    """What trading and settlement have done since a moment, market by market."""
    asked = {"accounts": accounts, "since": at}
    days: dict[MarketId, Day] = {}
    for market, flow, before in connection.execute(_TRADED, asked):
        days[market] = Day(int(flow), int(before))
    for market, revenue, position in connection.execute(_PAID, asked):
        known = days.get(market, Day(0, position))
        days[market] = Day(known.flow + revenue, known.before)
    return days


# Made once: whoever looks at a portfolio asks all of them, and making them costs more than asking.
_ACCOUNTS: Final[BindParameter[Any]] = bindparam("accounts", expanding=True)
_SINCE: Final[BindParameter[Any]] = bindparam("since")


@cache
def _page(held: bool | None, markets: bool, before: bool) -> Select[Any]:
    p = positions.c
    where: list[ColumnElement[bool]] = [p.account.in_(_ACCOUNTS)]
    if held is not None:
        where.append(p.position != 0 if held else p.position == 0)
    if held:
        where.append(p.settled.is_(False))
    if markets:
        where.append(p.market.in_(bindparam("markets", expanding=True)))
    if before:
        where.append(p.market < bindparam("before"))
    query = select(*columns(PositionRow, positions)).where(*where)
    return query.order_by(p.market.desc()).limit(bindparam("most"))


def _sums() -> Select[Any]:
    p = positions.c
    sums = select(func.coalesce(func.sum(p.realized), 0), func.coalesce(func.sum(p.fees), 0))
    return sums.where(p.account.in_(_ACCOUNTS))


def _open_orders() -> Select[Any]:
    o = orders.c
    return select(func.count()).where(o.account.in_(_ACCOUNTS), IS_RESTING, o.tif == GTC)


def _promised() -> Select[Any]:
    o = orders.c
    query = select(o.market, o.side, func.sum(o.remaining))
    return query.where(o.account.in_(_ACCOUNTS), IS_RESTING).group_by(o.market, o.side)


def _traded() -> Select[Any]:
    # The oldest fill since then has the smallest (at, trade): what was held before it is its
    # position without it.
    f = fills.c
    signed = case((f.side == BID, f.count), else_=-f.count)
    recent = select(
        f.market,
        f.delta,
        (f.position - signed).label("before"),
        func.row_number().over(partition_by=f.market, order_by=(f.at, f.trade)).label("place"),
    ).where(f.account.in_(_ACCOUNTS), f.at >= _SINCE)
    t: Any = recent.subquery().c
    before = func.max(case((t.place == 1, t.before), else_=None))
    return select(t.market, func.sum(t.delta), before).group_by(t.market)


def _paid() -> Select[Any]:
    s = settlements.c
    return select(s.market, s.revenue, s.position).where(s.account.in_(_ACCOUNTS), s.at >= _SINCE)


_SUMS: Final = _sums()
_OPEN_ORDERS: Final = _open_orders()
_PROMISED: Final = _promised()
_TRADED: Final = _traded()
_PAID: Final = _paid()
