"""kill -9 at random moments under load, as fast as servers can be started again."""

from __future__ import annotations

from unittest.mock import patch

from tests.simulation.faults.inspection import whole
from tests.simulation.faults.outcome import Options, Outcome
from tests.simulation.faults.server import FastServer
from tests.simulation.kill import Arena

ROUND = 50
"""Cycles with one exchange; then its files are read from the first entry and a new one begins."""


def random_kills(options: Options) -> Outcome:
    """Load, kill, start, compare every order, amend and cancel with what was acknowledged."""
    outcome = Outcome()
    while outcome.cycles < options.cycles and outcome.passed:
        count = min(ROUND, options.cycles - outcome.cycles)
        _round(options, outcome, count)
    return outcome


def _round(options: Options, outcome: Outcome, count: int) -> None:
    number = outcome.cycles // ROUND
    folder = options.folder / f"kills-{number}"
    folder.mkdir()
    with patch("tests.simulation.kill.Server", FastServer):
        arena = Arena(folder, options.seed + number)
    server = arena.server
    assert isinstance(server, FastServer)
    try:
        for cycle in range(1, count + 1):
            wrong = arena.cycle(cycle)
            outcome.cycles += 1
            outcome.lost += sum("lost" in problem for problem in wrong)
            outcome.doubled += sum("doubled" in problem or "times" in problem for problem in wrong)
            outcome.blame(f"cycle {outcome.cycles}", wrong)
    finally:
        code = arena.close()
        server.close()
    outcome.acks += sum(trader.acknowledged for trader in arena.traders)
    if code:
        outcome.blame(f"cycle {outcome.cycles}", [f"the clean stop ended with {code}"])
    outcome.blame(f"after cycle {outcome.cycles}", whole(server.data).problems)
