"""`./x bench`: measure the speed and print a table, or JSON with `--json`.

`--only NAME` runs one group, or what of it has a name that begins so (`--only "growth: gateway"`).
`--quick` runs everything small, to see that it works: its numbers say nothing. Absolute numbers
belong to the machine; compare only what stands in one table.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import engine, growth, memory, orders, reads, site, start, stream
from bench.peers import ROOT
from bench.results import Only, Result, as_json, note
from tools.compile import compiled

ENTRIES = 100_000
JOURNAL = 100_000


def main() -> int:
    """Exit code 1 when a floor is missed, unless the run was a quick one; 2 when no measurement has
    the name."""
    options = _arguments()
    only = Only(options.only)
    results: list[Result] = []
    try:
        for name, run in _groups(options, only).items():
            if only(f"{name}:", f"{name} ("):
                started = time.monotonic()
                note(f"measuring {name} ...")
                results += only.keep(run())
                note(f"measured {name} in {time.monotonic() - started:.0f} s")
    finally:
        # Also when a group fails: what has been measured took minutes.
        if results and options.json:
            print(as_json(results))
        elif results:
            _show(results)
    if not results:
        note(f"nothing is called {' or '.join(options.only)}; ./x bench --help names the groups")
        return 2
    return 0 if options.quick or all(result.ok for result in results) else 1


def _groups(options: argparse.Namespace, only: Only) -> dict[str, Callable[[], list[Result]]]:
    """Every group by name, ready to be run."""
    quick, alone = options.quick, options.alone

    def built() -> Path | None:
        return None if options.no_compiled else _compiled(quick)

    return {
        "engine": lambda: engine.measure(quick, alone, built(), only),
        "orders": lambda: orders.measure(quick, alone, built(), only),
        "reads": lambda: reads.measure(quick, only),
        "memory": lambda: memory.measure(quick),
        "start": lambda: start.measure(quick, options.entries),
        "growth": lambda: growth.measure(quick, options.full, options.journal, only),
        "stream": lambda: stream.measure(quick),
        "site": lambda: site.measure(quick, options.seconds),
    }


def _compiled(quick: bool) -> Path | None:
    """Where the compiled engine is; it is made now unless the run is a quick one."""
    if compiled() is None and not quick:
        if not any(map(shutil.which, ("cc", "gcc", "clang"))):
            note("skipped the compiled engine: no C compiler (as root: apt-get install gcc)")
            return None
        note("compiling the engine (less than a minute, once; --no-compiled leaves it out) ...")
        made = subprocess.run(
            [sys.executable, "-m", "tools.compile"], cwd=ROOT, capture_output=True, text=True
        )
        if made.returncode:
            reason = (made.stderr.strip().splitlines() or ["it failed"])[-1]
            note(f"skipped the compiled engine: {reason}")
    return compiled()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./x bench",
        description=__doc__,
        epilog="groups: engine orders reads memory start growth stream site",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--only", metavar="NAME", action="append", help="only what has this name, or begins so")
    add("--json", action="store_true", help="print one JSON object")
    add("--quick", action="store_true", help="run everything small, in a minute")
    add("--alone", action="store_true", help="without the peers")
    add("--no-compiled", action="store_true", help="without the engine compiled with mypyc")
    add("--full", action="store_true", help="grow the whole stack to the end too")
    add("--entries", type=int, default=ENTRIES, help="journal entries before a start")
    add("--seconds", type=float, default=site.SECONDS, help="how long the site's members stay")
    add("--journal", type=int, default=JOURNAL, help="journal entries that growth ends at")
    return parser.parse_args()


def _show(results: list[Result]) -> None:
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    table = Table(title=f"Presage bench ({machine})")
    table.add_column("measurement")
    for heading in ("value", "unit", "beside", "ratio", "floor"):
        table.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        table.add_row(
            result.name,
            f"{result.value:,.2f}" if result.value < 100 else f"{result.value:,.0f}",
            result.unit,
            result.peer or "",
            f"{result.ratio:.2f}x" if result.ratio is not None else "",
            f"{result.floor:.2f}x" if result.floor is not None else "",
            style=None if result.ok else "bold red",
        )
    # Piped into a file the table keeps its whole width.
    Console(width=None if sys.stdout.isatty() else 140).print(table)


if __name__ == "__main__":
    sys.exit(main())
