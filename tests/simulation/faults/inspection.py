"""Is a data directory whole? Looks at the files themselves, after whoever ran on them is gone."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from presage.engine import invariants
from presage.gateway import verify
from presage.gateway.recovery import read_state
from presage.projections.catalogue import every_projection
from presage.storage.database import FILE, reading


class Whole(NamedTuple):
    """What is wrong (nothing: all is well), and the end of the journal."""

    problems: list[str]
    seq: int
    digest: str


def whole(directory: Path) -> Whole:
    """The chain, every decision again, every table, snapshots, invariants; and that the newest
    snapshot and the journal after it give the same state as the journal from its first entry."""
    report = verify(directory, every_projection())
    problems = [report.fault.what] if report.fault else []
    if not problems:
        with reading(directory / FILE) as connection:
            engine, head, _ = read_state(connection, lambda what, done, total: None)
        if (head.seq, engine.digest()) != (report.seq, report.digest):
            problems.append("snapshot and tail give another state than the whole journal")
        try:
            invariants.check(engine.state)
        except AssertionError as error:
            problems.append(str(error))
    return Whole(problems, report.seq, report.digest)


class Orders(NamedTuple):
    """Client order ids: how often each is there, and which of them were canceled."""

    times: Counter[str]
    canceled: set[str]

    def lost(self, acknowledged: Iterable[str]) -> list[str]:
        return [name for name in acknowledged if name not in self.times]

    def doubled(self) -> list[str]:
        return [name for name, times in self.times.items() if times > 1]


def orders(directory: Path) -> Orders:
    """What the table of orders says."""
    with reading(directory / FILE) as connection:
        rows = _rows(connection)
    times = Counter(name for name, _ in rows)
    return Orders(times, {name for name, status in rows if status == "canceled"})


def _rows(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    query = "SELECT client_order_id, status FROM orders WHERE client_order_id <> ''"
    return connection.execute(query).fetchall()
