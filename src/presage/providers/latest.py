"""What a provider said last, for how long that is good, and how it is asked again.

One call at a time goes to a provider, however many people wait for it, and after a failure none for
a while. Whoever asks waits only so long: an answer that comes later serves the next one. Time is
the world's, not the exchange's: a clock that stands still would keep yesterday's news for ever.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, NamedTuple, TypeVar

import structlog

from presage.providers.web import Unavailable
from presage.units import SECOND, Micros

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

PATIENCE: Final = 5.0
"""Seconds that somebody waits for an answer."""
LONGEST: Final = 60.0
"""Seconds that an answer may take in all."""
PAUSE: Final[Micros] = 30 * SECOND
"""After a failure."""
MAX_KEPT: Final = 1_000
MAX_ASKING: Final = 20

_log = structlog.get_logger(__name__)


class Told(NamedTuple, Generic[T]):
    """The last answer and its moment; None: there never was one. `stale`: it is older than it
    should be, because the provider does not answer (yet)."""

    value: T | None
    at: Micros
    stale: bool


class Latest(Generic[K, T]):
    """The answers of one provider by what it was asked."""

    def __init__(
        self,
        name: str,
        wall: Callable[[], Micros],
        good_for: Micros,
        *,
        longest: float = LONGEST,
    ) -> None:
        self.patience = PATIENCE
        self._name = name
        self._wall = wall
        self._good_for = good_for
        self._longest = longest
        self._known: OrderedDict[K, tuple[T, Micros]] = OrderedDict()
        self._asking: dict[K, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._failed_at: Micros | None = None

    def knows(self, key: K) -> bool:
        """Is there an answer, however old?"""
        return key in self._known

    def remember(self, key: K, value: T, at: Micros) -> None:
        """Take over an answer that was given at a moment."""
        self._known[key] = value, at
        self._known.move_to_end(key)
        while len(self._known) > MAX_KEPT:
            self._known.popitem(last=False)

    async def get(self, key: K, ask: Callable[[], Awaitable[T]]) -> Told[T]:
        """The last answer while it is good, else a new one, else the last one all the same."""
        if not self._is_good(key) and self._may_ask(key):
            if key not in self._asking:
                task = asyncio.get_running_loop().create_task(self._renew(key, ask))
                self._asking[key] = task
            await asyncio.wait([self._asking[key]], timeout=self.patience)
        value, at = self._known.get(key, (None, 0))
        return Told(value, at, stale=value is not None and not self._is_good(key))

    async def settle(self) -> None:
        """Until nobody is being asked."""
        if self._asking:
            await asyncio.wait(list(self._asking.values()))

    async def close(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()
        await self.settle()

    def _is_good(self, key: K) -> bool:
        if key not in self._known:
            return False
        return abs(self._wall() - self._known[key][1]) < self._good_for

    def _may_ask(self, key: K) -> bool:
        if key in self._asking:
            return True
        if self._failed_at is not None and abs(self._wall() - self._failed_at) < PAUSE:
            return False
        return len(self._asking) < MAX_ASKING

    async def _renew(self, key: K, ask: Callable[[], Awaitable[T]]) -> None:
        try:
            async with self._one_at_a_time, asyncio.timeout(self._longest):
                self.remember(key, await ask(), self._wall())
            self._failed_at = None
        except (Unavailable, TimeoutError) as error:
            self._failed_at = self._wall()
            _log.warning("a provider gave no answer", provider=self._name, error=str(error))
        except Exception:  # an adapter that stumbles over an answer; the exchange goes on
            self._failed_at = self._wall()
            _log.exception("a provider's answer was not understood", provider=self._name)
        finally:
            del self._asking[key]
