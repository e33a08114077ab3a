"""Work that the clock starts, and the list of everything that runs beside the doors.

A chore is a step that is safe to take late, twice or never; `Periodic` takes it again and again.
`Jobs` starts followers and chores and says how each is doing. What they do it does not know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

import structlog

from presage.gateway import OutcomeUnknown, Stopped
from presage.units import SECOND, Micros
from presage.workers.feed import TOO_MUCH_TO_DO, Feed

_log = structlog.get_logger(__name__)
_AFTER_FAILURE: Final = 60.0


class Job(Protocol):
    """Something that runs beside the doors."""

    error: str

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def lag(self) -> int: ...

    async def run(self) -> None: ...

    async def catch_up(self) -> None: ...

    def ask(self) -> None: ...


class Periodic:
    """Takes a step every so often, and when somebody asks for it."""

    kind = "chore"

    def __init__(
        self,
        name: str,
        every: Micros,
        step: Callable[[Micros], Awaitable[None]],
        clock: Callable[[], Micros],
    ) -> None:
        self.name = name
        self.every = every
        self.error = ""
        self._step = step
        self._clock = clock
        self._asked = asyncio.Event()
        self._busy = asyncio.Lock()

    @property
    def lag(self) -> int:
        """It has no offset to be behind with."""
        return 0

    def ask(self) -> None:
        """Take the step now."""
        self._asked.set()

    async def catch_up(self) -> None:
        """Take the step. Raises: Stopped, OutcomeUnknown, and whatever the step raises."""
        async with self._busy:
            await self._step(self._clock())
            self.error = ""

    async def run(self) -> None:
        """Take the step again and again, until cancelled or the exchange stops."""
        while True:
            wait = self.every / SECOND
            self._asked.clear()
            try:
                await self.catch_up()
            except (Stopped, OutcomeUnknown):
                return
            except TOO_MUCH_TO_DO:
                pass  # others go first; the next time does it
            except Exception as error:  # a bug of one chore must not stop the exchange
                self.error = f"{type(error).__name__}: {error}"
                _log.error("a chore failed", chore=self.name, exc_info=error)
                wait = max(wait, _AFTER_FAILURE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), wait)


class Jobs:
    """Everything that runs beside the doors, by name."""

    def __init__(self, feed: Feed, jobs: Sequence[Job]) -> None:
        self.all = {job.name: job for job in jobs}
        assert len(self.all) == len(jobs), "two jobs have one name"
        self._feed = feed

    def start(self) -> list[asyncio.Task[None]]:
        """Run all of them until they are cancelled."""
        tasks = [asyncio.create_task(job.run(), name=name) for name, job in self.all.items()]
        return [asyncio.create_task(self._feed.run(), name="feed"), *tasks]

    async def close(self) -> None:
        """Let go of the files; nothing may run any more."""
        await self._feed.close()

    async def catch_up(self) -> None:
        """Do all that there is to do now, also what one does because of another."""
        before = None
        while before != (before := await self._feed.place()):
            for job in self.all.values():
                await job.catch_up()
