"""Candlesticks of one market, of several, and of all markets of an event."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

import msgspec

from presage.api.faults import QueryFault
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.domain.ids import MarketId
from presage.feeds.cards import MarketCard
from presage.projections import candles
from presage.projections.candles import Candle, Range
from presage.projections.periods import at_most, period_end, period_ends
from presage.units import (
    SECOND,
    Micros,
    Price,
    format_count,
    format_price,
    price_cents,
    whole_contracts,
)
from presage.wire.kalshi import candlesticks as wire

MAX_CANDLES: Final = 10_000
"""Candles in one answer about markets named by the caller."""
MAX_EVENT_CANDLES: Final = 5_000
"""Candles in one page about all markets of an event."""


class _Wanted(msgspec.Struct, frozen=True):
    """The part of the range asked for in which a market has candles; empty when start > end."""

    market: MarketId
    start: int
    end: int


async def get_market_candlesticks(
    call: Call[wire.GetMarketCandlesticksQuery, None],
) -> wire.GetMarketCandlesticksResponse:
    """One market's candlesticks, oldest first."""
    query = call.query
    services: Services = call.services
    card = services.markets.by_ticker(call.path["ticker"])
    if card is None or card.series_ticker != call.path["series_ticker"]:
        raise not_found()
    if not services.markets.is_live(card):
        raise not_found()
    wanted = _wanted(card, query.start_ts, query.end_ts, query.period_interval, call.at)
    found = await _read(
        services, [wanted], query.period_interval, query.include_latest_before_start
    )
    return wire.GetMarketCandlesticksResponse(card.ticker, _printed(found[0]))


async def get_historical_market_candlesticks(
    call: Call[wire.GetHistoricalCandlesticksQuery, None],
) -> wire.GetHistoricalCandlesticksResponse:
    """One historical market's candlesticks, oldest first."""
    query = call.query
    services: Services = call.services
    card = services.markets.by_ticker(call.path["ticker"])
    if card is None or services.markets.is_live(card):
        raise not_found()
    wanted = _wanted(card, query.start_ts, query.end_ts, query.period_interval, call.at)
    found = await _read(services, [wanted], query.period_interval, carry=False)
    return wire.GetHistoricalCandlesticksResponse(
        card.ticker, [_historical(candle) for candle in found[0]]
    )


async def batch_get_market_candlesticks(
    call: Call[wire.BatchGetMarketCandlesticksQuery, None],
) -> wire.BatchGetMarketCandlesticksResponse:
    """Candlesticks of several markets; tickers that no live market has are left out."""
    query = call.query
    services: Services = call.services
    named = (services.markets.by_ticker(ticker) for ticker in dict.fromkeys(query.market_tickers))
    cards = [card for card in named if card is not None and services.markets.is_live(card)]
    wanted = [
        _wanted(card, query.start_ts, query.end_ts, query.period_interval, call.at)
        for card in cards
    ]
    found = await _read(services, wanted, query.period_interval, query.include_latest_before_start)
    return wire.BatchGetMarketCandlesticksResponse(
        [
            wire.MarketCandlesticksResponse(card.ticker, _printed(candles))
            for card, candles in zip(cards, found, strict=True)
        ]
    )


async def get_event_candlesticks(
    call: Call[wire.GetEventCandlesticksQuery, None],
) -> wire.GetEventCandlesticksResponse:
    """Candlesticks of all live markets of an event, as far as one page goes."""
    query = call.query
    services: Services = call.services
    event = services.markets.event(call.path["ticker"])
    if event is None or event.series.ticker != call.path["series_ticker"]:
        raise not_found()
    period = query.period_interval
    _check_range(query.start_ts, query.end_ts)
    cards = [card for card in event.markets if services.markets.is_live(card)]
    wanted = [_wanted(card, query.start_ts, query.end_ts, period, call.at) for card in cards]
    end = _last_that_fits(wanted, query.end_ts, period)
    wanted = [_Wanted(one.market, one.start, min(one.end, end)) for one in wanted]
    return wire.GetEventCandlesticksResponse(
        [card.ticker for card in cards],
        [_printed(one) for one in await _read(services, wanted, period, carry=False)],
        end,
    )


def _check_range(start: int, end: int) -> None:
    if start > end:
        raise QueryFault("end_ts", "is before start_ts", "gtefield")


def _wanted(card: MarketCard, start: int, end: int, period: int, now: Micros) -> _Wanted:
    """The range, cut to the market's life: from its creation to now or its closing time."""
    _check_range(start, end)
    last = period_end(period, min(now, card.close_at))
    return _Wanted(card.id, max(start, card.created_at // SECOND), min(end, last))


def _last_that_fits(wanted: list[_Wanted], end: int, period: int) -> int:
    """The end of the page: `end`, or as many periods after the first as all markets have room."""
    if sum(at_most(period, one.start, one.end) for one in wanted) <= MAX_EVENT_CANDLES:
        return end
    first = period_end(period, min(one.start for one in wanted) * SECOND)
    each = max(MAX_EVENT_CANDLES // len(wanted), 1)
    return list(islice(period_ends(period, first, end), each))[-1]


async def _read(
    services: Services, wanted: list[_Wanted], period: int, carry: bool
) -> list[list[Candle]]:
    total = sum(at_most(period, one.start, one.end) for one in wanted)
    if total > MAX_CANDLES:
        raise QueryFault("start_ts", f"asks for more than {MAX_CANDLES} candlesticks")
    return await services.reader.run(
        lambda connection: [
            candles.read(connection, one.market, period, one.start, one.end, carry=carry)
            for one in wanted
        ]
    )


def _printed(found: list[Candle]) -> list[wire.MarketCandlestick]:
    return [_candlestick(candle) for candle in found]


def _candlestick(candle: Candle) -> wire.MarketCandlestick:
    return wire.MarketCandlestick(
        end_period_ts=candle.ends_at,
        yes_bid=_offers(candle.bid),
        yes_ask=_offers(candle.ask),
        price=_prices(candle),
        volume=whole_contracts(candle.volume),
        volume_fp=format_count(candle.volume),
        open_interest=whole_contracts(candle.open_interest),
        open_interest_fp=format_count(candle.open_interest),
    )


def _offers(offers: Range) -> wire.BidAskDistribution:
    return wire.BidAskDistribution(
        open=price_cents(offers.open),
        open_dollars=format_price(offers.open),
        low=price_cents(offers.low),
        low_dollars=format_price(offers.low),
        high=price_cents(offers.high),
        high_dollars=format_price(offers.high),
        close=price_cents(offers.close),
        close_dollars=format_price(offers.close),
    )


def _prices(candle: Candle) -> wire.PriceDistribution:
    prices: dict[str, Price | None] = {"mean": candle.mean, "previous": candle.previous}
    if candle.price is not None:
        prices |= msgspec.structs.asdict(candle.price)
    values: dict[str, Any] = {}
    for name, price in prices.items():
        if price is not None:
            values |= {name: price_cents(price), f"{name}_dollars": format_price(price)}
    return wire.PriceDistribution(**values)


def _historical(candle: Candle) -> wire.MarketCandlestickHistorical:
    price = (None,) * 4 if candle.price is None else msgspec.structs.astuple(candle.price)
    opened, low, high, closed = map(_maybe, price)
    return wire.MarketCandlestickHistorical(
        end_period_ts=candle.ends_at,
        yes_bid=_historical_offers(candle.bid),
        yes_ask=_historical_offers(candle.ask),
        price=wire.PriceDistributionHistorical(
            open=opened,
            low=low,
            high=high,
            close=closed,
            mean=_maybe(candle.mean),
            previous=_maybe(candle.previous),
        ),
        volume=format_count(candle.volume),
        open_interest=format_count(candle.open_interest),
    )


def _historical_offers(offers: Range) -> wire.BidAskDistributionHistorical:
    return wire.BidAskDistributionHistorical(
        open=format_price(offers.open),
        low=format_price(offers.low),
        high=format_price(offers.high),
        close=format_price(offers.close),
    )


def _maybe(price: Price | None) -> str | None:
    return None if price is None else format_price(price)
