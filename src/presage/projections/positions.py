"""What each account holds in each market, and what it has paid, earned and locked in there.

Position, cost and profit are copied from the trades and payouts. A row stays for ever; `settled`
says that its market is over, which takes it out of the list of open positions. `over_at` is when
the last market of its event was: from then on the event's positions are over together, unless a
market is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    Table,
    bindparam,
    case,
    distinct,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from presage.domain.facts import Leg, MarketCreated, MarketFinalized, PositionPaid, Traded
from presage.domain.ids import MEMBER_BITS, AccountId, EventId, MarketId
from presage.domain.member_facts import PositionTransferred, Share
from presage.domain.orders import BID, Side
from presage.domain.resolution_facts import PositionCorrected
from presage.projections.newest import Place, columns
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
    Column("over_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("sign", Integer, nullable=False),
    sqlite_with_rowid=False,
)
event_markets = Table(
    "event_markets",
    projected,
    Column("market", BigInteger, primary_key=True, autoincrement=False),
    Column("event", BigInteger, nullable=False),
    Column("settled", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""Which markets an event has: what is over in it is over when all of them are."""
Index("event_markets_by_event", event_markets.c.event, event_markets.c.settled)
NOT_OVER: Final[Micros] = 1 << 62
_IS_OPEN = positions.c.settled == false()
Index(
    "positions_open",
    positions.c.account,
    positions.c.market,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)
Index("positions_by_market", positions.c.market)
Index("positions_by_end", positions.c.account, positions.c.over_at, positions.c.market)

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
            "opened_at": case(
                (_NEW.excluded.opened_at > literal_column("0"), _NEW.excluded.opened_at),
                else_=positions.c.opened_at,
            ),
            "sign": _NEW.excluded.sign,
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
_LIST = render(sqlalchemy.insert(event_markets))
_SETTLE = render(
    update(event_markets).where(event_markets.c.market == bindparam("where")).values(settled=true())
)


def _if_all_are_settled(event: ColumnElement[Any]) -> ColumnElement[bool]:
    """Positions in the markets of an event, as long as each of those is settled."""
    ours, others = event_markets.alias(), event_markets.alias()
    unsettled = select(others.c.market).where(others.c.event == event, others.c.settled == false())
    return positions.c.market.in_(
        select(ours.c.market).where(ours.c.event == event, ~unsettled.correlate(None).exists())
    )


_OWN = event_markets.alias()
_EVENT = select(_OWN.c.event).where(_OWN.c.market == bindparam("where")).scalar_subquery()
_OVER = render(
    update(positions).where(_if_all_are_settled(_EVENT)).values(over_at=bindparam("its_end"))
)
_REOPEN = render(
    update(positions)
    .where(_if_all_are_settled(bindparam("its_event")))
    .values(over_at=literal_column(str(NOT_OVER)))
)


class PositionRow(msgspec.Struct, frozen=True):
    """`position` is signed (+ YES, - NO), `cost` what the open contracts cost, `traded` the money
    spent on opening contracts, `volume` all contracts traded; `over_at` NOT_OVER: its event goes
    on. `opened_at` is when what is or was
    held last was opened, `sign` which side that is (1 YES, -1 NO)."""

    account: AccountId
    market: MarketId
    position: Count
    cost: Money
    realized: Money
    fees: Money
    traded: Money
    volume: Count
    updated_at: Micros
    over_at: Micros
    opened_at: Micros = 0
    sign: int = 1


class Positions:
    """Writes the table: one change per account and market for all trades."""

    name = "positions"
    tables = (event_markets, positions)
    handles = frozenset(
        {
            MarketCreated,
            MarketFinalized,
            PositionCorrected,
            PositionPaid,
            PositionTransferred,
            Traded,
        }
    )

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
                        for share, side in ((fact.source, 1 - fact.side), (fact.target, fact.side)):
                            rows.add(_TRADE, _transferred(share, side, fact, moment.at))
                    case PositionPaid():
                        _write(changed, rows)
                        paid = {"whose": fact.account, "where": fact.market, "at": moment.at}
                        rows.add(_PAY, {**paid, "profit": fact.realized})
                    case PositionCorrected():
                        _write(changed, rows)
                        paid = {"whose": fact.account, "where": fact.market, "at": moment.at}
                        rows.add(_PAY, {**paid, "profit": fact.added})
                    case MarketFinalized():
                        _write(changed, rows)
                        # Who traded and went flat was not paid: those rows end here.
                        rows.add(_FINALIZE, {"where": fact.market})
                        rows.add(_SETTLE, {"where": fact.market})
                        rows.add(_OVER, {"where": fact.market, "end": moment.at})
                    case MarketCreated():
                        _write(changed, rows)
                        rows.add(_REOPEN, {"event": fact.event})
                        row = {"market": fact.market, "event": fact.event, "settled": False}
                        rows.add(_LIST, row)
                    case _:
                        pass
        _write(changed, rows)


def _write(changed: dict[tuple[AccountId, MarketId], Row], rows: Rows) -> None:
    """What trading has changed, before anything that happened after it."""
    for row in changed.values():
        rows.add(_TRADE, row)
    changed.clear()


def _transferred(share: Share, side: Side, fact: PositionTransferred, at: Micros) -> Row:
    """A position that came or went without a trade: nothing was traded, no fee was paid."""
    sign, opened_at = _side(side, fact.count, share, at)
    return {
        "account": share.account,
        "market": fact.market,
        "position": share.position,
        "cost": share.cost,
        "realized": share.realized,
        "fees": 0,
        "traded": 0,
        "volume": 0,
        "settled": False,
        "updated_at": at,
        "over_at": NOT_OVER,
        "opened_at": opened_at,
        "sign": sign,
    }


def _add(
    changed: dict[tuple[AccountId, MarketId], Row], leg: Leg, fact: Traded, at: Micros
) -> None:
    key = leg.account, fact.market
    row = changed.get(key)
    side = fact.side if leg is fact.taker else 1 - fact.side
    sign, opened_at = _side(side, fact.count, leg, at)
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
            "over_at": NOT_OVER,
            "opened_at": opened_at,
            "sign": sign,
        }
        return
    row["position"], row["cost"], row["updated_at"] = leg.position, leg.cost, at
    row["realized"] += leg.realized
    row["fees"] += leg.fee
    row["traded"] += leg.paid
    row["volume"] += fact.count
    row["opened_at"], row["sign"] = opened_at or row["opened_at"], sign


def _side(side: Side, count: Count, party: Leg | Share, at: Micros) -> tuple[int, Micros]:
    """Which side is held, or was until now; and when it was opened, if by this, else 0."""
    if count > party.closed:
        began = abs(party.position) == count - party.closed
        return 1 if side == BID else -1, at if began else 0
    return -1 if side == BID else 1, 0


def page(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    before: MarketId | None = None,
    *,
    markets: Sequence[MarketId] | None = None,
    nonzero: Sequence[str] = (),
) -> list[PositionRow]:
    """Open positions of accounts on different shards, newest market first, of markets older than
    `before`.

    `nonzero` keeps those of which any of the columns named (position, traded) is not zero.
    """
    where: list[ColumnElement[bool]] = [_IS_OPEN, *_kept(markets, nonzero)]
    if before is not None:
        where.append(positions.c.market < before)
    return _newest(connection, accounts, where, ("market",), limit)


def _kept(
    markets: Sequence[MarketId] | None, nonzero: Sequence[str] = ()
) -> list[ColumnElement[bool]]:
    kept: list[ColumnElement[bool]] = []
    if markets is not None:
        kept.append(positions.c.market.in_(markets))
    if nonzero:
        kept.append(or_(*(positions.c[name] != 0 for name in nonzero)))
    return kept


def _newest(
    connection: Connection,
    accounts: Sequence[AccountId],
    where: Sequence[ColumnElement[bool]],
    key: tuple[str, ...],
    limit: int,
) -> list[PositionRow]:
    """The last ones by `key`, which no two accounts share."""
    query = select(*columns(PositionRow, positions)).where(*where)
    query = query.order_by(*(positions.c[name].desc() for name in key)).limit(limit)
    found: list[PositionRow] = []
    for account in accounts:
        rows = connection.execute(query.where(positions.c.account == account))
        found += [PositionRow(*row) for row in rows]
    if len(accounts) > 1:
        found.sort(key=attrgetter(*key), reverse=True)
    return found[:limit]


def live(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None = None,
    *,
    cutoff: Micros,
    settled: bool | None = None,
    markets: Sequence[MarketId] | None = None,
    nonzero: Sequence[str] = (),
) -> list[PositionRow]:
    """Positions of events that were not over before the cutoff, those of events that go on first,
    then what was over last: only settled ones, only open ones (as `page`), or both."""
    if settled is False:
        before = None if after is None else after[1]
        return page(connection, accounts, limit, before, markets=markets, nonzero=nonzero)
    where = [positions.c.over_at >= cutoff, *_kept(markets, nonzero)]
    if settled:
        where.append(positions.c.settled.is_(True))
    return _by_end(connection, accounts, limit, after, where)


def historical(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None = None,
    *,
    cutoff: Micros,
    markets: Sequence[MarketId] | None = None,
) -> list[PositionRow]:
    """Positions of events that were over before the cutoff, what was over last first."""
    where = [positions.c.over_at < cutoff, *_kept(markets)]
    return _by_end(connection, accounts, limit, after, where)


def _by_end(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None,
    where: list[ColumnElement[bool]],
) -> list[PositionRow]:
    if after is not None:
        where.append(tuple_(positions.c.over_at, positions.c.market) < after)
    return _newest(connection, accounts, where, ("over_at", "market"), limit)


def holders(
    connection: Connection, market: MarketId, after: AccountId, limit: int
) -> list[AccountId]:
    """Accounts behind `after` that hold a position in a market, or held one when it settled."""
    p = positions.c
    query = select(p.account).where(p.market == market, p.account > after)
    query = query.where((p.position != 0) | p.settled).order_by(p.account).limit(limit)
    return [row[0] for row in connection.execute(query)]


def traders(connection: Connection, events: Sequence[EventId]) -> dict[EventId, int]:
    """How many members ever traded in each of these events, where anybody did."""
    found = connection.execute(_TRADERS, {"events": events})
    return {event: int(count) for event, count in found}


def _traders() -> Select[Any]:
    e, member = event_markets.c, positions.c.account.op(">>")(MEMBER_BITS)
    query = select(e.event, func.count(distinct(member)))
    query = query.where(e.event.in_(bindparam("events", expanding=True)))
    return query.where(positions.c.market == e.market).group_by(e.event)


_TRADERS: Final = _traders()


def of_markets(
    connection: Connection, account: AccountId, markets: Sequence[MarketId]
) -> list[PositionRow]:
    """The account's rows in these markets, settled ones too: what an event's totals add up."""
    if not markets:
        return []
    wanted = frozenset(markets)
    # A range and not a list: an event may have thousands of markets, their ids are neighbours, and
    # an account has rows in few of them.
    asked = {"of": account, "first": min(wanted), "last": max(wanted)}
    found = connection.execute(_OF_MARKETS, asked)
    return [PositionRow(*row) for row in found if row.market in wanted]


_OF_MARKETS: Final = select(*columns(PositionRow, positions)).where(
    positions.c.account == bindparam("of"),
    positions.c.market.between(bindparam("first"), bindparam("last")),
)
