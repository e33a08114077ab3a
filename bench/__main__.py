"""`./x bench`: run the measurements and print a table, or JSON with `--json`.

`--only NAME` runs one group. Absolute numbers belong to the machine; compare only what stands in
one table.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from bench import engine, orders
from bench.results import Result, as_json

GROUPS: dict[str, Callable[[], list[Result]]] = {
    "engine": engine.measure,
    "orders": orders.measure,
}


def main() -> int:
    """Exit code 1 when a floor is missed."""
    parser = argparse.ArgumentParser(prog="./x bench", description=__doc__)
    parser.add_argument("--only", choices=GROUPS, help="run one group")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    chosen = [options.only] if options.only else list(GROUPS)
    results = [result for name in chosen for result in GROUPS[name]()]
    if options.json:
        sys.stdout.write(as_json(results) + "\n")
    else:
        _print(results)
    return 0 if all(result.ok for result in results) else 1


def _print(results: list[Result]) -> None:
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    table = Table(title=f"Presage bench ({machine})")
    table.add_column("measurement")
    for heading in ("value", "unit", "peer", "ratio", "floor"):
        table.add_column(heading, justify="right")
    for result in results:
        table.add_row(
            result.name,
            f"{result.value:,.2f}" if result.value < 100 else f"{result.value:,.0f}",
            result.unit,
            result.peer or "",
            f"{result.ratio:.2f}x" if result.ratio is not None else "",
            f"{result.floor:.2f}x" if result.floor is not None else "",
        )
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
