"""A fault exactly at the n-th system call: killed there, or told that the disk failed or is full.

A small exchange serves one client that waits for each answer, so that every run makes the same
calls, give or take those of the watermark's helper. n counts the calls of all threads, from the
start to the clean stop, and not those of the projector, which is a process of its own. Whatever was
acknowledged must be there afterwards, and nothing may have been acknowledged after a failure. Asked
for every n, it goes on until a run ends before n.
"""

from __future__ import annotations

import errno
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from presage.domain.commands import Genesis
from presage.gateway import StorageError, open_exchange
from presage.projections.catalogue import every_projection
from tests.simulation.faults.inspection import bring_up, orders, whole
from tests.simulation.faults.interception import LOGGED, Fault
from tests.simulation.faults.load import Answers, Load
from tests.simulation.faults.outcome import Options, Outcome
from tests.simulation.faults.server import InterceptedServer
from tests.simulation.faults.template import Template

REQUESTS: Final = 8
BEYOND: Final = 3
"""So many values of n in a row must lie beyond the end of a run before there are no more."""
_NEVER: Final = Genesis(b"never the first!", bytes(16))
"""Every directory here has its exchange already."""

KILLS: Final = tuple(Fault(call) for call in ("fdatasync", "pwrite64", "write"))
ERRORS: Final = tuple(
    Fault(call, error, persistent)
    for call in ("fdatasync", "pwrite64", LOGGED)
    for error in (errno.EIO, errno.ENOSPC)
    for persistent in (False, True)
)


def kills_at_calls(options: Options) -> Outcome:
    return _Run(options, KILLS).go()


def errors_at_calls(options: Options) -> Outcome:
    return _Run(options, ERRORS).go()


class _Strike(NamedTuple):
    """`met`: the fault happened. `code` is how the exchange ended (None: it did not). `counts`
    says how many calls there were."""

    data: Path
    fault: Fault | None
    answers: Answers
    code: int | None
    met: bool
    counts: Counter[str]


class _Run:
    """Faults of some kinds, one after the other."""

    def __init__(self, options: Options, faults: tuple[Fault, ...]) -> None:
        self._options = options
        self._faults = faults
        self._met = 0
        self._outcome = Outcome()
        self._template = Template(options.folder)

    def go(self) -> Outcome:
        server = InterceptedServer(self._template.data)
        try:
            # One run alone, so that what the first run writes (a snapshot, keys) is no surprise.
            counts = self._strike(server, None, 0).counts
            if self._options.every:
                self._every(server)
            else:
                self._sample(server, counts)
        finally:
            server.close()
        calls = {fault.call: None for fault in self._faults}
        found = ", ".join(f"{counts[call]} {call}" for call in calls)
        self._outcome.note = f"{self._met} met; a run makes {found}"
        return self._outcome

    def _every(self, server: InterceptedServer) -> None:
        for fault in self._faults:
            n = missed = 0
            while missed < BEYOND:
                n += 1
                self._options.progress(f"{fault}: {n}, {self._outcome.cycles} faults")
                missed = 0 if self._judged(server, fault, n) else missed + 1

    def _sample(self, server: InterceptedServer, counts: Counter[str]) -> None:
        for fault, n in _points(self._options, self._faults, counts):
            self._options.progress(f"{self._outcome.cycles} of {self._options.cycles} faults")
            # The last calls of a run are not always as many: then one that this run does make.
            while not self._judged(server, fault, n) and n > 1:
                n -= n // 10 + 1

    def _judged(self, server: InterceptedServer, fault: Fault, n: int) -> bool:
        """Strike once and look. Was it met?"""
        strike, outcome = self._strike(server, fault, n), self._outcome
        self._met += strike.met
        outcome.cycles += strike.met
        outcome.acks += strike.answers.acks
        outcome.blame(f"{fault}, at {n} (seed {self._options.seed})", _after(strike, outcome))
        shutil.rmtree(strike.data)
        return strike.met

    def _strike(self, server: InterceptedServer, fault: Fault | None, n: int) -> _Strike:
        data = self._template.copy()
        interceptor = server.start_with(data, fault, n)
        answers = Answers()
        code: int | None
        if server.answers():
            load = Load(server.port, data, 1, REQUESTS, self._options.seed)
            load.start()
            answers = load.join()
            stopping = server.running() and not answers.statuses[503]
            code = server.stop() if stopping else server.ended()
        else:
            code = server.ended()
        if code is None:
            server.kill()
        interceptor.join()
        return _Strike(data, fault, answers, code, interceptor.met, interceptor.counts)


def _points(
    options: Options, faults: tuple[Fault, ...], counts: Counter[str]
) -> Iterator[tuple[Fault, int]]:
    """`cycles` points spread over all faults."""
    random = Random(options.seed)
    for number in range(options.cycles):
        fault = faults[number % len(faults)]
        yield fault, random.randint(1, counts[fault.call])


def _after(strike: _Strike, outcome: Outcome) -> list[str]:
    """What is wrong after a fault; the exchange has ended, and nobody has touched its files."""
    problems = []
    killed = strike.fault is not None and not strike.fault.error
    expected = {0} if not strike.met else {-9} if killed else {0, 1}
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
    bring_up(data)
    found = whole(data)
    return found.problems + ([] if live == found.digest else ["started, it has another state"])
