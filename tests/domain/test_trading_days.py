"""Days end at midnight in New York, summer and winter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from presage.domain.trading_days import date_text, trading_day
from presage.units import SECOND


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2026-01-06T04:59:59", "2026-01-05"),
        ("2026-01-06T05:00:00", "2026-01-06"),
        ("2026-07-06T03:59:59", "2026-07-05"),
        ("2026-07-06T04:00:00", "2026-07-06"),
        # Clocks go forward on 8 March and back on 1 November: those days have 23 and 25 hours.
        ("2026-03-08T04:59:59", "2026-03-07"),
        ("2026-03-08T05:00:00", "2026-03-08"),
        ("2026-03-09T03:59:59", "2026-03-08"),
        ("2026-03-09T04:00:00", "2026-03-09"),
        ("2026-11-01T03:59:59", "2026-10-31"),
        ("2026-11-01T04:00:00", "2026-11-01"),
        ("2026-11-02T04:59:59", "2026-11-01"),
        ("2026-11-02T05:00:00", "2026-11-02"),
    ],
)
def test_the_day_in_new_york(utc: str, day: str) -> None:
    at = int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()) * SECOND
    assert date_text(trading_day(at)) == day
