"""Every fill and payout of an account, oldest first, a page at a time: what a statement lists.

A page is found by its place in the index, so a long history costs no more than a short one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, select, tuple_

from presage.domain.ids import AccountId, Id, MarketId
from presage.domain.orders import Side
from presage.projections.fills import fills
from presage.projections.newest import Place, between
from presage.projections.orders import orders
from presage.projections.settlements import SettlementRow, settlements
from presage.units import Count, Micros, Money, Price

START: Place = (-1, -1)


class Line(msgspec.Struct, frozen=True):
    """A fill as its party sees it; `price` in YES terms."""

    at: Micros
    trade: Id
    account: AccountId
    market: MarketId
    order_id: Id
    is_taker: bool
    side: Side
    price: Price
    count: Count
    fee: Money
    closed: Count
    delta: Money
    realized: Money
    position: Count
    cash: Money
    action: str
    outcome: str
    tif: str
    client_order_id: str
    source: str


def lines(
    connection: Connection,
    account: AccountId,
    limit: int,
    after: Place,
    *,
    markets: Sequence[MarketId] | None = None,
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[Line]:
    """Fills behind a (time, trade), oldest first."""
    f, o = fills.c, orders.c
    named = (f[name] for name in Line.__struct_fields__[:15])
    query = select(*named, o.action, o.outcome, o.tif, o.client_order_id, o.source).join_from(
        fills, orders, o.id == f.order_id
    )
    where: list[ColumnElement[bool]] = [f.account == account, tuple_(f.at, f.trade) > after]
    where += between(f.at, since, until)
    if markets is not None:
        where.append(f.market.in_(markets))
    query = query.where(*where).order_by(f.at, f.trade).limit(limit)
    found: Iterable[Any] = connection.execute(query)
    return [Line(*row) for row in found]


def payouts(
    connection: Connection,
    account: AccountId,
    limit: int,
    after: Place,
    *,
    markets: Sequence[MarketId] | None = None,
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[SettlementRow]:
    """Payouts behind a (time, market), oldest first."""
    s = settlements.c
    query = select(*(s[name] for name in SettlementRow.__struct_fields__))
    where: list[ColumnElement[bool]] = [s.account == account, tuple_(s.at, s.market) > after]
    where += between(s.at, since, until)
    if markets is not None:
        where.append(s.market.in_(markets))
    query = query.where(*where).order_by(s.at, s.market).limit(limit)
    return [SettlementRow(*row) for row in connection.execute(query)]
