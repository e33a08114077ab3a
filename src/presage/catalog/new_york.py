"""New York's clock as offsets from UTC: rules that may not look at a time zone are told these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from presage.domain.hours import Offset
from presage.units import SECOND, Micros

YEARS: Final = 20
"""As far ahead as changes of the clock are looked up; the last one holds from then on."""
_ZONE: Final = ZoneInfo("America/New_York")
_HOUR: Final = 3_600
_DAY: Final = 24 * _HOUR


def offsets_after(at: Micros) -> list[Offset]:
    """The offset at a moment, and every change of it in the years that follow."""
    start = at // SECOND // _DAY * _DAY - _DAY
    found = [Offset(start * SECOND, _offset(start))]
    for day in range(start, start + YEARS * 366 * _DAY, _DAY):
        if _offset(day + _DAY) != found[-1].seconds:
            hours = range(day + _HOUR, day + _DAY + 1, _HOUR)
            change = next(hour for hour in hours if _offset(hour) != found[-1].seconds)
            found.append(Offset(change * SECOND, _offset(change)))
    return found


def _offset(second: int) -> int:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    offset = moment.astimezone(_ZONE).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
