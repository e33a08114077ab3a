"""Processes seen from outside, through Linux's /proc: their processor time, memory and cores.

A program counts with all its descendants: PostgreSQL is one process a connection, and an exchange
may have helpers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_LOOK: Final = 0.15
"""Seconds between two looks; longer than helpers wait for more work before they begin."""
_QUIET: Final = 0.003
"""Seconds of processor time between two looks below which a program counts as idle."""
_PATIENCE: Final = 10.0


def tree(root: int) -> list[int]:
    """A process and its descendants that live now."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has ended meanwhile
                children.setdefault(int(_fields(int(entry.name))[1]), []).append(int(entry.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def processor_time(roots: Sequence[int]) -> float:
    """Seconds that programs have used so far, with what their ended children had used."""
    total = 0.0
    for root in roots:
        for process in tree(root):
            with suppress(OSError):
                total += clock(process) + sum(map(int, _fields(process)[13:15])) / _TICKS
    return total


def clock(process: int) -> float:
    """Seconds that one process has used so far: clock_getcpuclockid(3), as /proc has only ticks."""
    return time.clock_gettime((~process << 3) | 2)


def settled(used: Callable[[], float]) -> float:
    """Processor time once it has stopped to grow: what programs put off counts too, and does not
    disturb whoever has the next turn."""
    now, quiet = used(), 0
    for _ in range(round(_PATIENCE / _LOOK)):
        time.sleep(_LOOK)
        before, now = now, used()
        quiet = quiet + 1 if now - before < _QUIET else 0
        if quiet == 2:
            break
    return now


def resident(root: int) -> int:
    """Bytes of memory that a program has."""
    pages = 0
    for process in tree(root):
        with suppress(OSError):
            pages += int((_PROC / str(process) / "statm").read_text("ascii").split()[1])
    return pages * _PAGE


def pin(process: int, cores: Iterable[int]) -> None:
    """Keep one process, with all its threads but not its children, on these cores."""
    with suppress(OSError):
        for thread in (_PROC / str(process) / "task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)


def free_helpers(root: int) -> None:
    """Let a program's descendants, who inherited its core, use all that this process may."""
    for process in tree(root)[1:]:
        pin(process, os.sched_getaffinity(0))


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Keep this thread, and what it starts meanwhile, on one core, if there is it."""
    cores = os.sched_getaffinity(0)
    if core in cores:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _fields(process: int) -> list[str]:
    """Of /proc/PID/stat, those after the program's name, which may hold anything."""
    text = (_PROC / str(process) / "stat").read_text("utf-8", "replace")
    return text.rpartition(")")[2].split()
