"""Every trade as each of its two parties sees it: what an account bought, at which price and fee.

One row per party per trade. The words the trader used (buy or sell, yes or no) stay with the order.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Table,
    bindparam,
    func,
    insert,
    literal_column,
    select,
)

from presage.domain.facts import Leg, Traded
from presage.domain.ids import AccountId, Id, MarketId
from presage.domain.orders import Side
from presage.projections.newest import Place, between, newest
from presage.projections.orders import orders
from presage.projections.projection import Moment, Row, Rows, render
from presage.projections.trades import trades
from presage.storage.schema import projected
from presage.units import Count, Micros, Money, Price

fills = Table(
    "fills",
    projected,
    Column("trade", BigInteger, primary_key=True, autoincrement=False),
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("is_taker", Boolean, nullable=False),
    Column("side", Integer, nullable=False),
    Column("price", Integer, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("fee", BigInteger, nullable=False),
    Column("is_block", Boolean, nullable=False),
    # What it did to the party's position and cash, and how far the party has come in the market:
    # contracts ever opened and closed, and what closing has brought. Lots are first in, first out,
    # so these say which contracts of which fill are still held (`lots.py`).
    Column("closed", BigInteger, nullable=False),
    Column("delta", BigInteger, nullable=False),
    Column("realized", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("cash", BigInteger, nullable=False),
    Column("opened_to", BigInteger, nullable=False),
    Column("closed_to", BigInteger, nullable=False),
    Column("received_to", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("fills_by_account", fills.c.account, fills.c.at, fills.c.trade)
Index("fills_by_market", fills.c.account, fills.c.market, fills.c.at, fills.c.trade)
Index("fills_by_order", fills.c.account, fills.c.order_id, fills.c.at, fills.c.trade)
IS_OPENING = fills.c.count > fills.c.closed
IS_CLOSING = fills.c.closed > literal_column("0")
for _name, _column, _where in (
    ("fills_opening", fills.c.opened_to, IS_OPENING),
    ("fills_closing", fills.c.closed_to, IS_CLOSING),
):
    Index(
        _name,
        fills.c.account,
        fills.c.market,
        _column,
        sqlite_where=_where,
        postgresql_where=_where,
    )


def _so_far(name: str) -> ColumnElement[int]:
    """What the party's last closing fill before this one in the market had come to."""
    before = fills.alias()
    query = (
        select(before.c[name])
        .where(
            before.c.account == bindparam("whose"),
            before.c.market == bindparam("where"),
            before.c.closed > literal_column("0"),
        )
        .order_by(before.c.closed_to.desc())
        .suffix_with("LIMIT 1")
    )
    return func.coalesce(query.scalar_subquery(), literal_column("0"))


_INSERT = render(
    insert(fills).values(
        {one.name: bindparam(f"its_{one.name}") for one in fills.columns}
        | {
            "opened_to": _so_far("closed_to") + bindparam("its_opened_to"),
            "closed_to": _so_far("closed_to") + bindparam("its_closed"),
            "received_to": _so_far("received_to") + bindparam("its_received_to"),
        }
    )
)
_TOLD = (
    select(fills, orders.c.action, orders.c.outcome, orders.c.client_order_id)
    .join(orders, orders.c.id == fills.c.order_id)
    .subquery()
)


class FillRow(msgspec.Struct, frozen=True):
    """One party's side of a trade; `side` is the party's, `price` in YES terms, `fee` net."""

    account: AccountId
    at: Micros
    trade: Id
    market: MarketId
    order_id: Id
    is_taker: bool
    side: Side
    price: Price
    count: Count
    fee: Money
    is_block: bool
    action: str
    outcome: str
    client_order_id: str


class Fills:
    """Writes the table."""

    name = "fills"
    tables = (fills,)
    handles = frozenset({Traded})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                if isinstance(fact, Traded):
                    rows.add(_INSERT, _row(fact, fact.taker, True, fact.side, moment.at))
                    rows.add(_INSERT, _row(fact, fact.maker, False, 1 - fact.side, moment.at))


def _row(fact: Traded, leg: Leg, is_taker: bool, side: Side, at: Micros) -> Row:
    return {
        "account": leg.account,
        "at": at,
        "trade": fact.trade,
        "market": fact.market,
        "order_id": leg.order,
        "is_taker": is_taker,
        "side": side,
        "price": fact.price,
        "count": fact.count,
        "fee": leg.fee,
        "is_block": fact.block,
        "closed": leg.closed,
        "delta": leg.received - leg.paid - leg.fee,
        "realized": leg.realized,
        "position": leg.position,
        "cash": leg.cash,
        # What is added to how far the party had come.
        "opened_to": leg.closed + abs(leg.position),
        "received_to": leg.received,
        "whose": leg.account,
        "where": fact.market,
    }


def page(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None = None,
    *,
    market: MarketId | None = None,
    order: Id | None = None,
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[FillRow]:
    """Fills of these accounts, newest first."""
    where: list[ColumnElement[bool]] = between(_TOLD.c.at, since, until)
    if market is not None:
        where.append(_TOLD.c.market == market)
    if order is not None:
        where.append(_TOLD.c.order_id == order)
    return newest(connection, FillRow, _TOLD, ("at", "trade"), accounts, where, limit, after)


class CashRow(msgspec.Struct, frozen=True):
    """What a trade did to a party's cash, and what it was then. `fee` is within `delta`."""

    account: AccountId
    at: Micros
    trade: Id
    delta: Money
    fee: Money
    cash: Money


def cash_page(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None,
    *,
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[CashRow]:
    """The same fills as changes of cash, newest first."""
    where = between(fills.c.at, since, until)
    return newest(connection, CashRow, fills, ("at", "trade"), accounts, where, limit, after)


def volume(connection: Connection, accounts: Sequence[AccountId], since: Micros) -> Count:
    """Contracts that these accounts traded since a time."""
    query = select(func.coalesce(func.sum(fills.c.count), 0)).where(
        fills.c.account.in_(accounts), fills.c.at >= since
    )
    return int(connection.execute(query).scalar_one())


def traded(
    connection: Connection, market: MarketId, since: Micros, until: Micros
) -> dict[AccountId, Count]:
    """Contracts that each account traded in a market from `since` until before `until`, blocks left
    out."""
    t = trades.c
    within = select(t.id).where(t.market == market, t.at >= since, t.at < until, t.block.is_(False))
    query = (
        select(fills.c.account, func.sum(fills.c.count))
        .where(fills.c.trade.in_(within))
        .group_by(fills.c.account)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}
