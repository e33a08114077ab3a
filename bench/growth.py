"""Does an order cost more on a larger exchange? The same orders at 1x, 10x and 100x of a thing.

Three exchanges of different size live side by side and take turns, so that whatever else the
machine does hits them alike; what is compared is processor time. Each order is placed where it
rests and cancelled again, so the sizes stay what they are.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bench.results import Result, note
from bench.world import member, opened, populate, resting_orders, submit_all
from presage.domain import commands as c
from presage.domain.ids import make_id, member_of
from presage.domain.rejects import Reject
from presage.engine.engine import Engine

LIMIT: Final = 1.3
STEPS: Final = (1, 10, 100)
ROUNDS: Final = 9
SAMPLE: Final = 500
FEW: Final = {"open orders": 5_000, "markets": 500, "members": 500}
"""What there is of the things that are not grown."""
ENGINE: Final = {"open orders": 10_000, "markets": 1_000, "members": 1_000}
GATEWAY: Final = {"open orders": 1_000, "markets": 100, "members": 100}
GATEWAY_FULL: Final = ENGINE
"""What a thing starts from; it ends at a hundred times that."""
START: Final = 1_700_000_000_000_000
END: Final = START + 10**15


class Place(msgspec.Struct):
    """An exchange of some size: `run` places and cancels its sample once."""

    run: Callable[[], Awaitable[None]]
    costs: list[float] = []


def measure(quick: bool, full: bool) -> list[Result]:
    """Processor time per order at 10x and 100x, as a multiple of that at 1x."""
    results = []
    for level in ("engine", "gateway"):
        for what in FEW:
            note(f"growing {what} ({level}) ...")
            # A process each: what one has grown must not slow the next one down.
            command = [sys.executable, "-m", "bench.growth", level, what]
            command += ["quick"] * quick + ["full"] * full
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            start, multiples = msgspec.json.decode(done.stdout, type=tuple[int, list[float]])
            for step, multiple in zip(STEPS[1:], multiples, strict=True):
                name = f"growth: {level}, {start:,} -> {start * step:,} {what}"
                results.append(_row(name, multiple))
    return results


def _row(name: str, multiple: float) -> Result:
    return Result(
        name=name,
        value=multiple,
        unit="x cost",
        peer=f"limit {LIMIT}",
        ratio=1 / multiple,
        floor=1 / LIMIT,
    )


def _sizes(what: str, start: int) -> Iterable[dict[str, int]]:
    return [FEW | {what: start * step} for step in STEPS]


def _sample(size: dict[str, int]) -> list[c.PlaceOrder]:
    return list(resting_orders(SAMPLE, size["members"], size["markets"], seed=7))


def engine_place(size: dict[str, int]) -> Place:
    """An engine without journal."""
    engine, seqs = Engine(), itertools.count(1)

    def execute(command: c.Command) -> int:
        seq = next(seqs)
        outcome = engine.execute(command, seq, START + seq)
        assert not isinstance(outcome, Reject), outcome
        return seq

    execute(c.Genesis(b"x" * 16, b"k" * 16))
    for number in range(1, size["members"] + 1):
        for wish in member(number):
            execute(wish)
    execute(c.CreateSeries("KXBENCH"))
    execute(c.CreateEvent(1, "KXBENCH-1"))
    for number in range(size["markets"]):
        execute(c.CreateMarket(1, f"KXBENCH-1-{number}", 0, END, "linear_cent"))
    for order in resting_orders(size["open orders"], size["members"], size["markets"]):
        execute(order)
    sample = _sample(size)

    async def run() -> None:
        for order in sample:
            seq = execute(order)
            execute(c.CancelOrder(member_of(order.account), make_id(seq, 0)))

    return Place(run)


async def gateway_place(stack: AsyncExitStack, folder: Path, size: dict[str, int]) -> Place:
    """All that a served exchange does for an order, but for the door: journal, tables, views."""
    running = await stack.enter_async_context(opened(folder))
    gateway = running.services.gateway
    await populate(running, size["members"], size["markets"])
    orders = resting_orders(size["open orders"], size["members"], size["markets"])
    accepted = await submit_all(gateway, orders)
    assert accepted == size["open orders"], f"{size['open orders'] - accepted} were refused"
    sample = _sample(size)

    async def run() -> None:
        before = gateway.seq
        assert await submit_all(gateway, sample) == SAMPLE
        cancels = [
            c.CancelOrder(member_of(order.account), make_id(before + number, 0))
            for number, order in enumerate(sample, 1)
        ]
        assert await submit_all(gateway, cancels) == SAMPLE

    return Place(run)


async def _compare(places: list[Place], rounds: int) -> list[float]:
    for number in range(rounds + 1):
        for place in places:
            gc.collect()
            gc.freeze()
            gc.disable()
            started = time.process_time()
            await place.run()
            if number:  # the first round fills caches
                place.costs.append(time.process_time() - started)
            gc.enable()
            gc.unfreeze()
    first, *others = places
    return [
        median(cost / base for cost, base in zip(other.costs, first.costs, strict=True))
        for other in others
    ]


async def _run(level: str, what: str, quick: bool, full: bool) -> tuple[int, list[float]]:
    bases = ENGINE if level == "engine" else GATEWAY_FULL if full else GATEWAY
    start = bases[what] // (50 if quick else 1)
    async with AsyncExitStack() as stack:
        if level == "engine":
            places = [engine_place(size) for size in _sizes(what, start)]
        else:
            places = []
            for size in _sizes(what, start):
                folder = stack.enter_context(TemporaryDirectory())
                places.append(await gateway_place(stack, Path(folder), size))
        return start, await _compare(places, 2 if quick else ROUNDS)


def main() -> None:
    """Print where the growing thing starts and the multiples as JSON."""
    level, what, *flags = sys.argv[1:]
    found = asyncio.run(_run(level, what, "quick" in flags, "full" in flags))
    print(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    main()
