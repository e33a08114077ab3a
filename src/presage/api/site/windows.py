"""Sliding windows: how many calls somebody has made within the last so many seconds.

It decides whether one more may go on now, and says when the next may. A refused call is not
counted. It never sleeps and never reads a clock of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

_SECOND: Final = 1_000_000_000


class Standing(NamedTuple):
    """Where somebody stands after a try: `wait` is the whole seconds (1 or more) until the oldest
    counted call falls out of the window."""

    allowed: bool
    remaining: int
    wait: int


class Windows:
    """Any number of windows; those whose calls have all fallen out are forgotten."""

    def __init__(self, monotonic_ns: Callable[[], int], most: int = 100_000) -> None:
        self._now = monotonic_ns
        self._calls: dict[Hashable, deque[int]] = {}
        self._most = most

    def take(self, key: Hashable, limit: int, seconds: int) -> Standing:
        """Count one call, if there is room for it."""
        now, span = self._now(), seconds * _SECOND
        calls = self._calls.get(key)
        if calls is None:
            if len(self._calls) >= self._most:
                self._forget(now)
            calls = self._calls[key] = deque()
        while calls and calls[0] <= now - span:
            calls.popleft()
        allowed = len(calls) < limit
        if allowed:
            calls.append(now)
        left = span if not calls else calls[0] + span - now
        return Standing(allowed, max(0, limit - len(calls)), max(1, -(-left // _SECOND)))

    def give_back(self, key: Hashable) -> None:
        """Uncount the last call: it came to nothing."""
        calls = self._calls.get(key)
        if calls:
            calls.pop()

    def _forget(self, now: int) -> None:
        """Drop the windows nobody has used for an hour; under a flood the older half as well."""
        hour = now - 3_600 * _SECOND
        for key, calls in list(self._calls.items()):
            if not calls or calls[-1] <= hour:
                del self._calls[key]
        if len(self._calls) >= self._most:
            for key in list(self._calls)[: self._most // 2 + 1]:
                del self._calls[key]
