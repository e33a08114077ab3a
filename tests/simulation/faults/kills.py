"""kill -9 at random moments under load, as fast as servers can be started again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tests.simulation.faults.inspection import whole
from tests.simulation.faults.outcome import Options, Outcome
from tests.simulation.faults.server import FastServer
from tests.simulation.kill import Arena

ROUND: Final = 100
"""Cycles with one exchange; then its files are read from the first entry and a new one begins."""
ORDINARY_EVERY: Final = 50


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


def random_kills(options: Options) -> Outcome:
    """Load, kill, start, compare every order, amend and cancel with what was acknowledged."""
    outcome = Outcome()
    while outcome.cycles < options.cycles and outcome.passed:
        count = min(ROUND, options.cycles - outcome.cycles)
        _round(options, outcome, count)
    return outcome


def _round(options: Options, outcome: Outcome, count: int) -> None:
    seed = options.seed + outcome.cycles // ROUND
    folder = options.folder / f"kills-{seed}"
    folder.mkdir()
    server = MixedServer(folder / "data")
    try:
        arena = Arena(server, seed)
        for cycle in range(1, count + 1):
            wrong = arena.cycle(cycle)
            outcome.cycles += 1
            outcome.lost += sum("lost" in problem for problem in wrong)
            outcome.doubled += sum("doubled" in problem or "times" in problem for problem in wrong)
            again = f"again: --only random-kills --seed {seed} --cycles {cycle}"
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
