"""Weekly hours in local time: what is closed next, over changes of the clock and of the week."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from presage.catalog.new_york import offsets_after
from presage.domain.hours import DAY, MINUTE, Hours, Offset, Session, is_open, next_closing
from presage.units import SECOND

ALWAYS = (0, 1 << 60)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def week(opens: int, closes: int, days: range = range(7)) -> list[Session]:
    return [Session(*ALWAYS, day, opens, closes) for day in days]


def test_an_office_day() -> None:
    hours = Hours(week(9 * 60, 17 * 60), [Offset(0, 0)])
    noon = at("2026-01-05T12:00")
    assert next_closing(hours, noon) == (at("2026-01-05T17:00"), at("2026-01-06T09:00"))
    night = at("2026-01-05T20:00")
    assert next_closing(hours, night) == (night, at("2026-01-06T09:00"))
    assert next_closing(hours, at("2026-01-05T17:00"))[0] == at("2026-01-05T17:00")  # type: ignore[index]


def test_days_that_touch_are_one_and_a_weekend_is_closed() -> None:
    hours = Hours(week(0, 1_440, range(5)), [Offset(0, 0)])
    friday = at("2026-01-09T12:00")
    assert next_closing(hours, friday) == (at("2026-01-10T00:00"), at("2026-01-12T00:00"))
    assert next_closing(Hours(week(0, 1_440), [Offset(0, 0)]), friday) is None
    assert next_closing(Hours(), friday) is None


def test_new_york_changes_its_clock() -> None:
    offsets = offsets_after(at("2026-01-01T00:00"))
    hours = Hours(week(8 * 60, 20 * 60), offsets)
    assert next_closing(hours, at("2026-03-07T15:00")) == (
        at("2026-03-08T01:00"),
        at("2026-03-08T12:00"),
    )
    assert next_closing(hours, at("2026-10-31T15:00")) == (
        at("2026-11-01T00:00"),
        at("2026-11-01T13:00"),
    )


def test_hours_bind_while_their_week_is_in_force() -> None:
    begin, end = at("2026-02-02T12:00"), at("2026-02-04T12:00")
    hours = Hours([Session(begin, end, 0, 0, 600)], [Offset(0, 0)])
    assert next_closing(hours, at("2026-01-05T12:00")) == (begin, end)
    assert next_closing(hours, end) is None


@pytest.mark.parametrize("seed", range(20))
def test_every_minute_agrees(seed: int) -> None:
    """Minute by minute for three weeks around a change of the clock."""
    random = Random(seed)
    start = at(random.choice(["2026-03-01T00:00", "2026-10-25T00:00"]))
    sessions = []
    for _ in range(random.randint(1, 8)):
        opens = random.randrange(0, 1_440, 30)
        closes = random.choice([1_440, random.randint(opens + 1, 1_440)])
        span = ALWAYS if random.random() < 0.7 else (start + 3 * DAY, start + 9 * DAY)
        sessions.append(Session(*span, random.randrange(7), opens, closes))
    hours = Hours(sessions, offsets_after(start))
    moment, end = start, start + 21 * DAY
    closed = [m for m in range(start, end, MINUTE) if not is_open(hours, m)]
    told: list[int] = []
    while (found := next_closing(hours, moment)) is not None and found[0] < end:
        told += range(found[0], min(found[1], end), MINUTE)
        moment = found[1]
    assert told == closed
