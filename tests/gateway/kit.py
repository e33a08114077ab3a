"""What the tests of the writer share: a clock set by hand, a running exchange, a small market."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

import anyio.lowlevel
import msgspec

from presage.domain.commands import (
    Command,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    Genesis,
    Move,
    OpenMember,
    PlaceOrder,
)
from presage.domain.facts import EventCreated, Fact, MarketCreated, SeriesCreated
from presage.domain.ids import account_id
from presage.domain.rejects import Reject
from presage.gateway import Gateway, Receipt, RowWrites, Settings, open_exchange
from presage.projections.fills import Fills
from presage.projections.orders import Orders
from presage.projections.projection import Projection
from presage.projections.trades import Trades
from presage.storage import codec, journal, watermark
from presage.storage.codec import Sealed
from presage.units import CONTRACT, DOLLAR, SECOND, Micros

GENESIS: Final = Genesis(b"exchange-of-test", b"0123456789abcdef")
MEMBERS: Final = (1, 2)
MONEY: Final = 1_000 * DOLLAR
DAY: Final = 86_400 * SECOND
NOON: Final = 1_790_000_000 * SECOND

T = TypeVar("T", bound=Fact)


class Clock:
    """Stands still until it is set."""

    def __init__(self, now: Micros = NOON) -> None:
        self.now = now

    def __call__(self) -> Micros:
        return self.now


def projections() -> Sequence[Projection]:
    return (Orders(), Fills(), Trades())


@asynccontextmanager
async def running(
    directory: Path,
    clock: Callable[[], Micros] | None = None,
    settings: Settings | None = None,
    on_stop: Callable[[BaseException], None] | None = None,
    tables: Sequence[Projection] = (),
) -> AsyncIterator[Gateway]:
    """An exchange in `directory`, closed cleanly at the end."""
    clock = clock or Clock()
    exchange = open_exchange(directory, tables, clock, GENESIS, settings)
    gateway = Gateway(exchange, clock, settings, on_stop)
    gateway.start()
    try:
        yield gateway
    finally:
        await gateway.close()


async def accepted(
    gateway: Gateway, command: Command | None, rows: RowWrites | None = None
) -> Receipt:
    """Submit what must not be refused."""
    result = await gateway.submit(command, rows)
    assert isinstance(result, Receipt), result
    return result


async def refused(
    gateway: Gateway, command: Command | None, rows: RowWrites | None = None
) -> Reject:
    """Submit what must be refused."""
    result = await gateway.submit(command, rows)
    assert isinstance(result, Reject), result
    return result


def only(kind: type[T], receipt: Receipt) -> T:
    """The one fact of that kind."""
    (found,) = (fact for fact in receipt.facts if isinstance(fact, kind))
    return found


def deposit(member: int, cause: str, amount: int = MONEY) -> Move:
    return Move((("world", -amount), (f"cash:{account_id(member)}", amount)), cause, "deposit")


async def open_market(gateway: Gateway) -> int:
    """Two members with money and an open market, which closes in a day; returns its id."""
    for member in MEMBERS:
        await accepted(gateway, OpenMember(member))
        await accepted(gateway, deposit(member, f"first-{member}"))
    series = only(SeriesCreated, await accepted(gateway, CreateSeries("RAIN"))).series
    event = only(EventCreated, await accepted(gateway, CreateEvent(series, "RAIN-26"))).event
    market = CreateMarket(event, "RAIN-26-YES", open_at=NOON, close_at=NOON + DAY)
    return only(MarketCreated, await accepted(gateway, market)).market


def bid(market: int, price: int = 4_000, key: str = "", member: int = 1) -> PlaceOrder:
    """One contract."""
    return PlaceOrder(account_id(member), market, 0, price, CONTRACT, client_order_id=key)


def ask(market: int, price: int = 6_000, key: str = "", member: int = 2) -> PlaceOrder:
    """One contract."""
    return PlaceOrder(account_id(member), market, 1, price, CONTRACT, client_order_id=key)


def crash(directory: Path, into: Path) -> Path:
    """The files as they are on disk at this moment, as a killed process would leave them."""
    into.mkdir()
    for name in ("exchange.db", "exchange.db-wal", "watermark"):
        if (directory / name).exists():
            shutil.copyfile(directory / name, into / name)
    return into


async def promised(directory: Path) -> None:
    """Until the watermark of a running exchange, synced behind the answers, promises every batch.

    A crash that also damages the log may take back the last batch before that (DECISIONS 8).
    """
    connection = sqlite3.connect(directory / "exchange.db")
    try:
        answered = journal.commits(connection)
    finally:
        connection.close()
    while watermark.read(directory / "watermark").commits < answered:
        await anyio.lowlevel.checkpoint()


def flip_a_bit(directory: Path, seq: int) -> None:
    """Damage one entry of the journal where it stands in its batch."""
    connection = sqlite3.connect(directory / "exchange.db")
    record = journal.find(connection, seq)
    assert record is not None
    query = "SELECT seq, entries FROM journal WHERE seq >= ? ORDER BY seq"
    key, data = connection.execute(query, (seq,)).fetchone()
    place = data.index(record.command) + 1
    data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    connection.execute("UPDATE journal SET entries = ? WHERE seq = ?", (data, key))
    connection.commit()
    connection.close()


def rewrite(directory: Path, seq: int, **fields: object) -> None:
    """Forge an entry and chain everything after it anew: only deciding again can tell."""
    connection = sqlite3.connect(directory / "exchange.db")
    last = journal.last_seq(connection)
    records = list(journal.read(connection, 0, last, codec.NO_HASH))
    connection.execute("DELETE FROM journal")
    connection.execute("DELETE FROM snapshots")
    forged: list[Sealed] = []
    for record in records:
        if record.seq == seq:
            record = msgspec.structs.replace(record, **fields)
        head = record.seq, record.shard, record.epoch, record.at, record.rules
        body = msgspec.Raw(record.command), msgspec.Raw(record.facts)
        forged.append(codec.seal(forged[-1].hash if forged else codec.NO_HASH, *head, *body))
    journal.append(connection, last, codec.pack(codec.NO_HASH, forged), 1)
    connection.commit()
    connection.close()
    watermark.create(directory / "watermark", watermark.Mark(last, forged[-1].hash, 1))
