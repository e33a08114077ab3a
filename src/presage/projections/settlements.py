"""What each holder was paid when a market settled or was voided, corrections included."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from presage.domain.facts import PositionPaid
from presage.domain.ids import AccountId, MarketId
from presage.domain.resolution_facts import PositionCorrected
from presage.projections.newest import Place, between, newest
from presage.projections.projection import Moment, Row, Rows, render
from presage.storage.schema import projected
from presage.units import Count, Micros, Money, Price

settlements = Table(
    "settlements",
    projected,
    Column("market", BigInteger, primary_key=True, autoincrement=False),
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("revenue", BigInteger, nullable=False),
    Column("fees", BigInteger, nullable=False),
    Column("realized", BigInteger, nullable=False),
    Column("result", Text, nullable=False),
    Column("value", Integer, nullable=False),
    Column("corrected", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("settlements_by_account", settlements.c.account, settlements.c.at, settlements.c.market)

_INSERT = render(insert(settlements))
_CORRECT = render(
    update(settlements)
    .where(settlements.c.market == bindparam("where"), settlements.c.account == bindparam("whose"))
    .values(
        revenue=bindparam("now_paid"),
        realized=settlements.c.realized + bindparam("added"),
        corrected=settlements.c.corrected + bindparam("added"),
        result=bindparam("its_result"),
        value=bindparam("its_value"),
    )
)


class SettlementRow(msgspec.Struct, frozen=True):
    """`position` and `cost` as they were before; `revenue` what the contracts paid; `value` what
    one YES was worth. A void gives back cash and fees: `revenue` is both (negative where cash was
    taken), `fees` what is left of them. `corrected` is the part of `revenue` that corrections added
    (negative: took back) after it was paid."""

    account: AccountId
    at: Micros
    market: MarketId
    position: Count
    cost: Money
    revenue: Money
    fees: Money
    realized: Money
    result: str
    value: Price
    corrected: Money = 0


class Settlements:
    """Writes the table."""

    name = "settlements"
    tables = (settlements,)
    handles = frozenset({PositionCorrected, PositionPaid})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                if isinstance(fact, PositionPaid) and (fact.position or fact.revenue):
                    rows.add(_INSERT, _row(fact, moment.at))
                elif isinstance(fact, PositionCorrected):
                    rows.add(_CORRECT, _correction(fact))


def _row(fact: PositionPaid, at: Micros) -> Row:
    return {
        "market": fact.market,
        "account": fact.account,
        "at": at,
        "position": fact.position,
        "cost": fact.cost,
        "revenue": fact.revenue + fact.fee_refund,
        "fees": fact.fees - fact.fee_refund,
        "realized": fact.realized,
        "result": fact.result,
        "value": fact.value,
        "corrected": 0,
    }


def _correction(fact: PositionCorrected) -> Row:
    return {
        "where": fact.market,
        "whose": fact.account,
        "now_paid": fact.revenue,
        "added": fact.added,
        "result": fact.result,
        "value": fact.value,
    }


def holders(
    connection: Connection, markets: Sequence[MarketId], limit: int
) -> list[tuple[MarketId, AccountId, Count]]:
    """Who was paid for which position in these markets (+ YES, - NO)."""
    s = settlements.c
    query = select(s.market, s.account, s.position)
    query = query.where(s.market.in_(markets), s.position != 0)
    found = connection.execute(query.order_by(s.market, s.account).limit(limit))
    return [(row[0], row[1], row[2]) for row in found]


def page(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None = None,
    *,
    markets: Sequence[MarketId] | None = None,
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[SettlementRow]:
    """Settlements of these accounts, newest first."""
    where: list[ColumnElement[bool]] = between(settlements.c.at, since, until)
    if markets is not None:
        where.append(settlements.c.market.in_(markets))
    key = ("at", "market")
    return newest(connection, SettlementRow, settlements, key, accounts, where, limit, after)
