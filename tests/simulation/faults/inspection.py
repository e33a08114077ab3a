"""Is a data directory whole? Looks at the files themselves, after whoever ran on them is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from presage.engine import invariants
from presage.gateway import verify
from presage.gateway.recovery import read_state
from presage.projections.catalogue import every_projection
from presage.projections.tables import FILE as TABLES
from presage.projections.tables import Tables
from presage.storage import journal
from presage.storage.database import FILE, reading

_NAMED_ORDERS: Final = (
    "SELECT client_order_id, status, price FROM orders WHERE client_order_id <> ''"
)


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


class KeptOrder(NamedTuple):
    """An order as it is kept; `id` is what the API calls it, empty where only a table was read."""

    name: str
    status: str
    price: str
    id: str = ""


def kept_orders(directory: Path) -> list[KeptOrder]:
    """Every order that has a client order id, from the table; somebody may be writing meanwhile."""
    with reading(directory / TABLES) as connection:
        return [
            KeptOrder(name, status, f"0.{price:04d}")
            for name, status, price in connection.execute(_NAMED_ORDERS)
        ]


class Orders(NamedTuple):
    """Client order ids: how often each is there, and which of them were canceled."""

    times: Counter[str]
    canceled: set[str]

    def lost(self, acknowledged: Iterable[str]) -> list[str]:
        return [name for name in acknowledged if name not in self.times]

    def doubled(self) -> list[str]:
        return [name for name, times in self.times.items() if times > 1]


def bring_up(directory: Path) -> None:
    """Bring the tables to the journal's end, as the projector does at a start."""
    with reading(directory / FILE) as connection:
        last = journal.last_seq(connection)
    tables = Tables(directory, every_projection())
    try:
        tables.catch_up(last, lambda: None)
    finally:
        tables.close()


def orders(directory: Path) -> Orders:
    """What the table of orders says."""
    bring_up(directory)
    kept = kept_orders(directory)
    times = Counter(order.name for order in kept)
    return Orders(times, {order.name for order in kept if order.status == "canceled"})
