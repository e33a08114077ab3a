"""How long a start takes after many journal entries: from a snapshot and the tail, and from zero.

The entries are real orders, half of which are cancelled again. A start lasts until the server
accepts its first connection; the interpreter's own start is part of it.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.kept import filled
from bench.results import Result
from bench.server import presage
from bench.world import AT_ONCE, let_in, opened, populate, resting_orders
from presage.domain.commands import CancelOrder
from presage.domain.ids import make_id, member_of
from presage.gateway import Receipt
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
ROUNDS: Final = 3
MANY: Final = 200_000
"""With more entries than this one start has to do."""
TOO_FEW: Final = 50_000
"""Below this the interpreter's start is all that is measured, and no limit is looked at."""


def measure(quick: bool, entries: int) -> list[Result]:
    """Seconds until the server listens, in the median of a few starts."""
    entries = 2_000 if quick else entries
    tail = min(TAIL, entries // 2)
    with TemporaryDirectory() as name:
        folder = Path(name) / "data"
        fill = partial(_fill, entries, tail)
        if quick:
            fill(folder)
        else:
            filled(f"start-{entries}", fill, folder)
        times = 1 if quick or entries > MANY else ROUNDS
        from_snapshot = median(_start(folder, _newest(folder)) for _ in range(times))
        from_zero = median(_start(folder, 0) for _ in range(times))
    share = entries / PROMISED
    return [
        _row(f"{entries:,} entries, snapshot + {tail:,}", from_snapshot, SNAPSHOT_LIMIT, entries),
        _row(f"{entries:,} entries, from zero", from_zero, ZERO_LIMIT * share, entries),
    ]


def _fill(entries: int, tail: int, folder: Path) -> None:
    """A directory as a kill leaves it: the newest snapshot is `tail` entries old."""
    asyncio.run(_found(folder))
    _start(folder, 0)  # the first start makes keys
    asyncio.run(_lengthen(folder, entries - tail))
    snapshot = _newest(folder)
    asyncio.run(_lengthen(folder, entries))
    _drop_snapshots(folder, after=snapshot)


async def _found(folder: Path) -> None:
    async with opened(folder) as running:
        await populate(running, MEMBERS, MARKETS)
        await let_in(running, MEMBERS)


async def _lengthen(folder: Path, entries: int) -> None:
    """Place orders, of each lot half are cancelled, until the journal has so many entries."""
    async with opened(folder) as running:
        gateway = running.services.gateway
        orders = resting_orders(entries, MEMBERS, MARKETS, seed=gateway.seq)
        while (missing := entries - gateway.seq) > 0:
            wishes = list(itertools.islice(orders, min(AT_ONCE, missing)))
            seqs = [one.seq for one in await gateway.submit_all(wishes) if isinstance(one, Receipt)]
            assert len(seqs) == len(wishes), "an order was refused"
            freed = list(zip(seqs, wishes, strict=True))[: entries - gateway.seq : 2]
            await gateway.submit_all(
                [CancelOrder(member_of(order.account), make_id(seq, 0)) for seq, order in freed]
            )


def _start(folder: Path, snapshot: int) -> float:
    """Seconds. The snapshot that the stop writes is dropped again: only that of entry `snapshot`
    and older ones stay."""
    _drop_snapshots(folder, after=snapshot)
    with presage(folder, core=None) as server:
        seconds = server.seconds
    _drop_snapshots(folder, after=snapshot)
    return seconds


def _newest(folder: Path) -> int:
    """The entry of the newest snapshot."""
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
