"""Does an order, or a page, cost more on a larger exchange? At 1x, 10x and 100x of a thing.

Three exchanges of different size live side by side and take turns, so that whatever else the
machine does hits them alike; what is compared is processor time. `engine` is decisions alone,
`gateway` is everything but the door (`places.py` says which orders), pages are asked of servers
(`pages.py`).
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bench import pages
from bench.kept import filled
from bench.places import Place, Size, engine_place, fill, gateway_place
from bench.processes import clock, settled, tree
from bench.results import Only, Result, multiples, note

LIMIT: Final = 1.3
STEPS: Final = (1, 10, 100)
ROUNDS: Final = 7
FEW: Final = Size(orders=5_000, markets=500, members=500)
"""What there is of the things that are not grown."""
FEWEST: Final = Size(orders=100, markets=50, members=50)
"""The same where the journal's length is grown: it begins with the entries that make them."""
ENGINE: Final = {"orders": 10_000, "markets": 1_000, "members": 1_000}
GATEWAY: Final = {"orders": 1_000, "markets": 100, "members": 100}
"""What a thing starts from; it ends at a hundred times that."""
LONG: Final = 1_000_000
"""Journals of so many entries are kept for the next run."""
CALLED: Final = {"orders": "open orders", "entries": "journal entries"}


def measure(quick: bool, full: bool, journal: int, only: Only) -> list[Result]:
    """Processor time at 10x and 100x, as a multiple of that at 1x."""
    results = []
    for level, starts in (("engine", ENGINE), ("gateway", ENGINE if full else GATEWAY)):
        for what, start in starts.items():
            results += _grow(level, what, start, quick, only)
    results += _grow("gateway", "entries", journal // STEPS[-1], quick, only)
    for what, start in pages.STARTS.items():
        steps = _steps(start, quick)
        for question, grown in pages.compare(what, steps, quick, only):
            results += _rows(question, what, steps, grown)
    return results


def _grow(level: str, what: str, start: int, quick: bool, only: Only) -> list[Result]:
    name = CALLED.get(what, what)
    if not only(f"growth: {level}, {name}"):
        return []
    note(f"growing {name} ({level}) ...")
    # A process each: what one has grown must not slow the next one down.
    steps = _steps(start, quick)
    command = [sys.executable, "-m", "bench.growth", level, what, "2" if quick else str(ROUNDS)]
    done = subprocess.run([*command, *map(str, steps)], check=True, stdout=subprocess.PIPE)
    return _rows(level, name, steps, msgspec.json.decode(done.stdout, type=list[float]))


def _steps(start: int, quick: bool) -> list[int]:
    return [max(start // (20 if quick else 1), 5) * step for step in STEPS]


def _rows(level: str, what: str, steps: list[int], grown: list[float]) -> list[Result]:
    return [
        Result(
            name=f"growth: {level}, {what} {steps[0]:,} -> {step:,}",
            value=multiple,
            unit="x cost",
            peer=f"limit {LIMIT}",
            ratio=1 / multiple,
            floor=1 / LIMIT,
        )
        for step, multiple in zip(steps[1:], grown, strict=True)
    ]


async def _compare(places: list[Place], rounds: int) -> list[float]:
    used = _own_time()
    # What the filling left to be done must not be counted.
    await asyncio.to_thread(settled, used)
    # Once, as a server does: a collection before each turn would walk through the larger exchange
    # and leave nothing of it in the processor's caches.
    gc.collect()
    gc.freeze()
    gc.disable()
    for number in range(rounds + 1):
        for place in places:
            before = used()
            await place.run()
            after = await asyncio.to_thread(settled, used) if place.puts_off else used()
            if number:  # the first round fills caches
                place.costs.append(after - before)
    return multiples([place.costs for place in places])


def _own_time() -> Callable[[], float]:
    """This process's time with its helpers', who must exist by now."""
    helpers = tree(os.getpid())[1:]
    return lambda: time.process_time() + sum(map(clock, helpers))


async def _run(level: str, what: str, rounds: int, steps: list[int]) -> list[float]:
    few = FEWEST if what == "entries" else FEW
    sizes = [msgspec.structs.replace(few, **{what: step}) for step in steps]
    async with AsyncExitStack() as stack:
        if level == "engine":
            places = [engine_place(size, sizes[0]) for size in sizes]
        else:
            places = []
            for size in sizes:
                folder = Path(stack.enter_context(TemporaryDirectory())) / "data"
                await asyncio.to_thread(_fill, size, folder)
                places.append(await gateway_place(stack, folder, size, sizes[0]))
        return await _compare(places, rounds)


def _fill(size: Size, folder: Path) -> None:
    if size.entries < LONG:
        fill(size, folder)
    else:
        filled(f"journal-{size.entries}", partial(fill, size), folder)


def main() -> None:
    """Print the multiples as JSON."""
    level, what, *numbers = sys.argv[1:]
    rounds, *steps = map(int, numbers)
    print(msgspec.json.encode(asyncio.run(_run(level, what, rounds, steps))).decode())


if __name__ == "__main__":
    main()
