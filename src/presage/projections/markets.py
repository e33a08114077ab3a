"""What is traded and where it stands: one row per series, event and market.

Holds ids, tickers, the facets that the rules know, status, times, quotes, last price, volume, open
interest and the outcome. Texts that people wrote are rows of `catalog/`. Open interest is what the
last trade left: paying holders out does not lower what is printed of a settled market.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from presage.domain import facts as f
from presage.domain.bases import FactBase
from presage.domain.combos import Legs
from presage.domain.ids import EventId, MarketId, SeriesId
from presage.domain.member_facts import PositionTransferred
from presage.domain.resolution_facts import OutcomeCorrected
from presage.projections.newest import columns
from presage.projections.projection import Moment, Row, Rows, Statement, render
from presage.storage.schema import BigKey, projected
from presage.units import Count, Micros, Price

series = Table(
    "series",
    projected,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("ticker", Text, nullable=False, unique=True),
    Column("fee_type", Text, nullable=False),
    Column("multiplier", Integer, nullable=False),
    Column("shard", Integer, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
events = Table(
    "events",
    projected,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("series", BigInteger, nullable=False),
    Column("ticker", Text, nullable=False, unique=True),
    Column("exclusive", Boolean, nullable=False),
    Column("netting", Text, nullable=False),
    Column("fee_type", Text, nullable=False),
    Column("multiplier", Integer, nullable=False),
    Column("collection", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("shard", Integer, nullable=False),
)
markets = Table(
    "markets",
    projected,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("event", BigInteger, nullable=False),
    Column("ticker", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("open_at", BigInteger, nullable=False),
    Column("close_at", BigInteger, nullable=False),
    Column("structure", Text, nullable=False),
    Column("timer", BigInteger, nullable=False),
    Column("can_close_early", Boolean, nullable=False),
    Column("fee_waiver_until", BigInteger, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("legs", Text, nullable=False),
    Column("bid", Integer, nullable=False),
    Column("bid_size", BigInteger, nullable=False),
    Column("ask", Integer, nullable=False),
    Column("ask_size", BigInteger, nullable=False),
    Column("last_price", Integer, nullable=False),
    Column("volume", BigInteger, nullable=False),
    Column("open_interest", BigInteger, nullable=False),
    Column("result", Text, nullable=False),
    Column("value", Integer, nullable=False),
    Column("settle_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)


class SeriesRow(msgspec.Struct, frozen=True):
    """`multiplier` in 1/10 000."""

    id: SeriesId
    ticker: str
    fee_type: str
    multiplier: int
    shard: int
    updated_at: Micros


class EventRow(msgspec.Struct, frozen=True):
    """`fee_type` and `multiplier` override the series' where `fee_type` is not empty; `collection`
    is that of a combo."""

    id: EventId
    series: SeriesId
    ticker: str
    exclusive: bool
    netting: str
    fee_type: str
    multiplier: int
    collection: str
    updated_at: Micros
    shard: int


class MarketRow(msgspec.Struct, frozen=True):
    """`ask` is 0 in a book that nobody ever touched and 10 000 in one whose asks are used up;
    `last_price` 0: never traded; `settle_at` (when the outcome will be paid), `settled_at` and
    `fee_waiver_until` 0: none."""

    id: MarketId
    event: EventId
    ticker: str
    status: str
    open_at: Micros
    close_at: Micros
    structure: str
    timer: Micros
    can_close_early: bool
    fee_waiver_until: Micros
    provisional: bool
    legs: Legs
    bid: Price
    bid_size: Count
    ask: Price
    ask_size: Count
    last_price: Price
    volume: Count
    open_interest: Count
    result: str
    value: Price
    settle_at: Micros
    settled_at: Micros
    created_at: Micros
    updated_at: Micros


_encode = msgspec.json.Encoder().encode
_decode_legs = msgspec.json.Decoder(Legs).decode
_THIS = markets.c.id == bindparam("market")


def _change(*names: str) -> Statement:
    """An update of the named columns of one market, from parameters `new_<name>`."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return render(update(markets).where(_THIS).values(**values))


_INSERT_SERIES = render(insert(series))
_INSERT_EVENT = render(insert(events))
_INSERT_MARKET = render(insert(markets))
_SERIES_FEES = render(
    update(series)
    .where(series.c.id == bindparam("key"))
    .values(fee_type=bindparam("to"), multiplier=bindparam("by"), updated_at=bindparam("at"))
)
_EVENT_FEES = render(
    update(events)
    .where(events.c.id == bindparam("key"))
    .values(fee_type=bindparam("to"), multiplier=bindparam("by"), updated_at=bindparam("at"))
)
_TRADE = render(
    update(markets)
    .where(_THIS)
    .values(
        last_price=bindparam("price"),
        volume=markets.c.volume + bindparam("count"),
        open_interest=bindparam("open"),
    )
)
_OPEN = render(update(markets).where(_THIS).values(open_interest=bindparam("open")))
_QUOTE = _change("bid", "bid_size", "ask", "ask_size")
_TIMES = _change("open_at", "close_at", "updated_at")
_STRUCTURE = _change("structure", "updated_at")
_STATUS = _change("status", "close_at", "updated_at")
_DISPUTE = _change("status", "settle_at", "updated_at")
_OUTCOME = _change("status", "result", "value", "settle_at", "updated_at")
_FINAL = _change("status", "result", "value", "settled_at", "updated_at")
_CORRECT = _change("result", "value", "updated_at")


class Markets:
    """Writes the three tables."""

    name = "markets"
    tables = (series, events, markets)
    handles = frozenset(
        {
            f.SeriesCreated,
            f.SeriesFeesSet,
            f.EventCreated,
            f.EventFeesSet,
            f.MarketCreated,
            f.MarketTimesSet,
            f.PriceStructureSet,
            f.MarketStatusChanged,
            f.MarketDetermined,
            f.MarketDisputed,
            f.MarketFinalized,
            f.Traded,
            f.TopChanged,
            OutcomeCorrected,
            PositionTransferred,
        }
    )

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        trades: dict[MarketId, Row] = {}
        quotes: dict[MarketId, f.TopChanged] = {}
        for moment in moments:
            for fact in moment.facts:
                match fact:
                    case f.Traded():
                        _traded(fact, trades)
                    case PositionTransferred():
                        _transferred(fact, trades, rows)
                    case f.TopChanged():
                        quotes[fact.market] = fact
                    case f.SeriesCreated() | f.EventCreated() | f.MarketCreated():
                        _created(fact, moment.at, rows)
                    case f.SeriesFeesSet():
                        rows.add(_SERIES_FEES, _fees(fact.series, fact, moment.at))
                    case f.EventFeesSet():
                        rows.add(_EVENT_FEES, _fees(fact.event, fact, moment.at))
                    case _:
                        _moved_on(fact, moment.at, rows)
        for row in trades.values():
            rows.add(_TRADE, row)
        for quote in quotes.values():
            rows.add(_QUOTE, _new(quote.market, quote, "bid", "bid_size", "ask", "ask_size"))


def _traded(fact: f.Traded, trades: dict[MarketId, Row]) -> None:
    """One update for all trades in a market."""
    row = trades.setdefault(fact.market, {"market": fact.market, "count": 0})
    row["count"] += fact.count
    row["price"] = fact.price
    row["open"] = fact.open_interest


def _transferred(fact: PositionTransferred, trades: dict[MarketId, Row], rows: Rows) -> None:
    """A transfer that closed opposite contracts; trades before it are written after it."""
    if fact.market in trades:
        trades[fact.market]["open"] = fact.open_interest
    else:
        rows.add(_OPEN, {"market": fact.market, "open": fact.open_interest})


def _moved_on(fact: f.Fact, at: Micros, rows: Rows) -> None:
    """What happens in a market's life besides trading."""
    match fact:
        case f.MarketTimesSet():
            rows.add(_TIMES, _new(fact.market, fact, "open_at", "close_at") | _at(at))
        case f.PriceStructureSet():
            rows.add(_STRUCTURE, _new(fact.market, fact, "structure") | _at(at))
        case f.MarketStatusChanged():
            rows.add(_STATUS, _new(fact.market, fact, "status", "close_at") | _at(at))
        case f.MarketDetermined():
            told = _new(fact.market, fact, "status", "result", "value", "settle_at")
            rows.add(_OUTCOME, told | _at(at))
        case f.MarketDisputed():
            held = {"market": fact.market, "new_status": "disputed", "new_settle_at": 0}
            rows.add(_DISPUTE, held | _at(at))
        case f.MarketFinalized():
            row = _new(fact.market, fact, "result", "value")
            rows.add(_FINAL, row | {"new_status": "finalized", "new_settled_at": at} | _at(at))
        case OutcomeCorrected():
            rows.add(_CORRECT, _new(fact.market, fact, "result", "value") | _at(at))
        case _:
            pass


def _at(at: Micros) -> Row:
    return {"new_updated_at": at}


def _new(market: MarketId, fact: FactBase, *names: str) -> Row:
    return {"market": market, **{f"new_{name}": getattr(fact, name) for name in names}}


def _fees(key: int, fact: f.SeriesFeesSet | f.EventFeesSet, at: Micros) -> Row:
    return {"key": key, "to": fact.fee_type, "by": fact.multiplier, "at": at}


def _created(
    fact: f.SeriesCreated | f.EventCreated | f.MarketCreated, at: Micros, rows: Rows
) -> None:
    row = {name: getattr(fact, name) for name in fact.__struct_fields__} | {"updated_at": at}
    match fact:
        case f.SeriesCreated():
            rows.add(_INSERT_SERIES, row | {"id": fact.series})
        case f.EventCreated():
            rows.add(_INSERT_EVENT, row | {"id": fact.event, "fee_type": "", "multiplier": 0})
        case f.MarketCreated():
            row |= {"id": fact.market, "created_at": at, "legs": _encode(fact.legs).decode()}
            rows.add(_INSERT_MARKET, row | _UNTRADED)


_UNTRADED: Row = {
    "status": "initialized",
    "bid": 0,
    "bid_size": 0,
    "ask": 0,
    "ask_size": 0,
    "last_price": 0,
    "volume": 0,
    "open_interest": 0,
    "result": "",
    "value": 0,
    "settle_at": 0,
    "settled_at": 0,
}


def all_series(connection: Connection) -> list[SeriesRow]:
    """Every series, oldest first."""
    query = select(*columns(SeriesRow, series)).order_by(series.c.id)
    return [SeriesRow(*row) for row in connection.execute(query)]


def all_events(connection: Connection) -> list[EventRow]:
    """Every event, oldest first."""
    query = select(*columns(EventRow, events)).order_by(events.c.id)
    return [EventRow(*row) for row in connection.execute(query)]


def all_markets(connection: Connection) -> list[MarketRow]:
    """Every market, oldest first."""
    query = select(*columns(MarketRow, markets)).order_by(markets.c.id)
    return [_market(row._asdict()) for row in connection.execute(query)]


def _market(row: Row) -> MarketRow:
    row["legs"] = _decode_legs(row["legs"])
    return MarketRow(**row)
