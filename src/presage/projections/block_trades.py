"""Block trade proposals: between whom, on what terms, who has said yes, what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)

from presage.domain.desk_facts import (
    BlockTradeAccepted,
    BlockTradeExecuted,
    BlockTradeExpired,
    BlockTradeProposed,
)
from presage.domain.facts import Fact
from presage.domain.ids import AccountId, Id, MarketId, MemberId
from presage.projections.newest import columns
from presage.projections.projection import Moment, Rows, render
from presage.storage.schema import BigKey, projected
from presage.units import Count, Micros, Price

OPEN: Final = "open"

block_trades = Table(
    "block_trades",
    projected,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("proposer", BigInteger, nullable=False),
    Column("buyer", BigInteger, nullable=False),
    Column("seller", BigInteger, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("price", Integer, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("maker_side", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("buyer_accepted_at", BigInteger, nullable=False),
    Column("seller_accepted_at", BigInteger, nullable=False),
    Column("executed_at", BigInteger, nullable=False),
    Column("buyer_order", BigInteger, nullable=False),
    Column("seller_order", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
for _role in ("proposer", "buyer", "seller"):
    Index(f"block_trades_by_{_role}", block_trades.c[_role], block_trades.c.id)

_INSERT = render(insert(block_trades))
_THIS = block_trades.c.id == bindparam("which")
_AT: Final[BindParameter[int]] = bindparam("at")
_BUYER = render(
    update(block_trades)
    .where(_THIS)
    .values(buyer=bindparam("who"), buyer_accepted_at=_AT, updated_at=_AT)
)
_SELLER = render(
    update(block_trades)
    .where(_THIS)
    .values(seller=bindparam("who"), seller_accepted_at=_AT, updated_at=_AT)
)
_EXECUTE = render(
    update(block_trades)
    .where(_THIS)
    .values(
        status=literal_column("'executed'"),
        buyer_order=bindparam("bought"),
        seller_order=bindparam("sold"),
        executed_at=_AT,
        updated_at=_AT,
    )
)
_EXPIRE = render(
    update(block_trades).where(_THIS).values(status=literal_column("'expired'"), updated_at=_AT)
)


class BlockTradeRow(msgspec.Struct, frozen=True):
    """`proposer` is a member; times and orders 0: not so far."""

    id: Id
    proposer: MemberId
    buyer: AccountId
    seller: AccountId
    market: MarketId
    price: Price
    count: Count
    maker_side: str
    expires_at: Micros
    status: str
    buyer_accepted_at: Micros
    seller_accepted_at: Micros
    executed_at: Micros
    buyer_order: Id
    seller_order: Id
    created_at: Micros
    updated_at: Micros


class BlockTrades:
    """Writes the table."""

    name = "block_trades"
    tables = (block_trades,)
    handles = frozenset(
        {BlockTradeAccepted, BlockTradeExecuted, BlockTradeExpired, BlockTradeProposed}
    )

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                _write(fact, moment.at, rows)


def _write(fact: Fact, at: Micros, rows: Rows) -> None:
    match fact:
        case BlockTradeProposed():
            rows.add(_INSERT, msgspec.structs.asdict(_proposed(fact, at)))
        case BlockTradeAccepted():
            statement = _BUYER if fact.side == "buyer" else _SELLER
            row = {"which": fact.block_trade, "who": fact.account, "at": at}
            rows.add(statement, row)
        case BlockTradeExecuted():
            orders = {"bought": fact.buyer_order, "sold": fact.seller_order}
            rows.add(_EXECUTE, {"which": fact.block_trade, "at": at} | orders)
        case BlockTradeExpired():
            rows.add(_EXPIRE, {"which": fact.block_trade, "at": at})
        case _:
            pass


def _proposed(fact: BlockTradeProposed, at: Micros) -> BlockTradeRow:
    return BlockTradeRow(
        fact.block_trade,
        fact.proposer,
        fact.buyer,
        fact.seller,
        fact.market,
        fact.price,
        fact.count,
        fact.maker_side,
        fact.expires_at,
        OPEN,
        0,
        0,
        0,
        0,
        0,
        at,
        at,
    )


def find(connection: Connection, block_trade: Id) -> BlockTradeRow | None:
    """One proposal."""
    query = select(*columns(BlockTradeRow, block_trades)).where(block_trades.c.id == block_trade)
    row = connection.execute(query).first()
    return None if row is None else BlockTradeRow(*row)


def page(
    connection: Connection,
    member: MemberId,
    accounts: Sequence[AccountId],
    limit: int,
    before: Id | None = None,
    *,
    market: MarketId | None = None,
    status: str = "",
) -> list[BlockTradeRow]:
    """Proposals that the member made or is a party of, newest first, older than `before`."""
    query = select(*columns(BlockTradeRow, block_trades))
    if market is not None:
        query = query.where(block_trades.c.market == market)
    if status:
        query = query.where(block_trades.c.status == status)
    if before is not None:
        query = query.where(block_trades.c.id < before)
    query = query.order_by(block_trades.c.id.desc()).limit(limit)
    roles = [(block_trades.c.proposer, member)]
    roles += [(block_trades.c[role], one) for role in ("buyer", "seller") for one in accounts]
    found: dict[Id, BlockTradeRow] = {}
    for column, value in roles:
        for row in connection.execute(query.where(column == value)):
            found[row.id] = BlockTradeRow(*row)
    return sorted(found.values(), key=lambda row: row.id, reverse=True)[:limit]
