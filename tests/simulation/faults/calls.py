"""A fault exactly at the n-th system call: killed there, or told that the disk failed or is full.

strace counts the calls of each thread, so the n-th call of the start, of the writer and of the
watermark's helper are all met in turn. Whatever was acknowledged must be there afterwards, and
nothing may have been acknowledged after a failure.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from presage.domain.commands import Genesis
from presage.gateway import StorageError, open_exchange
from presage.projections.catalogue import every_projection
from tests.simulation.faults.inspection import orders, whole
from tests.simulation.faults.load import Answers, Load
from tests.simulation.faults.outcome import Options, Outcome
from tests.simulation.faults.server import TracedServer, need_strace
from tests.simulation.faults.template import Template

CLIENTS: Final = 3
REQUESTS: Final = 12
_NEVER: Final = Genesis(b"never the first!", bytes(16))
"""Every directory here has its exchange already."""


class Fault(NamedTuple):
    """`how` is strace's word for it; `last` the highest n that a run of ours reaches."""

    call: str
    how: str
    last: int
    persistent: bool = False

    def option(self, n: int) -> str:
        return f"inject={self.call}:{self.how}:when={n}{'+' if self.persistent else ''}"


KILLS: Final = (
    Fault("fdatasync", "signal=KILL", 60),
    Fault("pwrite64", "signal=KILL", 420),
    Fault("write", "signal=KILL", 90),
)
ERRORS: Final = (
    Fault("fdatasync", "error=EIO", 60),
    Fault("fdatasync", "error=EIO", 60, persistent=True),
    Fault("pwrite64", "error=EIO", 420),
    Fault("pwrite64", "error=EIO", 420, persistent=True),
    Fault("pwrite64", "error=ENOSPC", 420),
    Fault("pwrite64", "error=ENOSPC", 420, persistent=True),
)


def kills_at_calls(options: Options) -> Outcome:
    return _run(options, KILLS)


def errors_at_calls(options: Options) -> Outcome:
    return _run(options, ERRORS)


def _run(options: Options, faults: tuple[Fault, ...]) -> Outcome:
    need_strace()
    template = Template(options.folder)
    outcome = Outcome()
    server = TracedServer(template.data)
    met = 0
    try:
        for fault, n in _points(options, faults):
            strike = _strike(server, template.copy(), fault, n, options.seed)
            met += strike.met
            outcome.cycles += 1
            outcome.acks += strike.answers.acks
            outcome.blame(f"strace -e {fault.option(n)}", _after(strike, outcome))
            shutil.rmtree(strike.data)
    finally:
        server.close()
    outcome.note = f"{met} of {outcome.cycles} faults were met"
    return outcome


def _points(options: Options, faults: tuple[Fault, ...]) -> Iterator[tuple[Fault, int]]:
    """Every point there is, or a sample of `cycles` of them spread over all faults."""
    every = [(fault, n) for fault in faults for n in range(1, fault.last + 1)]
    if options.cycles >= len(every):
        yield from every
        return
    random = Random(options.seed)
    for number in range(options.cycles):
        fault = faults[number % len(faults)]
        yield fault, random.randint(1, fault.last)


class _Strike(NamedTuple):
    """`met`: the fault happened. `code` is how the exchange ended (None: it did not)."""

    data: Path
    fault: Fault
    answers: Answers
    code: int | None
    met: bool


def _strike(server: TracedServer, data: Path, fault: Fault, n: int, seed: int) -> _Strike:
    trace = ("-e", f"trace={fault.call}", "-e", fault.option(n))
    answers = Answers()
    if server.start_with(data, *trace):
        load = Load(server.port, data, CLIENTS, REQUESTS, seed)
        load.start()
        answers = load.join()
        if server.running() and not answers.statuses[503]:
            code: int | None = server.stop()
        else:
            code = server.ended()
    else:
        code = server.ended()
    if code is None:
        server.kill()
    text = server.settled()
    return _Strike(data, fault, answers, code, "INJECTED" in text or "killed by SIGKILL" in text)


def _after(strike: _Strike, outcome: Outcome) -> list[str]:
    """What is wrong after a fault; the exchange has ended, and nobody has touched its files."""
    problems = []
    expected = {0} if not strike.met else {-9} if strike.fault.how == "signal=KILL" else {0, 1}
    if strike.code not in expected:
        problems.append(f"the exchange ended with {strike.code}")
    problems += _comes_back(strike.data)
    kept = orders(strike.data)
    lost, doubled, wrong = strike.answers.compare(kept)
    outcome.lost += len(lost)
    outcome.doubled += len(doubled)
    return problems + [f"lost: {name}" for name in lost[:5]] + doubled[:5] + wrong


def _comes_back(data: Path) -> list[str]:
    """Open it as a start does, close it, and look at everything."""
    try:
        exchange = open_exchange(data, every_projection(), lambda: 0, _NEVER)
    except StorageError as error:
        return [f"it does not start again: {error}"]
    live = exchange.engine.digest()
    exchange.database.close()
    found = whole(data)
    return found.problems + ([] if live == found.digest else ["started, it has another state"])
