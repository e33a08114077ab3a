"""Memory an open order and a member take in a serving process: engine, views, keys, everything.

Measured as the growth of the resident set of a child process that does what the server does, and of
its helpers, after a collection; the write-ahead log and the database's page cache are kept out of
it by warming up.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bench.processes import resident
from bench.results import Result
from bench.world import let_in, member, opened, populate, resting_orders, submit_all

TRADERS: Final = 100
MARKETS: Final = 100
ORDERS: Final = 50_000
MEMBERS: Final = 10_000
WARM_UP: Final = 5_000


def measure(quick: bool) -> list[Result]:
    """Bytes a thing."""
    part = "20" if quick else "1"
    done = subprocess.run(
        [sys.executable, "-m", "bench.memory", part], check=True, stdout=subprocess.PIPE
    )
    order, trader = msgspec.json.decode(done.stdout, type=tuple[float, float])
    return [
        Result(name="memory: an open order", value=order, unit="bytes"),
        Result(name="memory: a member with money", value=trader, unit="bytes"),
    ]


def _resident() -> int:
    gc.collect()
    return resident(os.getpid())


async def _grow(folder: Path, part: int) -> tuple[float, float]:
    orders, members = ORDERS // part, MEMBERS // part
    async with opened(folder) as running:
        await populate(running, TRADERS, MARKETS)
        await let_in(running, TRADERS)
        gateway = running.services.gateway
        await submit_all(gateway, resting_orders(WARM_UP // part, TRADERS, MARKETS))
        empty = _resident()
        await submit_all(gateway, resting_orders(orders, TRADERS, MARKETS, seed=2))
        full = _resident()
        numbers = range(TRADERS + 1, TRADERS + members + 1)
        await submit_all(gateway, (wish for number in numbers for wish in member(number)))
        crowded = _resident()
    return (full - empty) / orders, (crowded - full) / members


def main() -> None:
    """Print both numbers as JSON."""
    with TemporaryDirectory() as name:
        numbers = asyncio.run(_grow(Path(name), int(sys.argv[1])))
    print(msgspec.json.encode(numbers).decode())


if __name__ == "__main__":
    main()
