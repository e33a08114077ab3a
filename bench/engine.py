"""Engine commands a second on six traces: decisions and facts, without journal or network.

Every contestant is a process of its own; they take turns, a batch each, so that what else the
machine does hits them alike. The engine as it is, the engine compiled with mypyc and
lightmatchingengine, which gets the same orders and keeps only a book.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from bench import peers
from bench.results import Only, Result, mean_ratio
from bench.traces import TRACES

ROUNDS: Final = 10
BATCH: Final = 5_000
OURS: Final = "engine"
COMPILED: Final = "engine (compiled)"
PEER: Final = "lightmatchingengine"
ALL: Final = "all six"
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


def measure(quick: bool, alone: bool, built: Path | None, only: Only) -> list[Result]:
    """The median batch of each trace."""
    extra = peers.packages(not alone)
    if not only(COMPILED):
        built = None
    results: dict[str, list[Result]] = {OURS: [], COMPILED: []}
    for number, trace in enumerate(TRACES):
        if only(*(f"{name}: {part}" for name in results for part in (trace.name, ALL))):
            rates = _race(number, quick, extra, built)
            for name in results.keys() & rates.keys():
                results[name].append(_row(f"{name}: {trace.name}", rates[name], rates.get(PEER)))
    every = []
    for (name, rows), floor in zip(results.items(), (FLOOR, COMPILED_FLOOR), strict=True):
        every += rows
        if extra is not None and len(rows) == len(TRACES):
            every.append(mean_ratio(f"{name}: {ALL}", rows, floor))
    return every


def _race(trace: int, quick: bool, extra: Path | None, built: Path | None) -> dict[str, float]:
    """The median rate of each contestant."""
    batch = 400 if quick else BATCH
    with ExitStack() as stack:
        racers = {OURS: Contestant("engine", trace, batch, None)}
        if built is not None:
            racers[COMPILED] = Contestant("engine", trace, batch, built)
        if extra is not None:
            racers[PEER] = Contestant("peer", trace, batch, extra)
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
