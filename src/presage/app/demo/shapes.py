"""How demo content is written down: series with events with outcomes, dates relative to a start.

Texts may use `{label}` (the outcome), `{day}` and `{year}` (the closing date). Nothing here knows
commands or tables.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from presage.catalog.texts import Source
from presage.domain.markets import MECNET
from presage.units import SECOND, Micros, Price

When = Callable[[datetime], datetime]
"""A moment after the start of the exchange."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SOON: Final = timedelta(days=14)


class Outcome(msgspec.Struct, frozen=True):
    """One market: the end of its ticker, what YES means, where the house's fair price begins
    (0: the house does not quote it), strikes where it has them."""

    name: str
    label: str
    fair: Price = 0
    floor: float | None = None
    cap: float | None = None
    ask_limit: Price = 0


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`size` is how many contracts the house shows at a price; `early` says when it closes before
    its time, empty: never."""

    slug: str
    ticker: str
    title: str
    sub_title: str
    question: str
    rules: str
    notes: str
    closes: When
    outcomes: tuple[Outcome, ...]
    opens: When | None = None
    exclusive: bool = False
    structure: str = "linear_cent"
    strike_type: str | None = None
    early: str = ""
    timer_hours: int = 1
    size: int = 50

    @property
    def netting(self) -> str:
        """Collateral is returned where at most one outcome can happen."""
        return MECNET if self.exclusive else ""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    ticker: str
    title: str
    category: str
    tags: tuple[str, ...]
    frequency: str
    sources: tuple[Source, ...]
    events: tuple[Event, ...]
    fee_type: str = "quadratic"


def in_days(days: int, hour: int = 22) -> When:
    """So many days later, at an hour in UTC."""

    def when(start: datetime) -> datetime:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=days, hours=hour)

    return when


def next_date(month: int, day: int, hour: int = 18) -> When:
    """The next such date that is at least two weeks away."""

    def when(start: datetime) -> datetime:
        date = datetime(start.year, month, day, hour, tzinfo=UTC)
        return date if date - start > _SOON else date.replace(year=start.year + 1)

    return when


def moment(at: Micros) -> datetime:
    """Microseconds since the epoch as a date in UTC."""
    return _EPOCH + timedelta(microseconds=at)


def micros(when: datetime) -> Micros:
    """The other way round, in whole seconds."""
    return int((when - _EPOCH).total_seconds()) * SECOND


def written(text: str, label: str, closes: datetime) -> str:
    """A text with its placeholders filled in: `{day}` becomes `June 17, 2027`."""
    day = f"{closes:%B} {closes.day}, {closes.year}"
    return text.format(label=label, day=day, year=closes.year)
