"""Forecasts: percentiles of the number that an event's markets are about, as their prices moved.

A market's price in a period is the middle of its best bid and ask at the end, or the last trade
where one of them is missing. Within a minute only trades are known, so a five-second forecast moves
with them and comes back to the quotes at the minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from presage.api.faults import QueryFault
from presage.api.kalshi import percentiles
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.percentiles import Claim
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.feeds.cards import EventCard, MarketCard
from presage.projections import candles, trades
from presage.projections.candles import Candle
from presage.projections.periods import MINUTE, at_most, period_end, period_ends
from presage.projections.trades import TradeRow
from presage.units import DOLLAR_PRICE, SECOND, Micros
from presage.wire.kalshi import forecasts as wire

MAX_PRICES: Final = 10_000
"""Prices that go into one answer: periods times markets, and trades of one market."""
SHORT: Final = 5
"""Seconds of the shortest period, which is asked for as 0 minutes."""
_WHOLE: Final = 10_000

Prices = dict[int, float | None]
"""A market's price at the end of each period, 0 to 1."""


async def get_event_forecast_percentiles_history(
    call: Call[wire.GetEventForecastPercentilesHistoryQuery, None],
) -> wire.GetEventForecastPercentilesHistoryResponse:
    """The percentiles of an event's number, period by period, oldest first."""
    services: Services = call.services
    query = call.query
    event = services.markets.event(call.path["ticker"])
    if event is None or event.series.ticker != call.path["series_ticker"]:
        raise not_found()
    if query.start_ts > query.end_ts:
        raise QueryFault("end_ts", "is before start_ts", "gtefield")
    await services.markets.texts.bring(services.reader, event.markets)
    cards = [card for card in event.markets if _claim(card).strike_type]
    start, end = _life(event, query.start_ts, query.end_ts, query.period_interval, call.at)
    ends = _ends(query.period_interval, start, end, len(cards))
    if not cards or not ends:
        return wire.GetEventForecastPercentilesHistoryResponse([])
    found = [await _prices(services, card, query.period_interval, ends) for card in cards]
    claims = [_claim(card) for card in cards]
    places = percentiles.decimals(claims)
    points = []
    for moment in ends:
        curve = percentiles.curve(claims, [prices.get(moment) for prices in found])
        if len(curve) > 1:
            told = [_told(curve, one, places) for one in query.percentiles]
            points.append(
                wire.ForecastPercentilesPoint(event.ticker, moment, query.period_interval, told)
            )
    return wire.GetEventForecastPercentilesHistoryResponse(points)


def _told(curve: percentiles.Curve, percentile: int, places: int) -> wire.PercentilePoint:
    raw = percentiles.quantile(curve, percentile / _WHOLE)
    return wire.PercentilePoint(percentile, raw, round(raw, places), f"{raw:,.{places}f}")


def _claim(card: MarketCard) -> Claim:
    text = card.text
    assert text is not None, "the market's text was just brought"
    return Claim(text.strike_type, text.floor_strike, text.cap_strike)


def _life(event: EventCard, start: int, end: int, period: int, now: Micros) -> tuple[int, int]:
    """The range, cut to the life of the event's markets; empty where start > end."""
    if not event.markets:
        return 1, 0
    first = min(card.created_at for card in event.markets) // SECOND
    last = min(now, max(card.close_at for card in event.markets))
    ended = -(-last // SECOND) + SHORT if period == 0 else period_end(period, last)
    return max(start, first), min(end, ended)


def _ends(period: int, start: int, end: int, markets: int) -> list[int]:
    """The ends of the periods in the range. Raises: QueryFault when there are too many."""
    count = (end - start) // SHORT + 1 if period == 0 else at_most(period, start, end)
    if count * markets > MAX_PRICES:
        raise QueryFault("start_ts", f"asks for more than {MAX_PRICES} prices", "max")
    if start > end:
        return []
    if period == 0:
        return list(range(-(-start // SHORT) * SHORT, end + 1, SHORT))
    return list(period_ends(period, period_end(period, start * SECOND), end))


async def _prices(services: Services, card: MarketCard, period: int, ends: list[int]) -> Prices:
    """A market's prices at these moments."""
    first, last = ends[0], ends[-1]
    if period:
        read = await services.reader.run(
            lambda connection: candles.read(connection, card.id, period, first, last, carry=True)
        )
        return {candle.ends_at: _price(candle) for candle in read}
    minute = period_end(MINUTE, first * SECOND) - 60 * MINUTE
    quotes, sales = await services.reader.run(
        lambda connection: (
            candles.read(connection, card.id, MINUTE, minute, last, carry=True),
            trades.page(
                connection,
                MAX_PRICES,
                market=card.id,
                since=minute * SECOND,
                until=last * SECOND,
            ),
        )
    )
    return dict(_followed(quotes, sales, ends))


def _followed(
    quotes: list[Candle], sales: list[TradeRow], ends: list[int]
) -> Iterator[tuple[int, float | None]]:
    """What was last known at each of the moments."""
    changes = [(candle.ends_at * SECOND, _price(candle)) for candle in quotes]
    changes += [(sale.at, sale.price / DOLLAR_PRICE) for sale in reversed(sales)]
    changes.sort(key=lambda change: change[0])
    known: float | None = None
    position = 0
    for moment in ends:
        while position < len(changes) and changes[position][0] <= moment * SECOND:
            known = changes[position][1]
            position += 1
        yield moment, known


def _price(candle: Candle) -> float | None:
    bid, ask = candle.bid.close, candle.ask.close
    if bid > 0 and ask < DOLLAR_PRICE:
        return (bid + ask) / (2 * DOLLAR_PRICE)
    last = candle.previous if candle.price is None else candle.price.close
    return None if last is None else last / DOLLAR_PRICE
