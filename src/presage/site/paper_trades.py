"""Orders that players of a tournament traded on paper: never on the book, never in the journal.

Each keeps its fills, and the journal entry after which the book stood as it was priced. What is
left of what it bought are its last contracts: positions close first in, first out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Text, func, select

from presage.domain.ids import MarketId, MemberId
from presage.domain.paper import Fill, Lot
from presage.storage import kept
from presage.units import DOLLAR_PRICE, Count, Micros, Money, Price

MOST: Final = 10_000
"""Trades of one player in one tournament."""
MOST_OPEN: Final = 200
"""Trades of one option that may have contracts left at once."""

paper_trades = kept.kept_table(
    "paper_trades",
    Column("id", Text, primary_key=True),
    Column("tournament", Text, nullable=False),
    Column("member", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("price", Integer, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("filled", BigInteger, nullable=False),
    Column("netted", BigInteger, nullable=False),
    Column("left", BigInteger, nullable=False),
    Column("fees", BigInteger, nullable=False),
    Column("delta", BigInteger, nullable=False),
    Column("realized", BigInteger, nullable=False),
    Column("client_order_id", Text, nullable=False),
    Column("fills", Text, nullable=False),
    Column("book_seq", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger, nullable=False),
)
Index(
    "paper_trades_by_player",
    paper_trades.c.tournament,
    paper_trades.c.member,
    paper_trades.c.number,
)
Index(
    "paper_trades_open",
    paper_trades.c.tournament,
    paper_trades.c.member,
    paper_trades.c.market,
    paper_trades.c.left,
)
Index("paper_trades_by_client_order_id", paper_trades.c.member, paper_trades.c.client_order_id)

_t = paper_trades.c


class PaperTrade(msgspec.Struct, frozen=True, kw_only=True):
    """`price` is the limit, of the side named; the fills' are of YES. `realized` is what its own
    closing contracts and the sale of those it bought have gained, before fees. `closed_at` 0: some
    are left."""

    id: str
    tournament: str
    member: MemberId
    number: int
    market: MarketId
    outcome: str
    action: str
    price: Price
    count: Count
    filled: Count
    netted: Count
    left: Count
    fees: Money
    delta: Money
    realized: Money
    client_order_id: str
    fills: tuple[Fill, ...]
    book_seq: int
    created_at: Micros
    closed_at: Micros = 0

    def own(self, price: Price) -> Price:
        """A price of YES as one of the side that the contracts it opened are of."""
        yes = (self.outcome == "yes") == (self.action == "buy")
        return price if yes else DOLLAR_PRICE - price

    def lots(self) -> list[Lot]:
        """What is left of what it bought, the oldest first."""
        found: list[Lot] = []
        left = self.left
        for fill in reversed(self.fills):
            part = min(left, fill.count - fill.closed)
            if part:
                found.append(Lot(self.id, part, self.own(fill.price)))
            left -= part
        return found[::-1]


def add(connection: Connection, one: PaperTrade) -> None:
    """Write a new one."""
    kept.insert(connection, paper_trades, _row(one))


def change(connection: Connection, one: PaperTrade, **values: Any) -> None:
    """Write one with other values over what it was."""
    kept.replace(connection, paper_trades, _row(msgspec.structs.replace(one, **values)))


def find(connection: Connection, member: MemberId, id: str) -> PaperTrade | None:
    """One of a member's."""
    query = select(paper_trades).where(_t.id == id, _t.member == member)
    return next(iter(_read(connection, query)), None)


def named(connection: Connection, member: MemberId, client_order_id: str) -> PaperTrade | None:
    """The one for which a member has used a client order id."""
    query = select(paper_trades).where(_t.member == member, _t.client_order_id == client_order_id)
    return next(iter(_read(connection, query)), None)


def open_in(
    connection: Connection, tournament: str, member: MemberId, market: MarketId
) -> list[PaperTrade]:
    """A player's of which something is left, the oldest first."""
    mine = (_t.tournament == tournament) & (_t.member == member) & (_t.market == market)
    query = select(paper_trades).where(mine, _t.left > 0).order_by(_t.number)
    return _read(connection, query)


def all_in(
    connection: Connection, tournament: str, member: MemberId, market: MarketId
) -> list[PaperTrade]:
    """All of a player's in an option, the oldest first."""
    mine = (_t.tournament == tournament) & (_t.member == member) & (_t.market == market)
    return _read(connection, select(paper_trades).where(mine).order_by(_t.number))


def page(
    connection: Connection,
    tournament: str,
    member: MemberId,
    limit: int,
    *,
    before: int = 0,
    after: int = 0,
    markets: Collection[MarketId] | None = None,
    since: Micros | None = None,
    until: Micros | None = None,
    newest: bool = True,
) -> list[PaperTrade]:
    """A player's, by their numbers."""
    query = select(paper_trades).where(_t.tournament == tournament, _t.member == member)
    if before:
        query = query.where(_t.number < before)
    if after:
        query = query.where(_t.number > after)
    if markets is not None:
        query = query.where(_t.market.in_(markets))
    if since is not None:
        query = query.where(_t.created_at >= since)
    if until is not None:
        query = query.where(_t.created_at <= until)
    order = _t.number.desc() if newest else _t.number
    return _read(connection, query.order_by(order).limit(limit))


def count_open(connection: Connection, tournament: str, member: MemberId, market: MarketId) -> int:
    """How many trades of an option have contracts left."""
    mine = (_t.tournament == tournament) & (_t.member == member) & (_t.market == market)
    query = select(func.count()).where(mine, _t.left > 0)
    return int(connection.execute(query).scalar_one())


def _row(one: PaperTrade) -> kept.Row:
    return msgspec.structs.asdict(one) | {"fills": msgspec.json.encode(one.fills).decode()}


def _read(connection: Connection, query: sqlalchemy.Select[Any]) -> list[PaperTrade]:
    return [_trade(row) for row in kept.read(connection, query, paper_trades)]


def _trade(row: kept.Row) -> PaperTrade:
    fills = msgspec.json.decode(row["fills"], type=tuple[Fill, ...])
    return PaperTrade(**(row | {"fills": fills}))
