"""`./x bench`: measure the speed and print a table, or JSON with `--json`.

`--only NAME` runs one group. `--quick` runs all of them small, to see that they work: its numbers
say nothing. Absolute numbers belong to the machine; compare only what stands in one table.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from bench import engine, growth, memory, orders, reads, start, stream
from bench.results import Result, as_json, note

ENTRIES = 100_000


def groups(options: argparse.Namespace) -> dict[str, Callable[[], list[Result]]]:
    """Every group by name, ready to be run."""
    quick: bool = options.quick
    return {
        "engine": lambda: engine.measure(quick, options.alone),
        "orders": lambda: orders.measure(quick, options.alone),
        "reads": lambda: reads.measure(quick),
        "memory": lambda: memory.measure(quick),
        "start": lambda: start.measure(quick, options.entries),
        "growth": lambda: growth.measure(quick, options.full),
        "stream": lambda: stream.measure(quick),
    }


def main() -> int:
    """Exit code 1 when a floor is missed, unless the run was a quick one."""
    options = _arguments()
    chosen = groups(options)
    if options.only:
        chosen = {name: chosen[name] for name in options.only}
    results = []
    for name, run in chosen.items():
        note(f"measuring {name} ...")
        results += run()
    if options.json:
        print(as_json(results))
    else:
        _show(results)
    return 0 if options.quick or all(result.ok for result in results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./x bench", description=__doc__)
    names = ("engine", "orders", "reads", "memory", "start", "growth", "stream")
    parser.add_argument("--only", choices=names, action="append", help="run only this group")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="run everything small, in a minute")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--full", action="store_true", help="grow the whole stack to the end too")
    parser.add_argument(
        "--entries", type=int, default=ENTRIES, help="journal entries before a start"
    )
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
    Console(width=None if sys.stdout.isatty() else 120).print(table)


if __name__ == "__main__":
    sys.exit(main())
