"""Prices of the outside world, fed by an operator: CF Benchmarks indexes and Pyth underlyings.

Kept in memory only, as much as the averages need; nothing of it decides anything on the exchange. A
tick that is not newer than the last, or comes too soon after it, is ignored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Literal

import msgspec

from presage.units import parse_decimal
from presage.wire.kalshi.stream_values import Average

PLACES: Final = 8
MAX_NAMES: Final = 1_000
"""Different indexes or underlyings of one feed."""
RECENT_MS: Final = 2 * 3_600_000
"""A feed's list names what was seen in so many milliseconds."""
MINUTE_MS: Final = 60_000
QUARTER_MS: Final = 15 * MINUTE_MS
FAST_MS: Final = 200
"""Five ticks a second."""

FeedName = Literal["cfbenchmarks_value", "cfbenchmarks_value_5hz", "pyth_value"]
Value = int
"""1/10**8 dollar."""


class TooManyNames(Exception):
    """The feed has `MAX_NAMES` names already."""


class PriceTick(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one index or underlying; the averages only on the feed that has them."""

    name: str
    text: str
    value: Value
    source_ms: int
    received_ms: int
    last_minute: Average | None = None
    quarter_hour: Average | None = None


def parse_value(text: str) -> Value:
    """Dollars with up to 8 decimals. Raises: NotANumber, TooPrecise."""
    return parse_decimal(text, PLACES)


def format_value(value: Value) -> str:
    """Dollars with exactly 8 decimals."""
    return f"{value // 10**PLACES}.{value % 10**PLACES:0{PLACES}d}"


def mean(values: Iterable[Value]) -> Value:
    """Cut down to 1/10**8 dollar."""
    values = list(values)
    return sum(values) // len(values)


class Feed:
    """The newest tick of each name. `step_ms` and `apart_ms` say how soon the next may come: in
    another step of the clock, and so much later."""

    def __init__(self, name: FeedName, step_ms: int, apart_ms: int, *, averaged: bool) -> None:
        self.name = name
        self._step = step_ms
        self._apart = apart_ms
        self._averaged = averaged
        self._last: dict[str, PriceTick] = {}
        self._minutes: dict[str, deque[PriceTick]] = {}
        self._newest_ms = 0

    def names(self) -> list[str]:
        """What was seen lately."""
        oldest = self._newest_ms - RECENT_MS
        return sorted(name for name, tick in self._last.items() if tick.received_ms >= oldest)

    def take(self, tick: PriceTick) -> PriceTick | None:
        """The tick with its averages; None: it is ignored. Raises: TooManyNames."""
        last = self._last.get(tick.name)
        if last is None and len(self._last) >= MAX_NAMES:
            raise TooManyNames
        if last is not None:
            soon = tick.source_ms - last.source_ms < max(1, self._apart)
            if soon or tick.source_ms // self._step <= last.source_ms // self._step:
                return None
        if self._averaged:
            tick = self._average(tick)
        self._last[tick.name] = tick
        self._newest_ms = max(self._newest_ms, tick.received_ms)
        return tick

    def _average(self, tick: PriceTick) -> PriceTick:
        minute = self._minutes.setdefault(tick.name, deque())
        start = tick.source_ms - MINUTE_MS
        while minute and minute[0].source_ms < start:
            minute.popleft()
        prior = [one.value for one in minute]
        last_minute = Average(
            format_value(mean(prior or [tick.value])), len(prior), start, tick.source_ms
        )
        quarter_hour = None
        close = -(-tick.source_ms // QUARTER_MS) * QUARTER_MS
        if tick.source_ms > close - MINUTE_MS:
            since = [one.value for one in minute if one.source_ms > close - MINUTE_MS]
            since.append(tick.value)
            quarter_hour = Average(
                format_value(mean(since)), len(since), close - MINUTE_MS, tick.source_ms + 1
            )
        minute.append(tick)
        return msgspec.structs.replace(tick, last_minute=last_minute, quarter_hour=quarter_hour)


class Prices:
    """The three feeds. `listeners` are called with each tick that counts."""

    def __init__(self) -> None:
        self.per_second = Feed("cfbenchmarks_value", 1_000, 0, averaged=True)
        self.five_hertz = Feed("cfbenchmarks_value_5hz", 1, FAST_MS, averaged=False)
        self.pyth = Feed("pyth_value", 1, 0, averaged=False)
        self.listeners: list[Callable[[FeedName, PriceTick], None]] = []

    def publish(self, source: Literal["cfbenchmarks", "pyth"], tick: PriceTick) -> bool:
        """Tell a tick to whoever listens; False: it is ignored. Raises: TooManyNames."""
        feeds = (self.pyth,) if source == "pyth" else (self.per_second, self.five_hertz)
        counted = False
        for feed in feeds:
            taken = feed.take(tick)
            if taken is not None:
                counted = True
                for listener in self.listeners:
                    listener(feed.name, taken)
        return counted
