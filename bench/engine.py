"""Engine commands a second on six traces: decisions and facts, without journal or network.

Every contestant is a process of its own; they take turns, a batch each, so that what else the
machine does hits them alike. The engine as it is, the engine compiled (when `python -m
tools.compile` was run) and lightmatchingengine, which gets the same orders and keeps only a book.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from bench import peers
from bench.results import Result, mean_ratio, note
from bench.traces import TRACES
from tools.compile import compiled

ROUNDS: Final = 5
BATCH: Final = 4_000
PEER: Final = "lightmatchingengine"
FLOOR: Final = 1.0
COMPILED_FLOOR: Final = 2.0


class Contestant:
    """A `bench.contestant` process that waits for its next batch."""

    def __init__(self, side: str, trace: int, batch: int, extra: Path | None) -> None:
        self._arguments = [side, str(trace), str(batch)]
        self._environment = peers.environment(extra)
        self._batch = batch
        self.rates: list[float] = []

    def __enter__(self) -> Contestant:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.contestant", *self._arguments],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def wait(self) -> None:
        """Until it is prepared."""
        self._read()

    def run(self) -> None:
        """The next batch."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self.rates.append(self._batch / float(self._read()))

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"bench.contestant {' '.join(self._arguments)} has ended")
        return line


def measure(quick: bool, alone: bool) -> list[Result]:
    """The median batch of each trace."""
    extra, built = peers.packages(not alone), compiled()
    if built is None:
        note("skipped the compiled engine: python -m tools.compile makes it")
    results: dict[str, list[Result]] = {"engine": [], "compiled engine": []}
    for number, trace in enumerate(TRACES):
        rates = _race(number, quick, extra, built)
        peer = rates.get("peer")
        for name, rows in results.items():
            if name in rates:
                rows.append(_row(f"{name}: {trace.name}", rates[name], peer))
    every = []
    for (name, rows), floor in zip(results.items(), (FLOOR, COMPILED_FLOOR), strict=True):
        every += rows
        if extra is not None and rows:
            every.append(mean_ratio(f"{name}: all six", rows, floor))
    return every


def _race(trace: int, quick: bool, extra: Path | None, built: Path | None) -> dict[str, float]:
    """The median rate of each contestant."""
    batch = 400 if quick else BATCH
    with ExitStack() as stack:
        racers = {"engine": Contestant("engine", trace, batch, None)}
        if built is not None:
            racers["compiled engine"] = Contestant("engine", trace, batch, built)
        if extra is not None:
            racers["peer"] = Contestant("peer", trace, batch, extra)
        for racer in racers.values():
            stack.enter_context(racer)
        for racer in racers.values():
            racer.wait()
        for _ in range(1 if quick else ROUNDS):
            for racer in racers.values():
                racer.run()
        return {name: median(racer.rates) for name, racer in racers.items()}


def _row(name: str, rate: float, peer: float | None) -> Result:
    if peer is None:
        return Result(name=name, value=rate, unit="commands/s")
    return Result(
        name=name, value=rate, unit="commands/s", peer=f"{PEER} {peer:,.0f}", ratio=rate / peer
    )
