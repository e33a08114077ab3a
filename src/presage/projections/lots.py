"""What became of the contracts of an order: which are still held, and what the others have brought.

Lots are first in, first out, so a fill's contracts are a stretch of all that its party ever opened
in the market, and have been closed as far as the party has closed as many. `fills` keeps both
counts; here they are only compared. Reads the tables of orders, fills, positions and settlements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select, text

from presage.domain.ids import AccountId, Id, MarketId
from presage.projections.fills import IS_OPENING, fills
from presage.projections.newest import Place, between, newest
from presage.projections.orders import HAS_FILLS, OrderRow, orders
from presage.projections.positions import positions
from presage.projections.settlements import settlements
from presage.units import DOLLAR_PRICE, Count, Micros, Money

_AT_ONCE: Final = 500
"""Orders that one query asks about."""


class Outcome(msgspec.Struct, frozen=True):
    """Of one order with fills. `netted` of its contracts closed an opposite position, `delta` is
    the cash that it moved, `locked` the profit of what it closed itself.

    Of the contracts that it opened, `left` are held, which had cost `left_cost`; `gain` is the
    profit of the others. `closed_at` (0: not yet) is when the last of them was closed. Profits are
    before fees.
    """

    order: Id
    netted: Count
    delta: Money
    locked: Money
    left: Count
    left_cost: Money
    gain: Money
    closed_at: Micros
    last_fill: Micros


# What closing had brought when x contracts were closed, at the price of the fill that closed them.
_BROUGHT: Final = """COALESCE((
  SELECT g.received_to - (g.closed_to - {x})
         * CASE g.side WHEN 0 THEN {dollar} - g.price ELSE g.price END
  FROM fills g
  WHERE g.account = s.account AND g.market = s.market AND g.closed > 0 AND g.closed_to >= {x}
  ORDER BY g.closed_to LIMIT 1), 0)"""

_OUTCOMES: Final = text(
    f"""
WITH mine AS (
  SELECT f.*, f.opened_to - (f.count - f.closed) AS opened_from,
         CASE f.side WHEN 0 THEN f.price ELSE {DOLLAR_PRICE} - f.price END AS unit,
         COALESCE((SELECT g.closed_to FROM fills g
                   WHERE g.account = f.account AND g.market = f.market AND g.closed > 0
                   ORDER BY g.closed_to DESC LIMIT 1), 0) AS total
  FROM fills f WHERE f.account IN :accounts AND f.order_id IN :orders),
spans AS (
  SELECT mine.*,
         CASE WHEN total < opened_from THEN opened_from
              WHEN total > opened_to THEN opened_to ELSE total END AS sold_to
  FROM mine),
gains AS (
  SELECT s.*,
         CASE WHEN sold_to > opened_from
              THEN {_BROUGHT.format(x="s.sold_to", dollar=DOLLAR_PRICE)}
                   - {_BROUGHT.format(x="s.opened_from", dollar=DOLLAR_PRICE)}
                   - (sold_to - opened_from) * unit
              ELSE 0 END AS gain,
         CASE WHEN opened_to > opened_from AND sold_to = opened_to
              THEN (SELECT g.at FROM fills g
                    WHERE g.account = s.account AND g.market = s.market AND g.closed > 0
                      AND g.closed_to >= s.opened_to ORDER BY g.closed_to LIMIT 1)
              ELSE at END AS over_at
  FROM spans s)
SELECT order_id, SUM(closed), SUM(delta), SUM(realized), SUM(opened_to - sold_to),
       SUM((opened_to - sold_to) * unit), SUM(gain), MAX(over_at), MAX(at)
FROM gains GROUP BY order_id
"""
).bindparams(bindparam("accounts", expanding=True), bindparam("orders", expanding=True))


def outcomes(
    connection: Connection, accounts: Sequence[AccountId], wanted: Sequence[OrderRow]
) -> dict[Id, Outcome]:
    """What became of these orders, of those that have fills; settled and voided markets too."""
    found: dict[Id, Outcome] = {}
    ids = [row.id for row in wanted]
    for at in range(0, len(ids), _AT_ONCE):
        asked = {"accounts": list(accounts), "orders": ids[at : at + _AT_ONCE]}
        for row in connection.execute(_OUTCOMES, asked):
            id_, netted, delta, locked, left, left_cost, gain, over_at, last = map(int, row)
            over = 0 if left else over_at
            found[id_] = Outcome(id_, netted, delta, locked, left, left_cost, gain, over, last)
    paid = _settled(connection, wanted, found)
    for order in wanted:
        place = order.account, order.market
        if order.id in found and place in paid:
            found[order.id] = _paid(found[order.id], *paid[place])
    return found


def _settled(
    connection: Connection, wanted: Sequence[OrderRow], found: dict[Id, Outcome]
) -> dict[tuple[AccountId, MarketId], tuple[Any, ...]]:
    """(result, value, sign, at) where the account was paid out."""
    markets = {row.market for row in wanted if row.id in found}
    s = settlements.c
    query = select(s.account, s.market, s.result, s.value, s.position, s.at)
    query = query.where(s.market.in_(markets), s.account.in_({row.account for row in wanted}))
    return {(row[0], row[1]): tuple(row[2:]) for row in connection.execute(query)}


def _paid(found: Outcome, result: str, value: int, position: Count, at: Micros) -> Outcome:
    """A void gives back what was paid and earned: nothing was gained."""
    if result == "void":
        at = at if found.left else found.closed_at
        return msgspec.structs.replace(found, locked=0, gain=0, left=0, left_cost=0, closed_at=at)
    if not found.left:
        return found
    unit = value if position > 0 else DOLLAR_PRICE - value
    gain = found.gain + found.left * unit - found.left_cost
    return msgspec.structs.replace(found, gain=gain, left=0, left_cost=0, closed_at=at)


def page(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None = None,
    *,
    markets: Sequence[MarketId] | None = None,
    open_: bool | None = None,
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[OrderRow]:
    """Orders with fills, newest first: all, those that bought what is still held, or the others."""
    where: list[ColumnElement[bool]] = [HAS_FILLS, *between(orders.c.created_at, since, until)]
    if markets is not None:
        where.append(orders.c.market.in_(markets))
    if open_ is not None:
        held = and_(orders.c.action == "buy", orders.c.id.in_(_held(accounts)))
        where.append(held if open_ else ~held)
    return newest(connection, OrderRow, orders, ("created_at", "id"), accounts, where, limit, after)


def _held(accounts: Sequence[AccountId]) -> Any:
    """Orders of whose contracts some are held: their stretch ends behind what has been closed."""
    f, p = fills.c, positions.c
    last = fills.alias()
    closed = (
        select(last.c.closed_to)
        .where(last.c.account == p.account, last.c.market == p.market, last.c.closed > 0)
        .order_by(last.c.closed_to.desc())
        .limit(1)
        .correlate(positions)
        .scalar_subquery()
    )
    return (
        select(f.order_id)
        .select_from(positions)
        .join(fills, and_(f.account == p.account, f.market == p.market, IS_OPENING))
        .where(
            p.account.in_(accounts),
            p.settled.is_(False),
            p.position != 0,
            f.opened_to > func.coalesce(closed, 0),
        )
    )
