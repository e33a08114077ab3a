"""What each account holds in each market, and what it has paid, earned and locked in there.

Position, cost and profit are copied from the trades and payouts. A row stays for ever; `settled`
says that its market is over, which takes it out of the lists.
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
    Table,
    bindparam,
    distinct,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from presage.domain.facts import Leg, MarketFinalized, PositionPaid, Traded
from presage.domain.ids import MEMBER_BITS, AccountId, MarketId
from presage.domain.member_facts import PositionTransferred, Share
from presage.projections.newest import columns
from presage.projections.projection import Moment, Row, Rows, render
from presage.storage.schema import projected
from presage.units import Count, Micros, Money

positions = Table(
    "positions",
    projected,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("market", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("realized", BigInteger, nullable=False),
    Column("fees", BigInteger, nullable=False),
    Column("traded", BigInteger, nullable=False),
    Column("volume", BigInteger, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
_IS_OPEN = positions.c.settled == false()
for _name, _columns in (
    ("positions_open", (positions.c.account, positions.c.market)),
    ("positions_open_by_market", (positions.c.market,)),
):
    Index(_name, *_columns, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)
Index("positions_by_market", positions.c.market)

_NEW = insert(positions)
_TRADE = render(
    _NEW.on_conflict_do_update(
        index_elements=["account", "market"],
        set_={
            "position": _NEW.excluded.position,
            "cost": _NEW.excluded.cost,
            "realized": positions.c.realized + _NEW.excluded.realized,
            "fees": positions.c.fees + _NEW.excluded.fees,
            "traded": positions.c.traded + _NEW.excluded.traded,
            "volume": positions.c.volume + _NEW.excluded.volume,
            "updated_at": _NEW.excluded.updated_at,
        },
    )
)
_PAY = render(
    update(positions)
    .where(
        positions.c.account == bindparam("whose"),
        positions.c.market == bindparam("where"),
    )
    .values(
        position=literal_column("0"),
        cost=literal_column("0"),
        realized=positions.c.realized + bindparam("profit"),
        settled=true(),
        updated_at=bindparam("at"),
    )
)
_FINALIZE = render(
    update(positions)
    .where(positions.c.market == bindparam("where"), _IS_OPEN)
    .values(settled=true())
)


class PositionRow(msgspec.Struct, frozen=True):
    """`position` is signed (+ YES, - NO), `cost` what the open contracts cost, `traded` the money
    spent on opening contracts, `volume` all contracts traded."""

    account: AccountId
    market: MarketId
    position: Count
    cost: Money
    realized: Money
    fees: Money
    traded: Money
    volume: Count
    updated_at: Micros


class Positions:
    """Writes the table: one change per account and market for all trades."""

    name = "positions"
    tables = (positions,)
    handles = frozenset({MarketFinalized, PositionPaid, PositionTransferred, Traded})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        changed: dict[tuple[AccountId, MarketId], Row] = {}
        for moment in moments:
            for fact in moment.facts:
                match fact:
                    case Traded():
                        _add(changed, fact.taker, fact, moment.at)
                        _add(changed, fact.maker, fact, moment.at)
                    case PositionTransferred():
                        _write(changed, rows)
                        for share in (fact.source, fact.target):
                            rows.add(_TRADE, _transferred(share, fact.market, moment.at))
                    case PositionPaid():
                        _write(changed, rows)
                        paid = {"whose": fact.account, "where": fact.market, "at": moment.at}
                        rows.add(_PAY, {**paid, "profit": fact.realized})
                    case MarketFinalized():
                        _write(changed, rows)
                        # Who traded and went flat was not paid: those rows end here.
                        rows.add(_FINALIZE, {"where": fact.market})
                    case _:
                        pass
        _write(changed, rows)


def _write(changed: dict[tuple[AccountId, MarketId], Row], rows: Rows) -> None:
    """What trading has changed, before anything that happened after it."""
    for row in changed.values():
        rows.add(_TRADE, row)
    changed.clear()


def _transferred(share: Share, market: MarketId, at: Micros) -> Row:
    """A position that came or went without a trade: nothing was traded, no fee was paid."""
    return {
        "account": share.account,
        "market": market,
        "position": share.position,
        "cost": share.cost,
        "realized": share.realized,
        "fees": 0,
        "traded": 0,
        "volume": 0,
        "settled": False,
        "updated_at": at,
    }


def _add(
    changed: dict[tuple[AccountId, MarketId], Row], leg: Leg, fact: Traded, at: Micros
) -> None:
    key = leg.account, fact.market
    row = changed.get(key)
    if row is None:
        changed[key] = {
            "account": leg.account,
            "market": fact.market,
            "position": leg.position,
            "cost": leg.cost,
            "realized": leg.realized,
            "fees": leg.fee,
            "traded": leg.paid,
            "volume": fact.count,
            "settled": False,
            "updated_at": at,
        }
        return
    row["position"], row["cost"], row["updated_at"] = leg.position, leg.cost, at
    row["realized"] += leg.realized
    row["fees"] += leg.fee
    row["traded"] += leg.paid
    row["volume"] += fact.count


def page(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    before: MarketId | None = None,
    *,
    markets: Sequence[MarketId] | None = None,
    nonzero: Sequence[str] = (),
    settled: bool | None = False,
) -> list[PositionRow]:
    """Positions of accounts on different shards, newest market first, of markets older than
    `before`: open ones, with `settled` those whose market is over, with None both.

    `nonzero` keeps those of which any of the columns named (position, traded) is not zero.
    """
    where: list[ColumnElement[bool]] = []
    if settled is not None:
        where.append(positions.c.settled == true() if settled else _IS_OPEN)
    if before is not None:
        where.append(positions.c.market < before)
    if markets is not None:
        where.append(positions.c.market.in_(markets))
    if nonzero:
        where.append(or_(*(positions.c[name] != 0 for name in nonzero)))
    query = select(*columns(PositionRow, positions)).where(*where)
    query = query.order_by(positions.c.market.desc()).limit(limit)
    found: list[PositionRow] = []
    for account in accounts:
        rows = connection.execute(query.where(positions.c.account == account))
        found += [PositionRow(*row) for row in rows]
    if len(accounts) > 1:
        found.sort(key=lambda row: row.market, reverse=True)
    return found[:limit]


def traders(connection: Connection, markets: Sequence[MarketId]) -> int:
    """How many members ever traded in one of these markets, of one event."""
    member = positions.c.account.op(">>")(MEMBER_BITS)
    query = select(func.count(distinct(member))).where(positions.c.market.in_(markets))
    return int(connection.execute(query).scalar_one())


def of_markets(
    connection: Connection, account: AccountId, markets: Sequence[MarketId]
) -> list[PositionRow]:
    """The account's rows in these markets, settled ones too: what an event's totals add up."""
    if not markets:
        return []
    wanted = frozenset(markets)
    # A range and not a list: an event may have thousands of markets, their ids are neighbours, and
    # an account has rows in few of them.
    query = select(*columns(PositionRow, positions)).where(
        positions.c.account == account, positions.c.market.between(min(wanted), max(wanted))
    )
    return [PositionRow(*row) for row in connection.execute(query) if row.market in wanted]
