"""python -m tests.simulation.prove [--cycles N] [--only NAME] [--seed S] [--json]: one table.

Runs every proof of faults/ and prints how many faults there were, how many acknowledgements had
been given, how many of them were lost or doubled, and how to see a failure again.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.table import Table

from tests.simulation.faults.calls import errors_at_calls, kills_at_calls
from tests.simulation.faults.clocks import jumping_clock
from tests.simulation.faults.copies import backups_under_load
from tests.simulation.faults.disks import answers_after_syncs, full_disk, slow_disk
from tests.simulation.faults.kills import projector_kills, random_kills
from tests.simulation.faults.mint import money_mint
from tests.simulation.faults.outcome import Options, Outcome, Skipped
from tests.simulation.faults.searches import documents, twin
from tests.simulation.faults.sectors import damaged_sectors
from tests.simulation.faults.starts import long_journal

DEFAULT_CYCLES: Final = 50
KEPT: Final = Path(__file__).resolve().parents[2] / ".x" / "prove"
"""Where the files of a failed proof stay until it fails again."""


class Proof(NamedTuple):
    """`share` of the asked cycles: some faults cost milliseconds, others seconds."""

    name: str
    run: Callable[[Options], Outcome]
    share: float = 1.0


PROOFS: Final = (
    Proof("random-kills", random_kills),
    Proof("projector-kills", projector_kills, 0.1),
    Proof("kills-at-calls", kills_at_calls),
    Proof("errors-at-calls", errors_at_calls),
    Proof("full-disk", full_disk, 0.04),
    Proof("slow-syncs", slow_disk),
    Proof("answers-after-syncs", answers_after_syncs),
    Proof("damaged-sectors", damaged_sectors, 20.0),
    Proof("clock-jumps", jumping_clock, 4.0),
    Proof("backups-under-load", backups_under_load, 0.04),
    Proof("long-journal", long_journal),
    Proof("twin-and-invariants", twin),
    Proof("money-mint", money_mint),
    Proof("documents", documents),
)
NAMES: Final = {proof.name: proof for proof in PROOFS}


class Row(NamedTuple):
    name: str
    result: str
    outcome: Outcome
    seconds: float
    again: str


def prove(name: str, chosen: argparse.Namespace) -> Row:
    """One line of the table."""
    proof = NAMES[name]
    cycles = max(1, round(chosen.cycles * proof.share))
    words = f"./x prove --only {name} --cycles {chosen.cycles} --seed {chosen.seed}"
    words += f" --commands {chosen.commands} --entries {chosen.entries}"
    words += " --every" if chosen.every else ""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        options = Options(
            Path(folder),
            cycles,
            chosen.seed,
            chosen.commands,
            chosen.entries,
            chosen.every,
            Progress(name),
        )
        try:
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                outcome = proof.run(options)
        except Skipped as why:
            return Row(name, f"skipped: {why}", Outcome(), 0.0, words)
        if not outcome.passed:
            outcome.problems.append(f"the files are kept in {_keep(Path(folder), name)}")
    result = "ok" if outcome.passed else "FAILED"
    return Row(name, result, outcome, time.monotonic() - started, words)


def _keep(folder: Path, name: str) -> Path:
    """Put what a failed proof has left where it can be looked at."""
    place = KEPT / name
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place, ignore_dangling_symlinks=True)
    return place


class Progress:
    """Says on standard error how far a proof is: often to a terminal, now and then to a file."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = self._said = time.monotonic()
        self._out = sys.stderr  # while a proof runs the name means something else
        self._every = 0.2 if self._out.isatty() else 30.0

    def __call__(self, news: str) -> None:
        now = time.monotonic()
        if now - self._said >= self._every:
            self._said = now
            begin, end = ("\r", "\033[K") if self._out.isatty() else ("", "\n")
            line = f"{self._name}: {news}, {now - self._started:.0f} s"
            print(begin + line, end=end, file=self._out, flush=True)


def show(rows: list[Row]) -> None:
    """The table, then everything that went wrong."""
    table = Table(box=None, pad_edge=False)
    for column in ("proof", "cycles", "acks", "lost", "doubled", "result", "seconds", "note"):
        right = column in ("cycles", "acks", "lost", "doubled", "seconds")
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    for row in rows:
        o = row.outcome
        numbers = (f"{o.cycles:,}", f"{o.acks:,}", f"{o.lost}", f"{o.doubled}")
        table.add_row(row.name, *numbers, row.result, f"{row.seconds:.1f}", o.note)
    Console(width=None if sys.stdout.isatty() else 150, highlight=False).print(table)
    for row in rows:
        if row.result == "FAILED":
            print(f"\n{row.name}\n  again: {row.again}")
            print("\n".join(f"  {problem}" for problem in row.outcome.problems[:20]))


def as_json(rows: list[Row]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "results": [
            {
                "name": row.name,
                "cycles": row.outcome.cycles,
                "acks": row.outcome.acks,
                "lost": row.outcome.lost,
                "doubled": row.outcome.doubled,
                "result": row.result,
                "seconds": round(row.seconds, 1),
                "note": row.outcome.note,
                "problems": row.outcome.problems,
                "again": row.again,
            }
            for row in rows
        ],
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="./x prove", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--cycles", type=int, default=DEFAULT_CYCLES, help="faults of a proof")
    parser.add_argument("--only", choices=NAMES, action="append", help="may be given again")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", type=int, default=100_000, help="of the twin and the mint")
    parser.add_argument("--entries", type=int, default=100_000, help="of the long journal")
    parser.add_argument("--every", action="store_true", help="every system call of a run")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    rows = []
    for name in chosen.only or NAMES:
        rows.append(prove(name, chosen))
    if chosen.json:
        print(json.dumps(as_json(rows), indent=2))
    else:
        show(rows)
    return 1 if any(row.result == "FAILED" for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
