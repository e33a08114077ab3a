"""kill -9 at random moments under load, as fast as servers can be started again."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.simulation.faults.inspection import whole
from tests.simulation.faults.outcome import Options, Outcome, Skipped
from tests.simulation.faults.server import FastServer
from tests.simulation.kill import Arena

ROUND: Final = 100
"""Cycles with one exchange; then its files are read from the first entry and a new one begins."""
ORDINARY_EVERY: Final = 50
PROJECTORS: Final = 3
"""Projectors killed in one cycle, while everybody trades."""
STARTS_WITHIN: Final = 10.0
"""Seconds that a projector may take to be there again."""


class MixedServer(FastServer):
    """Now and then started as an operator starts it: a program of its own, imports and all."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._starts = 0

    def start(self) -> None:
        self._starts += 1
        if self._starts % ORDINARY_EVERY == 0:
            self.start_ordinarily()
        else:
            super().start()


class TablesArena(Arena):
    """The server lives; the process that writes its tables is killed again and again."""

    server: FastServer

    def _strike(self) -> None:
        for _ in range(PROJECTORS):
            until = time.monotonic() + STARTS_WITHIN
            while not (there := self.server.projectors()):
                assert time.monotonic() < until, "the projector does not come back"
                time.sleep(0.005)
            for pid in there:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(self._random.uniform(0.0, 0.2))
        for trader in self.traders:
            trader.told = True


def projector_kills(options: Options) -> Outcome:
    """Kill what writes the tables: orders go on, and whoever reads sees every one of them."""
    if sys.platform != "linux":
        raise Skipped("processes are looked for in /proc")
    outcome = Outcome()
    _round(options, outcome, options.cycles, TablesArena)
    return outcome


def random_kills(options: Options) -> Outcome:
    """Load, kill, start, compare every order, amend and cancel with what was acknowledged."""
    outcome = Outcome()
    while outcome.cycles < options.cycles and outcome.passed:
        count = min(ROUND, options.cycles - outcome.cycles)
        _round(options, outcome, count, Arena)
    return outcome


def _round(options: Options, outcome: Outcome, count: int, kind: type[Arena]) -> None:
    seed = options.seed + outcome.cycles // ROUND
    folder = options.folder / f"kills-{seed}"
    folder.mkdir()
    server = MixedServer(folder / "data")
    try:
        arena = kind(server, seed)
        for cycle in range(1, count + 1):
            wrong = arena.cycle(cycle)
            outcome.cycles += 1
            outcome.lost += sum("lost" in problem for problem in wrong)
            outcome.doubled += sum("doubled" in problem or "times" in problem for problem in wrong)
            name = "random-kills" if kind is Arena else "projector-kills"
            again = f"again: --only {name} --seed {seed} --cycles {cycle}"
            outcome.blame(f"cycle {cycle} ({again})", wrong)
            options.progress(f"{outcome.cycles} of {options.cycles} cycles")
            if wrong:
                break
        code = arena.close()
    finally:
        server.close()
    outcome.acks += sum(trader.acknowledged for trader in arena.traders)
    if code:
        outcome.blame(f"seed {seed}", [f"the clean stop ended with {code}"])
    outcome.blame(f"the files of seed {seed}", whole(server.data).problems)
    if outcome.passed:
        shutil.rmtree(folder)
