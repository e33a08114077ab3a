"""Every public trade, newest first: who took is not said, only on which side."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    insert,
    select,
    tuple_,
)

from presage.domain.facts import Traded
from presage.domain.ids import Id, MarketId
from presage.domain.orders import Side
from presage.projections.markets import markets
from presage.projections.newest import Place, between, columns
from presage.projections.projection import Moment, Rows, render
from presage.storage.schema import BigKey, projected
from presage.units import Count, Micros, Price

trades = Table(
    "trades",
    projected,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("market", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("price", Integer, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("side", Integer, nullable=False),
    Column("block", Boolean, nullable=False),
)
_IS_BLOCK = trades.c.block.is_(True)
Index("trades_by_time", trades.c.at, trades.c.id)
Index("trades_by_market", trades.c.market, trades.c.at, trades.c.id)
# Blocks are rare: without their own index, asking for them alone would read every trade.
Index(
    "trades_blocks",
    trades.c.at,
    trades.c.id,
    sqlite_where=_IS_BLOCK,
    postgresql_where=_IS_BLOCK,
)

_INSERT = render(insert(trades))


class TradeRow(msgspec.Struct, frozen=True):
    """`price` in YES terms; `side` is the taker's."""

    id: Id
    market: MarketId
    at: Micros
    price: Price
    count: Count
    side: Side
    block: bool


class Trades:
    """Writes the table."""

    name = "trades"
    tables = (trades,)
    handles = frozenset({Traded})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                if isinstance(fact, Traded):
                    rows.add(
                        _INSERT,
                        {
                            "id": fact.trade,
                            "market": fact.market,
                            "at": moment.at,
                            "price": fact.price,
                            "count": fact.count,
                            "side": fact.side,
                            "block": fact.block,
                        },
                    )


def page(
    connection: Connection,
    limit: int,
    after: Place | None = None,
    *,
    market: MarketId | None = None,
    since: Micros | None = None,
    until: Micros | None = None,
    block: bool | None = None,
) -> list[TradeRow]:
    """Trades of one market, or of all, newest first, older than the place `after`."""
    query = select(*columns(TradeRow, trades)).where(*between(trades.c.at, since, until))
    if market is not None:
        query = query.where(trades.c.market == market)
    if block is not None:
        query = query.where(_IS_BLOCK if block else trades.c.block.is_(False))
    if after is not None:
        query = query.where(tuple_(trades.c.at, trades.c.id) < after)
    query = query.order_by(trades.c.at.desc(), trades.c.id.desc()).limit(limit)
    return [TradeRow(*row) for row in connection.execute(query)]


def last_sizes(connection: Connection) -> list[tuple[MarketId, Count]]:
    """How much the last trade of each market was about, of those that ever traded."""
    last = (
        select(trades.c.count)
        .where(trades.c.market == markets.c.id)
        .order_by(trades.c.at.desc(), trades.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(markets.c.id, last).where(markets.c.volume != 0)
    return [(market, int(count)) for market, count in connection.execute(query)]
