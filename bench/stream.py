"""What a message to very many readers costs: our streams beside `websockets` with a send loop.

1,000 clients follow one market, each over a socket of its own, and committed batches of changes are
told to all of them. Both servers are in this process, on one event loop, and take turns with the
same messages; what is measured is processor time, and the clients are another process that only
reads. The peer is given each message as finished text, which favours it: ours works the message out
from the facts and numbers it for each reader.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from statistics import median
from typing import Final, cast

import uvloop
from websockets.asyncio.server import ServerConnection, serve

from bench.processes import pin
from bench.results import Result
from presage.api.auth import Caller
from presage.api.faults import unknown_route
from presage.api.http import Answer, Request
from presage.api.ids import IdCipher
from presage.api.server import Server
from presage.api.stream.door import PATH, SLICE, StreamDoor
from presage.api.stream.hub import Hub
from presage.api.stream.prices import Prices
from presage.api.stream.views import Views
from presage.domain.commands import Tick
from presage.domain.facts import EventCreated, MarketCreated, OrderRested, SeriesCreated
from presage.domain.ids import account_id
from presage.feeds.accounts import Accounts
from presage.feeds.blotters import Blotters
from presage.feeds.books import Books
from presage.feeds.markets import Markets
from presage.gateway import Reader
from presage.projections.projection import Entry
from presage.units import CONTRACT, SECOND

READERS: Final = 1_000
A_MEMBER: Final = 200
"""Connections of one member."""
LOADS: Final = (
    ("1 change, then rest", 1, 1, 20),
    ("commits back to back", 1, 20, 10),
    ("10 changes a commit", 10, 1, 10),
)
"""Name, changes a commit, commits without a rest, how often a round. A message that is alone costs
a system call for each reader, whoever sends it: there is no floor for that."""
ROUNDS: Final = 7
FLOOR: Final = 2.5
PAUSE: Final = 0.05
"""For the readers to take a batch in."""
TICKER: Final = "KXBENCH-1-1"
MAKER: Final = account_id(1_000_000)
AT: Final = 1_781_159_489 * SECOND

Tell = Callable[[int, int], Awaitable[None]]
"""So many changes in each of so many commits, to every reader."""


def measure(quick: bool) -> list[Result]:
    """Processor time a message, beside the peer's."""
    pin(os.getpid(), {0})
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(READERS // 20 if quick else READERS, 1 if quick else ROUNDS))


async def _measure(readers: int, rounds: int) -> list[Result]:
    results = []
    async with _ours(readers) as ours, _theirs(readers) as theirs:
        gc.collect()
        gc.freeze()
        for name, size, commits, times_a_round in LOADS:
            spent: dict[Tell, list[float]] = {ours: [], theirs: []}
            for turn in range(rounds + 1):
                for tell, times in spent.items():
                    seconds = await _round(tell, size, commits, times_a_round)
                    if turn:  # the first one fills caches
                        times.append(seconds / (size * commits * times_a_round * readers))
            mine, peer = median(spent[ours]), median(spent[theirs])
            results.append(
                Result(
                    name=f"stream: {readers:,} readers, {name}",
                    value=mine * 1e6,
                    unit="us/message",
                    peer=f"websockets {peer * 1e6:.1f}",
                    ratio=peer / mine,
                    floor=FLOOR if size * commits > 1 else None,
                )
            )
    return results


async def _round(tell: Tell, size: int, commits: int, times: int) -> float:
    spent = 0.0
    for _ in range(times):
        started = time.process_time()
        await tell(size, commits)
        spent += time.process_time() - started
        await asyncio.sleep(PAUSE)
    return spent


# Ours


@asynccontextmanager
async def _ours(readers: int) -> AsyncIterator[Tell]:
    markets, books, accounts = Markets(), Books(), Accounts()
    nobody = cast(Reader, None)  # members of this bench have no orders to read
    views = Views(markets, books, IdCipher(bytes(16)), nobody, lambda: AT)
    hub = Hub(views, Blotters(accounts, nobody), Prices())
    terms = (AT, AT + 86_400 * SECOND, "linear_cent", 0, True, 0, False)
    listing = (
        SeriesCreated(1, "KXBENCH", "quadratic", 10_000, 0),
        EventCreated(1, 1, "KXBENCH-1", False, ""),
        MarketCreated(1, 1, TICKER, *terms),
    )
    markets.apply(Entry(1, AT, Tick(), listing))
    door = StreamDoor(hub, _member, lambda key: True, lambda member: "basic")
    server = Server(_no_door, upgrade=door.upgrade)
    port = await server.listen("127.0.0.1", 0)
    with _clients(port, readers):
        subscriptions = hub.channels["orderbook_delta"].subscriptions
        while len(subscriptions) < readers:  # noqa: ASYNC110  # another process connects
            await asyncio.sleep(PAUSE)
        await asyncio.sleep(PAUSE)
        rested = OrderRested(1, MAKER, 1, 0, 4_700, 3 * CONTRACT, 0)

        async def tell(size: int, commits: int) -> None:
            entry = Entry(2, AT, Tick(), (rested,) * size)
            for _ in range(commits):
                books.apply(entry)
                hub.watch([entry])
                await asyncio.sleep(0)
            for _ in range(4 + readers // SLICE):
                await asyncio.sleep(0)

        yield tell
        assert len(subscriptions) == readers, "a reader was lost"
    await door.close()
    await server.close()


async def _member(request: Request) -> Caller:
    number = int(request.header(b"kalshi-access-key")) // A_MEMBER + 1
    return Caller(number, "a member", "a key", frozenset({"read"}), None, "member")


async def _no_door(_: Request) -> Answer:
    raise unknown_route()


# The peer


@asynccontextmanager
async def _theirs(readers: int) -> AsyncIterator[Tell]:
    connected: list[ServerConnection] = []

    async def follow(connection: ServerConnection) -> None:
        await connection.recv()
        connected.append(connection)
        await connection.wait_closed()

    delta = {
        "market_ticker": TICKER,
        "market_id": "f5ed38e2-0991-4c8f-817e-08c4fd9cbfdb",
        "price_dollars": "0.4700",
        "delta_fp": "3.00",
        "side": "yes",
        "ts": "2026-06-11T06:31:29Z",
        "ts_ms": AT // 1_000,
    }
    body = {"type": "orderbook_delta", "sid": 1, "seq": 1_000, "msg": delta}
    text = json.dumps(body, separators=(",", ":"))
    async with serve(follow, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with _clients(port, readers):
            while len(connected) < readers:  # noqa: ASYNC110  # another process connects
                await asyncio.sleep(PAUSE)

            async def tell(size: int, commits: int) -> None:
                for _ in range(size * commits):
                    for connection in connected:
                        await connection.send(text)
                await asyncio.sleep(0)

            yield tell


# The readers


@contextmanager
def _clients(port: int, count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.stream", str(port), str(count)]
    process = subprocess.Popen(command)
    pin(process.pid, {1})
    try:
        yield
    finally:
        process.terminate()
        process.wait()


class _Client(asyncio.Protocol):
    """Follows the market and looks at nothing but heartbeats."""

    def __init__(self, number: int) -> None:
        self._number = number

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(
            b"GET %b HTTP/1.1\r\nhost: bench\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"kalshi-access-key: %d\r\n\r\n" % (PATH.encode(), self._number)
        )

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 101"):
            params = {"channels": ["orderbook_delta"], "market_ticker": TICKER}
            text = json.dumps({"id": 1, "cmd": "subscribe", "params": params}).encode()
            # A mask of zeros leaves the text as it is.
            self._transport.write(bytes((0x81, 0x80 | len(text))) + bytes(4) + text)
        elif b"heartbeat" in data:
            self._transport.write(bytes((0x8A, 0x80)) + bytes(4))


async def _follow(port: int, count: int) -> None:
    loop = asyncio.get_running_loop()
    for number in range(count):
        await loop.create_connection(partial(_Client, number), "127.0.0.1", port)
    await loop.create_future()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_follow(int(sys.argv[1]), int(sys.argv[2])))
