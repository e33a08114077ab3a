"""Price history by minute, hour and day.

A row is stored only for a period in which something changed: one table follows the best bid and
ask, one the trades, each at all three lengths, so that a chart costs what it shows. What a quiet
period looks like, and where a period opened, follows from the row before it and is put together
when read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.sqlite import Insert, insert

from presage.domain.facts import TopChanged, Traded
from presage.domain.ids import MarketId
from presage.projections.markets import markets
from presage.projections.newest import columns
from presage.projections.periods import DAY, HOUR, PERIODS, period_end, period_ends
from presage.projections.projection import Moment, Row, Rows, Statement, render
from presage.storage.schema import projected
from presage.units import DOLLAR_PRICE, SECOND, Count, Money, Price


def _table(name: str, *values: Column[int]) -> Table:
    return Table(
        name,
        projected,
        Column("market", BigInteger, primary_key=True, autoincrement=False),
        Column("period", Integer, primary_key=True, autoincrement=False),
        Column("ends_at", BigInteger, primary_key=True, autoincrement=False),
        *values,
        sqlite_with_rowid=False,
    )


quote_candles = _table(
    "quote_candles",
    Column("bid_low", Integer, nullable=False),
    Column("bid_high", Integer, nullable=False),
    Column("bid_close", Integer, nullable=False),
    Column("ask_low", Integer, nullable=False),
    Column("ask_high", Integer, nullable=False),
    Column("ask_close", Integer, nullable=False),
)
trade_candles = _table(
    "trade_candles",
    Column("open", Integer, nullable=False),
    Column("low", Integer, nullable=False),
    Column("high", Integer, nullable=False),
    Column("close", Integer, nullable=False),
    Column("volume", BigInteger, nullable=False),
    Column("turnover", BigInteger, nullable=False),
    Column("open_interest", BigInteger, nullable=False),
)


class QuoteRow(msgspec.Struct, frozen=True):
    """The best prices that the period's changes reached; where it opened is in the row before."""

    ends_at: int
    bid_low: Price
    bid_high: Price
    bid_close: Price
    ask_low: Price
    ask_high: Price
    ask_close: Price


class TradeRow(msgspec.Struct, frozen=True):
    """The period's trades; `turnover` is price x count summed."""

    ends_at: int
    open: Price
    low: Price
    high: Price
    close: Price
    volume: Count
    turnover: Money
    open_interest: Count


class Range(msgspec.Struct, frozen=True):
    """Where a price began, how far it went, where it ended."""

    open: Price
    low: Price
    high: Price
    close: Price


class Candle(msgspec.Struct, frozen=True):
    """One period; `ends_at` in unix seconds. `price` and `mean` (weighted by count, nearest) are
    None in a period without trades; `previous` is the last price before it, None if there was
    none."""

    ends_at: int
    bid: Range
    ask: Range
    price: Range | None
    mean: Price | None
    previous: Price | None
    volume: Count
    open_interest: Count


_EMPTY_BOOK: Final = QuoteRow(0, 0, 0, 0, DOLLAR_PRICE, DOLLAR_PRICE, DOLLAR_PRICE)
_KEY: Final = ("market", "period", "ends_at")


def _upsert(statement: Insert, lows: str, highs: str, lasts: str, sums: str = "") -> Statement:
    """Insert a period's row or merge into it; each argument names columns that merge alike."""
    new, old = statement.excluded, statement.table.c

    def kept(name: str, is_new: ColumnElement[bool]) -> ColumnElement[int]:
        return case((is_new, new[name]), else_=old[name])

    merged: dict[str, ColumnElement[int]] = {name: new[name] for name in lasts.split()}
    merged |= {name: kept(name, new[name] < old[name]) for name in lows.split()}
    merged |= {name: kept(name, new[name] > old[name]) for name in highs.split()}
    merged |= {name: old[name] + new[name] for name in sums.split()}
    return render(statement.on_conflict_do_update(index_elements=_KEY, set_=merged))


_QUOTE = _upsert(
    insert(quote_candles), "bid_low ask_low", "bid_high ask_high", "bid_close ask_close"
)
_TRADE = _upsert(
    insert(trade_candles), "low", "high", "close open_interest", sums="volume turnover"
)


class Candles:
    """Writes both tables: one row for each market and period, whatever happened in it."""

    name = "candles"
    tables = (quote_candles, trade_candles)
    handles = frozenset({TopChanged, Traded})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        ends: Ends = ()
        trades: Found = {}
        quotes: Found = {}
        for moment in moments:
            now = tuple(period_end(period, moment.at) for period in PERIODS)
            if now != ends:  # the minute is over, and with it perhaps more
                _write(ends, trades, quotes, rows)
                ends = now
            for fact in moment.facts:
                match fact:
                    case Traded():
                        _add_trade(fact, trades)
                    case TopChanged():
                        _add_quote(fact, quotes)
                    case _:
                        pass
        _write(ends, trades, quotes, rows)


Ends = tuple[int, ...]
"""When the current period of each length ends."""
Found = dict[MarketId, Row]


def _write(ends: Ends, trades: Found, quotes: Found, rows: Rows) -> None:
    """Write what was found in the current periods, and begin anew."""
    for statement, found in ((_TRADE, trades), (_QUOTE, quotes)):
        for row in found.values():
            for period, end in zip(PERIODS, ends, strict=True):
                rows.add(statement, {**row, "period": period, "ends_at": end})
        found.clear()


def _add_trade(fact: Traded, trades: Found) -> None:
    """Fold a trade into its market's row."""
    price = fact.price
    row = trades.get(fact.market)
    if row is None:
        row = {"market": fact.market, "open": price, "low": price, "high": price}
        row |= {"volume": 0, "turnover": 0}
        trades[fact.market] = row
    row["low"] = min(row["low"], price)
    row["high"] = max(row["high"], price)
    row["close"] = price
    row["volume"] += fact.count
    row["turnover"] += price * fact.count
    row["open_interest"] = fact.open_interest


def _add_quote(fact: TopChanged, quotes: Found) -> None:
    """Fold a change of the best prices into its market's row."""
    bid, ask = fact.bid, fact.ask
    row = quotes.get(fact.market)
    if row is None:
        row = {"market": fact.market, "bid_low": bid, "bid_high": bid, "ask_low": ask}
        quotes[fact.market] = row | {"ask_high": ask, "bid_close": bid, "ask_close": ask}
        return
    row["bid_low"], row["bid_high"] = min(row["bid_low"], bid), max(row["bid_high"], bid)
    row["ask_low"], row["ask_high"] = min(row["ask_low"], ask), max(row["ask_high"], ask)
    row["bid_close"], row["ask_close"] = bid, ask


def read(
    connection: Connection,
    market: MarketId,
    period: int,
    start: int,
    end: int,
    *,
    carry: bool = False,
) -> list[Candle]:
    """The candles that end in [start, end] (unix seconds), oldest first, without gaps.

    They begin with the first period in which something changed or, with `carry`, with the first
    period at all where earlier history says how it stood. The caller bounds the range: quiet
    periods are filled in up to `end`.
    """
    if start > end:
        return []
    quotes, trades = stored(connection, market, period, start, end)
    known = {row.ends_at for row in quotes} | {row.ends_at for row in trades}
    changed = [ends_at for ends_at in known if ends_at >= start]
    if carry and len(changed) < len(known):
        first = period_end(period, start * SECOND)
    elif changed:
        first = min(changed)
    else:
        return []
    return _fill(period_ends(period, first, end), quotes, trades, start)


def stored(
    connection: Connection, market: MarketId, period: int, start: int, end: int
) -> tuple[list[QuoteRow], list[TradeRow]]:
    """The stored rows that end in [start, end], each list led by the last earlier row, if any."""
    return stored_of(connection, [market], period, start, end)[0]


def stored_of(
    connection: Connection, markets: Sequence[MarketId], period: int, start: int, end: int
) -> list[tuple[list[QuoteRow], list[TradeRow]]]:
    """The same for each of some markets, read together."""
    asked = {"markets": str(list(markets)), "period": period, "start": start, "end": end}
    quotes: dict[MarketId, list[QuoteRow]] = {market: [] for market in markets}
    trades: dict[MarketId, list[TradeRow]] = {market: [] for market in markets}
    for market, *row in connection.execute(_QUOTES, asked):
        quotes[market].append(QuoteRow(*row))
    for market, *row in connection.execute(_TRADES, asked):
        trades[market].append(TradeRow(*row))
    return [(quotes[market], trades[market]) for market in markets]


def traded_or_quoted(connection: Connection, period: int, start: int) -> list[MarketId]:
    """The markets in which something changed in periods ending at `start` or later.

    Costs one seek for each market that was not settled before.
    """
    found: set[MarketId] = set()
    alive = or_(markets.c.settled_at == 0, markets.c.settled_at >= start * SECOND)
    for table in (quote_candles, trade_candles):
        changed = exists().where(
            table.c.market == markets.c.id, table.c.period == period, table.c.ends_at >= start
        )
        query = select(markets.c.id).where(alive, changed)
        found.update(connection.execute(query).scalars())
    return sorted(found)


def turnovers(connection: Connection) -> dict[MarketId, Money]:
    """All the money that was ever traded, by market."""
    t = trade_candles.c
    query = select(t.market, func.sum(t.turnover)).where(t.period == DAY).group_by(t.market)
    return {market: int(money) for market, money in connection.execute(query)}


def hourly_turnovers(connection: Connection, since: int) -> list[tuple[MarketId, int, Money]]:
    """Market, end and money of the hours that end at `since` (unix seconds) or later, oldest first
    in each market. Costs one seek for each market that was not settled before."""
    t = trade_candles.c
    rows = []
    for market in traded_or_quoted(connection, HOUR, since):
        query = select(t.market, t.ends_at, t.turnover).where(
            t.market == market, t.period == HOUR, t.ends_at >= since
        )
        rows += [(row[0], row[1], row[2]) for row in connection.execute(query.order_by(t.ends_at))]
    return rows


def _led(shape: type[msgspec.Struct], table: Table) -> Select[Any]:
    """Of each market in the list `markets` the rows in the range, led by the last earlier one."""
    asked = func.json_each(bindparam("markets")).table_valued("value").alias("asked")
    earlier = table.alias("earlier")
    before = select(func.max(earlier.c.ends_at)).where(
        earlier.c.market == asked.c.value,
        earlier.c.period == bindparam("period"),
        earlier.c.ends_at < bindparam("start"),
    )
    first = func.coalesce(before.scalar_subquery(), bindparam("start"))
    query = select(table.c.market, *columns(shape, table)).select_from(asked, table)
    query = query.where(table.c.market == asked.c.value, table.c.period == bindparam("period"))
    query = query.where(table.c.ends_at.between(first, bindparam("end")))
    return query.order_by(table.c.market, table.c.ends_at)


_QUOTES: Final = _led(QuoteRow, quote_candles)
_TRADES: Final = _led(TradeRow, trade_candles)


def _fill(
    ends: Iterable[int], quotes: list[QuoteRow], trades: list[TradeRow], start: int
) -> list[Candle]:
    """One candle for each end; a period without a row stays where the one before it closed."""
    quote, trade = _EMPTY_BOOK, None
    if quotes and quotes[0].ends_at < start:
        quote = quotes[0]
    if trades and trades[0].ends_at < start:
        trade = trades[0]
    quote_at = {row.ends_at: row for row in quotes}
    trade_at = {row.ends_at: row for row in trades}
    candles = []
    for end in ends:
        changed, traded = quote_at.get(end), trade_at.get(end)
        candles.append(_candle(end, quote, changed, trade, traded))
        quote = changed or quote
        trade = traded or trade
    return candles


def _candle(
    end: int,
    last_quote: QuoteRow,
    quote: QuoteRow | None,
    last_trade: TradeRow | None,
    trade: TradeRow | None,
) -> Candle:
    bid, ask = last_quote.bid_close, last_quote.ask_close
    if quote is None:
        bids, asks = Range(bid, bid, bid, bid), Range(ask, ask, ask, ask)
    else:
        bids = _opened(bid, quote.bid_low, quote.bid_high, quote.bid_close)
        asks = _opened(ask, quote.ask_low, quote.ask_high, quote.ask_close)
    previous = None if last_trade is None else last_trade.close
    if trade is None:
        held = 0 if last_trade is None else last_trade.open_interest
        return Candle(end, bids, asks, None, None, previous, 0, held)
    prices = Range(trade.open, trade.low, trade.high, trade.close)
    mean = (2 * trade.turnover + trade.volume) // (2 * trade.volume)
    return Candle(end, bids, asks, prices, mean, previous, trade.volume, trade.open_interest)


def _opened(opened: Price, low: Price, high: Price, close: Price) -> Range:
    """A range that also covers the price it opened at."""
    return Range(opened, min(opened, low), max(opened, high), close)
