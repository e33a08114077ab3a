"""Engine commands a second on six traces: decisions and facts, without journal or network."""

from __future__ import annotations

import gc
import time

from bench.results import Result
from bench.traces import TRACES, Session

BATCHES = 5
BATCH = 8_000


def measure() -> list[Result]:
    """The median batch of each trace."""
    results = []
    for trace in TRACES:
        session = Session(trace)
        rates = []
        gc.collect()
        gc.freeze()
        for _ in range(BATCHES):
            commands = session.commands(BATCH)
            started = time.perf_counter()
            for command in commands:
                session.run(command)
            rates.append(BATCH / (time.perf_counter() - started))
        gc.unfreeze()
        rate = sorted(rates)[BATCHES // 2]
        results.append(Result(name=f"engine: {trace.name}", value=rate, unit="commands/s"))
    return results
