"""The price history of an event's options: each one's probability of YES over a while.

From the same candles as Kalshi's candlesticks. What is between two buckets stays where the earlier
one ended; what was before the first trade is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from presage.api.kalshi.services import Services
from presage.api.site.money import contracts
from presage.api.site.options import option_id
from presage.api.site.strings import printed
from presage.domain.ids import MarketId
from presage.feeds.cards import EventCard
from presage.feeds.marks import between
from presage.projections import candles
from presage.projections.candles import QuoteRow, TradeRow
from presage.projections.periods import DAY, HOUR, MINUTE
from presage.units import DOLLAR_PRICE, SECOND, Count, Micros, Price
from presage.wire.site import events as wire

MAX_HISTORIES: Final = 100
"""Options of one event whose history is told, the most traded ones."""
PORTION: Final = 10
"""Options that one read looks at."""
_MINUTES: Final = 60
_SPANS: Final = {"1h": 3_600, "1d": 86_400, "1w": 7 * 86_400, "1m": 30 * 86_400}
_LONG: Final = 60 * 86_400


class Span(NamedTuple):
    """From and to in unix seconds, the length of the candles to read, of the buckets to show."""

    start: int
    end: int
    period: int
    width: int

    def ends(self) -> Iterable[int]:
        """When the buckets end, the last one now."""
        return (*range(self.start + self.width, self.end, self.width), self.end)


async def price_history(
    services: Services, card: EventCard, query: wire.ShowEvent, now: Micros
) -> list[wire.History]:
    """The history of each option, most traded first where there are too many."""
    markets = sorted(card.markets, key=lambda one: -one.volume)[:MAX_HISTORIES]
    told = {one.id for one in markets}
    wanted = [one.id for one in card.markets if one.id in told]
    span = _span(card, query, now // SECOND)
    found: list[list[wire.Point]] = []
    for at in range(0, len(wanted), PORTION):
        portion = wanted[at : at + PORTION]
        found += await services.reader.run(partial(_read, markets=portion, span=span))
    return [
        wire.History(option_id=option_id(services.ids, market), points=points)
        for market, points in zip(wanted, found, strict=True)
    ]


def _span(card: EventCard, query: wire.ShowEvent, now: int) -> Span:
    if query.range == "all":
        made = min((one.created_at for one in card.markets), default=now * SECOND) // SECOND
        seconds = max(now - made, 3_600)
    else:
        seconds = _SPANS[query.range]
    period = MINUTE if seconds <= _SPANS["1d"] else HOUR if seconds <= _LONG else DAY
    width = max(-(-seconds // query.points), period * _MINUTES)
    return Span(now - seconds, now, period, width)


def _read(rows: Any, markets: Sequence[MarketId], span: Span) -> list[list[wire.Point]]:
    late = span.end + span.period * _MINUTES  # the candle that is not over yet
    found = candles.stored_of(rows, markets, span.period, span.start + 1, late)
    return [_points(quotes, trades, span) for quotes, trades in found]


def _points(quotes: list[QuoteRow], trades: list[TradeRow], span: Span) -> list[wire.Point]:
    points: list[wire.Point] = []
    bid = ask = last = 0
    next_quote = next_trade = 0
    for end in span.ends():
        # What the newest candle holds has happened, though its minute is not over.
        until = end if end < span.end else end + span.period * _MINUTES
        volume: Count = 0
        while next_quote < len(quotes) and quotes[next_quote].ends_at <= until:
            bid, ask = quotes[next_quote].bid_close, quotes[next_quote].ask_close
            next_quote += 1
        while next_trade < len(trades) and trades[next_trade].ends_at <= until:
            trade = trades[next_trade]
            last = trade.close
            volume += trade.volume if trade.ends_at > span.start else 0
            next_trade += 1
        if last:
            points.append(
                wire.Point(
                    t=printed(end * SECOND),
                    prob_bps=_price(bid, ask, last),
                    volume_contracts=contracts(volume),
                )
            )
    return points


def _price(bid: Price, ask: Price, last: Price) -> Price:
    price = between(bid, ask if ask < DOLLAR_PRICE else 0, last).price
    return last if price is None else price
