"""A long journal: how long a start takes from snapshot and tail, and from the first entry."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from presage.domain.commands import (
    CancelOrder,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    Move,
    OpenMember,
    PlaceOrder,
)
from presage.domain.ids import account_id, make_id
from presage.engine.engine import RULES_VERSION
from presage.gateway import open_exchange
from presage.gateway.batch import Batch
from presage.gateway.exchange import Exchange
from presage.gateway.receipt import Receipt
from presage.projections.catalogue import every_projection
from presage.storage import snapshots
from presage.storage.database import FILE
from presage.storage.snapshots import Snapshot
from presage.units import CONTRACT, DOLLAR, SECOND
from tests.gateway.kit import GENESIS
from tests.simulation.faults.inspection import bring_up, whole
from tests.simulation.faults.outcome import Options, Outcome

T = TypeVar("T")

MEMBERS: Final = 100
BATCH: Final = 500
START: Final = 1_790_000_000 * SECOND
TAIL: Final = 10
"""The newest snapshot is this share of the journal from its end: 1/10."""
SECONDS_FROM_SNAPSHOT: Final = 10
SECONDS_FROM_ZERO: Final = 120
FULL_SIZE: Final = 1_000_000
"""The journal that those two bounds are about; a shorter one gets its share, and one second."""


def long_journal(options: Options) -> Outcome:
    outcome = Outcome(cycles=1)
    data = options.folder / "starts"
    _write(data, options.entries)
    share = max(options.entries / FULL_SIZE, 0.05)
    tail, first = _timed(lambda: _start(data))
    _forget_snapshots(data)
    zero, second = _timed(lambda: _start(data))
    outcome.acks = options.entries
    if first != second:
        outcome.problems.append("snapshot and tail give another state than the whole journal")
    if tail > SECONDS_FROM_SNAPSHOT * share:
        outcome.problems.append(f"a start from snapshot and tail took {tail:.1f} s")
    if zero > SECONDS_FROM_ZERO * share:
        outcome.problems.append(f"a start from the first entry took {zero:.1f} s")
    checked, found = _timed(lambda: whole(data))
    outcome.problems += found.problems
    outcome.note = f"snapshot+tail {tail:.1f} s, from zero {zero:.1f} s, verify {checked:.0f} s"
    return outcome


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    started = time.monotonic()
    result = work()
    return time.monotonic() - started, result


def _start(data: Path) -> str:
    exchange = open_exchange(data, every_projection(), lambda: 0, GENESIS)
    try:
        bring_up(data)
        return exchange.engine.digest()
    finally:
        exchange.database.close()


def _forget_snapshots(data: Path) -> None:
    connection = sqlite3.connect(data / FILE)
    connection.execute("DELETE FROM snapshots")
    connection.commit()
    connection.close()


def _write(data: Path, entries: int) -> None:
    """Members who trade with each other, most orders canceled or filled, written as the writer
    does."""
    exchange = open_exchange(data, every_projection(), lambda: START, GENESIS)
    try:
        _set_up(exchange)
        while exchange.head.seq < entries:
            _batch(exchange, min(BATCH, entries - exchange.head.seq))
            if exchange.snapshot == 0 and exchange.head.seq >= entries - entries // TAIL:
                _snapshot(exchange)
            if exchange.database.log_is_long():
                exchange.database.checkpoint()
        exchange.database.watermark.write(exchange.head.mark)
        bring_up(data)
    finally:
        exchange.database.close()


def _set_up(exchange: Exchange) -> None:
    batch = Batch(exchange, START, BATCH)
    for member in range(1, MEMBERS + 1):
        batch.execute(OpenMember(member))
        cash = f"cash:{account_id(member)}"
        lines = (("world", -1_000_000 * DOLLAR), (cash, 1_000_000 * DOLLAR))
        batch.execute(Move(lines, f"first-{member}", "deposit"))
    batch.execute(CreateSeries("S"))
    batch.execute(CreateEvent(1, "E"))
    batch.execute(CreateMarket(1, "M", START, START + 10**9 * SECOND))
    batch.commit()


def _batch(exchange: Exchange, count: int) -> None:
    """Of four entries: a bid, an ask that meets it in part, a bid that rests, its cancel."""
    seq = exchange.head.seq
    batch = Batch(exchange, START + seq * 1_000, BATCH)
    for next_ in range(seq + 1, seq + count + 1):
        member = next_ % MEMBERS + 1
        price = 100 * (30 + next_ // 4 % 20)
        command = (
            PlaceOrder(account_id(member), 1, 0, price, 2 * CONTRACT),
            PlaceOrder(account_id(member), 1, 1, price, 2 * CONTRACT),
            PlaceOrder(account_id(member), 1, 0, 100, CONTRACT),
            CancelOrder((next_ - 1) % MEMBERS + 1, make_id(next_ - 1, 0)),
        )[next_ % 4]
        result = batch.execute(command)
        assert isinstance(result, Receipt), (next_, command, result)
    batch.commit()


def _snapshot(exchange: Exchange) -> None:
    engine, head = exchange.engine, exchange.head
    made = Snapshot(head.seq, head.hash, RULES_VERSION, engine.digest(), engine.dump())
    with exchange.database.transaction() as connection:
        snapshots.save(connection, made)
    exchange.snapshot = head.seq
