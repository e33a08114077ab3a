"""How long a start takes after many journal entries: from a snapshot and the tail, and from zero.

The entries are real orders, half of which are cancelled again. A start lasts until the server
accepts its first connection; the interpreter's own start is part of it.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.results import Result, note
from bench.server import presage
from bench.world import AT_ONCE, let_in, opened, populate, resting_orders
from presage.domain.commands import CancelOrder, Command
from presage.domain.facts import OrderPlaced
from presage.domain.ids import member_of
from presage.gateway import Gateway, Receipt
from presage.gateway.settings import Settings
from presage.storage.database import FILE

MEMBERS: Final = 200
MARKETS: Final = 200
TAIL: Final = Settings().snapshot_every // 2
"""Entries after the newest snapshot: what a kill leaves on average."""
SNAPSHOT_LIMIT: Final = 10.0
ZERO_LIMIT: Final = 120.0
PROMISED: Final = 1_000_000
"""The limits, in seconds, are for so many entries; starting from zero may cost its share."""
TOO_FEW: Final = 50_000
"""Below this the interpreter's start is all that is measured, and no limit is looked at."""


def measure(quick: bool, entries: int) -> list[Result]:
    """Seconds until the server listens."""
    entries = 2_000 if quick else entries
    tail = min(TAIL, entries // 2)
    with TemporaryDirectory() as name:
        folder = Path(name)
        note(f"writing {entries:,} journal entries ...")
        asyncio.run(_found(folder))
        _start(folder)  # the first start makes keys
        asyncio.run(_fill(folder, entries - tail))
        kept = _snapshots(folder)
        asyncio.run(_fill(folder, tail))
        _drop_snapshots(folder, after=kept)
        from_snapshot = _start(folder)
        _drop_snapshots(folder, after=0)
        from_zero = _start(folder)
    share = entries / PROMISED
    return [
        _row(f"{entries:,} entries, snapshot + {tail:,}", from_snapshot, SNAPSHOT_LIMIT, entries),
        _row(f"{entries:,} entries, from zero", from_zero, ZERO_LIMIT * share, entries),
    ]


async def _found(folder: Path) -> None:
    async with opened(folder) as running:
        await populate(running, MEMBERS, MARKETS)
        await let_in(running, MEMBERS)


async def _fill(folder: Path, entries: int) -> None:
    async with opened(folder) as running:
        gateway = running.services.gateway
        orders = resting_orders(entries, MEMBERS, MARKETS, seed=gateway.seq)
        while entries > 0:
            wishes: Iterator[Command] = itertools.islice(orders, min(AT_ONCE, entries))
            placed = await _submit(gateway, list(wishes))
            entries -= len(placed)
            freed = placed[::2][: max(entries, 0)]
            cancels: list[Command] = [CancelOrder(member, order) for member, order in freed]
            await _submit(gateway, cancels)
            entries -= len(cancels)


async def _submit(gateway: Gateway, wishes: list[Command]) -> list[tuple[int, int]]:
    """Returns (member, order) of the orders that were placed."""
    placed = []
    for answer in await asyncio.gather(*(gateway.submit(wish) for wish in wishes)):
        assert isinstance(answer, Receipt), answer
        placed += [
            (member_of(fact.account), fact.order)
            for fact in answer.facts
            if isinstance(fact, OrderPlaced)
        ]
    return placed


def _start(folder: Path) -> float:
    with presage(folder) as server:
        return server.seconds


def _snapshots(folder: Path) -> int:
    """The entry of the newest one."""
    database = sqlite3.connect(folder / FILE)
    try:
        (newest,) = database.execute("SELECT max(seq) FROM snapshots").fetchone()
    finally:
        database.close()
    return int(newest)


def _drop_snapshots(folder: Path, after: int) -> None:
    """As if the process had been killed: no snapshot after an entry."""
    database = sqlite3.connect(folder / FILE)
    try:
        database.execute("DELETE FROM snapshots WHERE seq > ?", (after,))
        database.commit()
    finally:
        database.close()


def _row(name: str, seconds: float, limit: float, entries: int) -> Result:
    if entries < TOO_FEW:
        return Result(name=f"start: {name}", value=seconds, unit="s")
    return Result(
        name=f"start: {name}",
        value=seconds,
        unit="s",
        peer=f"limit {limit:,.0f}",
        ratio=limit / seconds,
        floor=1.0,
    )
