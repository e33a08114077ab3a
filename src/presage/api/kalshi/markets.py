"""Markets, order books and public trades: which ones a caller asked for, and how they are paged."""

from __future__ import annotations

from typing import Final, Literal

from presage.api.faults import QueryFault
from presage.api.ids import Kind
from presage.api.kalshi import cutoffs
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.domain.orders import BID
from presage.feeds.cards import MarketCard
from presage.feeds.indexes import FOREVER, MarketFilter, Span
from presage.feeds.printing import (
    kept_market,
    levels,
    printed_book,
    printed_market,
    stale_markets,
)
from presage.projections import trades
from presage.units import (
    DOLLAR_PRICE,
    SECOND,
    Micros,
    format_count,
    format_price,
    price_cents,
    whole_contracts,
)
from presage.wire.kalshi import markets as wire
from presage.wire.kalshi.times import rfc3339

DEFAULT_LIMIT: Final = 100

# A pair of times goes with these status words only, and never with another pair.
_CREATED_WORDS: Final = (None, "unopened", "open")
_CLOSE_WORDS: Final = (None, "closed")
_SETTLED_WORDS: Final = (None, "settled")


async def get_markets(call: Call[wire.GetMarketsQuery, None]) -> wire.GetMarketsResponse:
    """List markets, newest first."""
    services: Services = call.services
    wanted = _filter(services, call.query)
    cutoff, before = cutoffs.market_place(call, call.query.cursor)
    if wanted is None:
        return wire.GetMarketsResponse([], "")
    limit = call.query.limit or DEFAULT_LIMIT
    cards, rest = services.markets.page(wanted, limit, before, cutoff=cutoff)
    cursor = "" if rest is None else services.cursors.seal(call, (cutoff, rest))
    return wire.GetMarketsResponse(await printed(services, cards, call.at), cursor)


async def get_market(call: Call[None, None]) -> wire.GetMarketResponse:
    """One market."""
    services: Services = call.services
    card = _market(services, call.path["ticker"])
    if not services.markets.is_live(card):
        raise not_found()
    return wire.GetMarketResponse((await printed(services, [card], call.at))[0])


async def printed(services: Services, cards: list[MarketCard], now: Micros) -> list[wire.Market]:
    """Markets as they are printed, in their order."""
    # While texts are read another market may change.
    while stale := stale_markets(cards, now):
        await services.markets.texts.bring(services.reader, stale)
        for card in stale:
            printed_market(card, now)
    return [kept_market(card) for card in cards]


async def get_market_orderbook(
    call: Call[wire.GetMarketOrderbookQuery, None],
) -> wire.GetMarketOrderbookResponse:
    """One market's order book."""
    services: Services = call.services
    book = services.books.book(_market(services, call.path["ticker"]).id)
    return printed_book(book, call.query.depth)


async def get_market_orderbooks(
    call: Call[wire.GetMarketOrderbooksQuery, None],
) -> wire.GetMarketOrderbooksResponse:
    """The order books of several markets; tickers that do not exist are left out."""
    services: Services = call.services
    cards = (services.markets.by_ticker(ticker) for ticker in call.query.tickers)
    return wire.GetMarketOrderbooksResponse(
        [
            wire.MarketOrderbookFp(card.ticker, levels(services.books.book(card.id)))
            for card in cards
            if card is not None
        ]
    )


async def get_trades(call: Call[wire.GetTradesQuery, None]) -> wire.GetTradesResponse:
    """List public trades, newest first."""
    return await trades_page(call, historical=False)


async def trades_page(
    call: Call[wire.GetTradesQuery, None], *, historical: bool
) -> wire.GetTradesResponse:
    """Trades on one side of the cutoff."""
    services: Services = call.services
    query = call.query
    cutoff, after = cutoffs.place(call, query.cursor, services.markets.cutoffs.trades)
    since = None if query.min_ts is None else seconds(query.min_ts)
    until = None if query.max_ts is None else seconds(query.max_ts)
    if historical:
        until = cutoffs.before_cutoff(until, cutoff)
    else:
        since = cutoffs.from_cutoff(since, cutoff)
    market = None
    if query.ticker is not None:
        card = services.markets.by_ticker(query.ticker)
        if card is None:
            return wire.GetTradesResponse([], "")
        market = card.id
    limit = query.limit or DEFAULT_LIMIT
    rows = await services.reader.run(
        lambda connection: trades.page(
            connection,
            limit + 1,
            after,
            market=market,
            since=since,
            until=until,
            block=query.is_block_trade,
        )
    )
    cursor = ""
    if len(rows) > limit:
        last = rows[limit - 1]
        cursor = services.cursors.seal(call, (cutoff, last.at, last.id))
    return wire.GetTradesResponse([_trade(services, row) for row in rows[:limit]], cursor)


def _market(services: Services, ticker: str) -> MarketCard:
    card = services.markets.by_ticker(ticker)
    if card is None:
        raise not_found()
    return card


def _filter(services: Services, query: wire.GetMarketsQuery) -> MarketFilter | None:
    """The filter that a query spells; None: nothing can match it."""
    _check_times(query)
    view = services.markets
    event = series = None
    if query.event_ticker is not None and (event := view.event(query.event_ticker)) is None:
        return None
    if query.series_ticker is not None and (series := view.series(query.series_ticker)) is None:
        return None
    since = query.min_updated_ts
    return MarketFilter(
        among=view.ids(query.tickers) if query.tickers else None,
        word=query.status,
        event=event,
        series=series,
        created=_span(query.min_created_ts, query.max_created_ts),
        closing=_span(query.min_close_ts, query.max_close_ts),
        settled=_span(query.min_settled_ts, query.max_settled_ts),
        updated_since=None if since is None else seconds(since),
        combos=None if query.mve_filter is None else query.mve_filter == "only",
    )


def _check_times(query: wire.GetMarketsQuery) -> None:
    """Refuse the combinations that the documentation rules out."""
    pairs = (
        ("min_created_ts", query.min_created_ts, query.max_created_ts, _CREATED_WORDS),
        ("min_close_ts", query.min_close_ts, query.max_close_ts, _CLOSE_WORDS),
        ("min_settled_ts", query.min_settled_ts, query.max_settled_ts, _SETTLED_WORDS),
    )
    given = [(name, words) for name, low, high, words in pairs if (low, high) != (None, None)]
    if len(given) > 1:
        raise QueryFault(given[1][0], f"may not be combined with {given[0][0]}", "excluded_with")
    for name, words in given:
        if query.status not in words:
            raise QueryFault(name, f"does not go with status {query.status}", "excluded_with")
    if query.min_updated_ts is None:
        return
    others = given or query.status or query.tickers or query.event_ticker
    if others or query.mve_filter == "only":
        raise QueryFault("min_updated_ts", "may not be combined with this", "excluded_with")
    if query.series_ticker is not None and query.mve_filter != "exclude":
        raise QueryFault("series_ticker", "here needs mve_filter=exclude", "excluded_with")


def seconds(ts: int) -> Micros:
    """Unix seconds as microseconds, kept within what a database can compare."""
    return max(-FOREVER, min(ts * SECOND, FOREVER))


def _span(low: int | None, high: int | None) -> Span | None:
    if low is None and high is None:
        return None
    return (
        -FOREVER if low is None else seconds(low),
        FOREVER if high is None else seconds(high),
    )


def _trade(services: Services, row: trades.TradeRow) -> wire.Trade:
    no_price = DOLLAR_PRICE - row.price
    outcome: Literal["yes", "no"] = "yes" if row.side == BID else "no"
    return wire.Trade(
        trade_id=services.ids.text(row.id, Kind.TRADE),
        ticker=services.markets.by_id(row.market).ticker,
        price=row.price / DOLLAR_PRICE,
        count=whole_contracts(row.count),
        count_fp=format_count(row.count),
        yes_price=price_cents(row.price),
        yes_price_dollars=format_price(row.price),
        no_price=price_cents(no_price),
        no_price_dollars=format_price(no_price),
        taker_side=outcome,
        taker_outcome_side=outcome,
        taker_book_side="bid" if row.side == BID else "ask",
        created_time=rfc3339(row.at),
        is_block_trade=row.block,
    )
