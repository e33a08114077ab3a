"""The historical tier: what was over before the cutoffs, which the live lists leave out.

The same rows, shapes and cursors as the live lists; together they hold everything, nothing twice.
"""

from __future__ import annotations

from presage.api.faults import QueryFault
from presage.api.kalshi import cutoffs, markets, portfolio, replies, translate
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.orders import markets_named
from presage.api.kalshi.owned import accounts_for, ids_of, primary_or, services_of
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.feeds.indexes import MarketFilter
from presage.projections import fills, order_tiers, positions
from presage.wire.kalshi import historical as wire
from presage.wire.kalshi.markets import (
    GetMarketResponse,
    GetMarketsResponse,
    GetTradesQuery,
    GetTradesResponse,
)
from presage.wire.kalshi.orders import GetOrdersResponse
from presage.wire.kalshi.portfolio import GetFillsResponse, GetPositionsResponse
from presage.wire.kalshi.times import rfc3339


async def get_historical_cutoff(call: Call[None, None]) -> wire.GetHistoricalCutoffResponse:
    """The cutoffs in force."""
    now = cutoffs.current(call)
    return wire.GetHistoricalCutoffResponse(
        market_settled_ts=rfc3339(now.markets),
        trades_created_ts=rfc3339(now.trades),
        orders_updated_ts=rfc3339(now.orders),
        market_positions_last_updated_ts=rfc3339(now.positions),
    )


async def get_historical_markets(
    call: Call[wire.GetHistoricalMarketsQuery, None],
) -> GetMarketsResponse:
    """List historical markets, newest first."""
    services: Services = call.services
    wanted = _filter(services, call.query)
    cutoff, before = cutoffs.market_place(call, call.query.cursor)
    if wanted is None:
        return GetMarketsResponse([], "")
    limit = call.query.limit or markets.DEFAULT_LIMIT
    cards, rest = services.markets.historical_page(wanted, limit, before, cutoff)
    cursor = "" if rest is None else services.cursors.seal(call, (cutoff, rest))
    return GetMarketsResponse(await markets.printed(services, cards, call.at), cursor)


def _filter(services: Services, query: wire.GetHistoricalMarketsQuery) -> MarketFilter | None:
    """The filter that a query spells; None: nothing can match it."""
    given = [name for name in _EXCLUSIVE if getattr(query, name)]
    if len(given) > 1:
        raise QueryFault(given[1], f"may not be combined with {given[0]}", "excluded_with")
    view = services.markets
    event = series = None
    if query.event_ticker is not None and (event := view.event(query.event_ticker)) is None:
        return None
    if query.series_ticker is not None and (series := view.series(query.series_ticker)) is None:
        return None
    among = view.ids(query.tickers) if query.tickers else None
    combos = False if query.mve_filter == "exclude" else None
    return MarketFilter(among=among, event=event, series=series, combos=combos)


_EXCLUSIVE = ("tickers", "event_ticker", "series_ticker")


async def get_historical_market(call: Call[None, None]) -> GetMarketResponse:
    """One historical market."""
    services: Services = call.services
    card = services.markets.by_ticker(call.path["ticker"])
    if card is None or services.markets.is_live(card):
        raise not_found()
    return GetMarketResponse((await markets.printed(services, [card], call.at))[0])


async def get_historical_trades(call: Call[GetTradesQuery, None]) -> GetTradesResponse:
    """List historical public trades, newest first."""
    return await markets.trades_page(call, historical=True)


async def get_historical_fills(call: Call[wire.GetHistoricalFillsQuery, None]) -> GetFillsResponse:
    """List historical fills, newest first."""
    query = call.query
    accounts = ids_of(accounts_for(call, None))
    cutoff, after = cutoffs.place(call, query.cursor, cutoffs.current(call).trades)
    named = markets_named(call, query.ticker)
    if named == []:
        return GetFillsResponse([], "")
    rows = await services_of(call).reader.run(
        lambda connection: fills.page(
            connection,
            accounts,
            query.limit + 1,
            after,
            market=named[0] if named else None,
            since=translate.micros(query.min_ts),
            until=cutoffs.before_cutoff(translate.micros(query.max_ts), cutoff),
        )
    )
    page, cursor = replies.cut(call, rows, query.limit, lambda row: (cutoff, row.at, row.trade))
    return GetFillsResponse(replies.fills(call, page), cursor)


async def get_historical_orders(
    call: Call[wire.GetHistoricalOrdersQuery, None],
) -> GetOrdersResponse:
    """List historical orders, newest first."""
    query = call.query
    accounts = ids_of(accounts_for(call, None))
    cutoff, after = cutoffs.place(call, query.cursor, cutoffs.current(call).orders)
    named = markets_named(call, query.ticker)
    rows = await services_of(call).reader.run(
        lambda connection: order_tiers.historical(
            connection,
            accounts,
            query.limit + 1,
            after,
            cutoff=cutoff,
            markets=named,
            since=translate.micros(query.min_ts),
            until=translate.micros(query.max_ts),
        )
    )
    page, cursor = replies.cut(
        call, rows, query.limit, lambda row: (cutoff, row.created_at, row.id)
    )
    return GetOrdersResponse(replies.orders(call, page), cursor)


async def get_historical_positions(
    call: Call[wire.GetHistoricalPositionsQuery, None],
) -> GetPositionsResponse:
    """List historical positions, those of what was over last first."""
    query = call.query
    accounts = ids_of(primary_or(call, query.subaccount))
    cutoff, after = cutoffs.place(call, query.cursor, cutoffs.current(call).positions)
    named = markets_named(call, query.ticker, [query.event_ticker] if query.event_ticker else [])
    rows = await services_of(call).reader.run(
        lambda connection: positions.historical(
            connection, accounts, query.limit + 1, after, cutoff=cutoff, markets=named
        )
    )
    return await portfolio.printed_positions(call, accounts, cutoff, rows, query.limit)
