"""Who fails to log in too often has to wait: per address of mail and per address of network.

Every failure beyond the limit doubles the wait. A success clears the email's failures, not the
network's. It never sleeps and never reads a clock of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Final

_SECOND: Final = 1_000_000_000
WINDOW: Final = 900 * _SECOND
FIRST_WAIT: Final = 60 * _SECOND
LONGEST_WAIT: Final = 3_600 * _SECOND
_MOST: Final = 100_000


class _Record:
    __slots__ = ("failures", "until", "wait")

    def __init__(self) -> None:
        self.failures: deque[int] = deque()
        self.until = 0
        self.wait = 0


class LoginThrottle:
    """Counts failures by key."""

    def __init__(self, monotonic_ns: Callable[[], int]) -> None:
        self._now = monotonic_ns
        self._records: dict[Hashable, _Record] = {}

    def wait(self, key: Hashable) -> int:
        """Whole seconds until the next try is allowed; 0: now."""
        record = self._records.get(key)
        if record is None:
            return 0
        return max(0, -(-(record.until - self._now()) // _SECOND))

    def fail(self, key: Hashable, limit: int) -> None:
        """Count a failure; with the `limit`th within the window the key has to wait."""
        now = self._now()
        record = self._records.get(key)
        if record is None:
            if len(self._records) >= _MOST:
                self._forget(now)
            record = self._records[key] = _Record()
        failures = record.failures
        while failures and failures[0] <= now - WINDOW:
            failures.popleft()
        if not failures and now > record.until + LONGEST_WAIT:
            record.wait = 0
        failures.append(now)
        if len(failures) >= limit:
            record.wait = min(LONGEST_WAIT, record.wait * 2 or FIRST_WAIT)
            record.until = now + record.wait

    def clear(self, key: Hashable) -> None:
        """A success."""
        self._records.pop(key, None)

    def _forget(self, now: int) -> None:
        for key, record in list(self._records.items()):
            if record.until <= now and (not record.failures or record.failures[-1] <= now - WINDOW):
                del self._records[key]
        if len(self._records) >= _MOST:
            for key in list(self._records)[: _MOST // 2 + 1]:
                del self._records[key]
