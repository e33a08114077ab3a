"""Days as New York counts them: what a daily cap is counted by."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from presage.units import SECOND, Micros

_ZONE: Final = ZoneInfo("America/New_York")
_HOUR: Final = 3_600 * SECOND


def trading_day(at: Micros) -> int:
    """The number of the day in New York, which begins at midnight there (a moment at midnight
    belongs to the day that begins)."""
    return _day(at // _HOUR)


@lru_cache(maxsize=64)
def _day(hour: int) -> int:
    """All of an hour is in one day: midnights there are full hours everywhere."""
    return datetime.fromtimestamp(hour * 3_600, _ZONE).date().toordinal()


def date_text(day: int) -> str:
    """`2026-11-21`."""
    return date.fromordinal(day).isoformat()
