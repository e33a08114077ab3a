"""The operations of the historical tier."""

from __future__ import annotations

from typing import Final

import msgspec

from presage.api.kalshi import candlesticks, historical
from presage.api.registry import Handler, Operation
from presage.wire.kalshi import candlesticks as candlesticks_wire
from presage.wire.kalshi import historical as wire
from presage.wire.kalshi import markets as markets_wire
from presage.wire.kalshi import orders as orders_wire
from presage.wire.kalshi import portfolio as portfolio_wire

Shape = type[msgspec.Struct]


def _public(
    id: str, path: str, handler: Handler, reply: Shape, query: Shape | None = None
) -> Operation:
    # A cursor that is not ours is ignored, as on the live lists of the same things.
    return Operation(
        id=id,
        method="GET",
        path=path,
        handler=handler,
        query=query,
        reply=reply,
        auth="public",
        lenient_cursor=query is not None and "cursor" in query.__struct_fields__,
        tags=("historical",),
    )


def _own(id: str, path: str, handler: Handler, reply: Shape, query: Shape) -> Operation:
    return Operation(
        id=id,
        method="GET",
        path=path,
        handler=handler,
        query=query,
        reply=reply,
        scope="read",
        locked_keys=True,
        tags=("historical",),
    )


OPERATIONS: Final = (
    _public(
        "GetHistoricalCutoff",
        "/historical/cutoff",
        historical.get_historical_cutoff,
        wire.GetHistoricalCutoffResponse,
    ),
    _public(
        "GetHistoricalMarkets",
        "/historical/markets",
        historical.get_historical_markets,
        markets_wire.GetMarketsResponse,
        wire.GetHistoricalMarketsQuery,
    ),
    _public(
        "GetHistoricalMarket",
        "/historical/markets/{ticker}",
        historical.get_historical_market,
        markets_wire.GetMarketResponse,
    ),
    _public(
        "GetMarketCandlesticksHistorical",
        "/historical/markets/{ticker}/candlesticks",
        candlesticks.get_historical_market_candlesticks,
        candlesticks_wire.GetHistoricalCandlesticksResponse,
        candlesticks_wire.GetHistoricalCandlesticksQuery,
    ),
    _public(
        "GetTradesHistorical",
        "/historical/trades",
        historical.get_historical_trades,
        markets_wire.GetTradesResponse,
        markets_wire.GetTradesQuery,
    ),
    _own(
        "GetFillsHistorical",
        "/historical/fills",
        historical.get_historical_fills,
        portfolio_wire.GetFillsResponse,
        wire.GetHistoricalFillsQuery,
    ),
    _own(
        "GetHistoricalOrders",
        "/historical/orders",
        historical.get_historical_orders,
        orders_wire.GetOrdersResponse,
        wire.GetHistoricalOrdersQuery,
    ),
    _own(
        "GetHistoricalPositions",
        "/historical/positions",
        historical.get_historical_positions,
        portfolio_wire.GetPositionsResponse,
        wire.GetHistoricalPositionsQuery,
    ),
)
