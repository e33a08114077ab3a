"""How much money has changed hands in each market, ever and within the last day.

Folded from committed trades, started from the candles. Price x count of YES, each trade once; it
prints nothing.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from sqlalchemy import Connection

from presage.domain.facts import Traded
from presage.domain.ids import MarketId
from presage.projections import candles, history
from presage.projections.periods import HOUR, period_end
from presage.projections.projection import Entry
from presage.units import SECOND, Micros, Money

_DAY: Final = 24 * 3_600
_ONE: Final = 1 << 16
_WORTH: Final = tuple(_ONE * 9**age // 10**age for age in range(26))
"""What money is worth after so many hours."""


class Turnover:
    """The view. `load` once, then `apply` every committed entry in order."""

    def __init__(self) -> None:
        self._ever: dict[MarketId, Money] = {}
        self._hours: dict[MarketId, deque[tuple[int, Money]]] = {}

    def load(self, connection: Connection) -> None:
        """Start from the tables."""
        self._ever = candles.turnovers(connection)
        since = history.last_at(connection) // SECOND - _DAY
        for market, ends_at, money in candles.hourly_turnovers(connection, since):
            self._hours.setdefault(market, deque()).append((ends_at, money))

    def apply(self, entry: Entry) -> None:
        """Fold one committed entry."""
        for fact in entry.facts:
            if type(fact) is Traded:
                self._add(fact.market, fact.price * fact.count, entry.at)

    def _add(self, market: MarketId, money: Money, at: Micros) -> None:
        self._ever[market] = self._ever.get(market, 0) + money
        hours = self._hours.setdefault(market, deque())
        end = period_end(HOUR, at)
        if hours and hours[-1][0] == end:
            money += hours.pop()[1]
        hours.append((end, money))
        _forget(hours, at)

    def ever(self, market: MarketId) -> Money:
        """All that was traded."""
        return self._ever.get(market, 0)

    def day(self, market: MarketId, now: Micros) -> Money:
        """What was traded within the last 24 hours, to the hour."""
        hours = self._hours.get(market)
        if not hours:
            return 0
        _forget(hours, now)
        return sum(money for _, money in hours)

    def recent(self, market: MarketId, now: Micros) -> Money:
        """The same, each hour worth a tenth less than the one after it: what is on now."""
        hours = self._hours.get(market)
        if not hours:
            return 0
        _forget(hours, now)
        end = period_end(HOUR, now)
        return sum(money * _WORTH[max(end - at, 0) // 3_600] // _ONE for at, money in hours)


def _forget(hours: deque[tuple[int, Money]], now: Micros) -> None:
    oldest = period_end(HOUR, now - _DAY * SECOND)
    while hours and hours[0][0] < oldest:
        hours.popleft()
