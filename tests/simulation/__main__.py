"""python -m tests.simulation --commands N --seed S [--seeds K]: long runs, started by hand."""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.fuzz import Run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--commands", type=int, default=20_000, help="commands a seed")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, one after the other")
    parser.add_argument("--digest", action="store_true", help="print the digest and nothing else")
    chosen = parser.parse_args()
    for seed in range(chosen.seed, chosen.seed + chosen.seeds):
        started = time.monotonic()
        run = Run(seed)

        def progress(done: int, seed: int = seed, started: float = started) -> None:
            if done % 2_000 == 0 and not chosen.digest:
                pace = done / (time.monotonic() - started)
                print(f"seed {seed}: {done} commands, {pace:.0f} a second", file=sys.stderr)

        try:
            run.go(chosen.commands, progress)
        except AssertionError as failure:
            print(failure)
            return 1
        ended = run.lockstep
        print(
            ended.engine.digest()
            if chosen.digest
            else f"seed {seed}: {ended.accepted} accepted, {ended.fills} trades, agreed"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
