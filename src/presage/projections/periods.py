"""When candles end: on the minute, on the hour, and at midnight in New York.

A period includes the moment it ends and not the one it begins, so that what happens exactly at
10:01:00 belongs to the candle of 10:01. Ends are unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from presage.units import SECOND, Micros

MINUTE: Final = 1
HOUR: Final = 60
DAY: Final = 1_440
PERIODS: Final = (MINUTE, HOUR, DAY)
"""Lengths in minutes."""

_HOUR_SECONDS: Final = 3_600
_EXCHANGE_ZONE: Final = ZoneInfo("America/New_York")


def period_end(period: int, at: Micros) -> int:
    """The end of the period that `at` falls in."""
    if period == MINUTE:
        return -(-at // (60 * SECOND)) * 60
    hour = -(-at // (_HOUR_SECONDS * SECOND)) * _HOUR_SECONDS
    return hour if period == HOUR else _day_end(hour)


@lru_cache(maxsize=1_024)
def _day_end(hour: int) -> int:
    """The first midnight at or after the full hour `hour`; midnights there are full hours."""
    # One second back, because a day includes the midnight it ends at.
    day = datetime.fromtimestamp(hour - 1, _EXCHANGE_ZONE).date()
    midnight = datetime.combine(day + timedelta(days=1), time(), _EXCHANGE_ZONE)
    return int(midnight.timestamp())


def period_ends(period: int, first: int, last: int) -> Iterator[int]:
    """The ends from `first`, which must be one, up to `last`."""
    if period != DAY:
        yield from range(first, last + 1, period * 60)
        return
    end = first
    while end <= last:
        yield end
        end = _day_end(end + _HOUR_SECONDS)


def at_most(period: int, start: int, end: int) -> int:
    """An upper bound on the number of ends in [start, end]."""
    # A day in spring has 23 hours.
    step = (period * 60) if period != DAY else 23 * _HOUR_SECONDS
    return max((end - start) // step + 1, 0)
