"""How long work shows how far it is: a bar on a terminal, a line of the log now and then elsewhere.

It only shows; whoever works calls it with (what, done, total).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as Remaining

from presage.app.logging import log

Show = Callable[[str, int, int], None]

SECONDS_BETWEEN_LINES: Final = 5.0


@contextmanager
def shown(clock: Callable[[], float] = time.monotonic) -> Iterator[Show]:
    """Where to report progress; everything goes to standard error."""
    if not sys.stderr.isatty():
        yield _Lines(clock)
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bars(bars)


class _Bars:
    """A bar for each kind of work."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what)
        self._bars.update(self._tasks[what], completed=done, total=total)


class _Lines:
    """A line each few seconds: work that is done sooner says nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._clock() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = self._clock()
            log.info(what, done=done, total=total)
