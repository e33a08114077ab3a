"""Durable signed orders a second, over HTTP, as clients send them: one by one and in batches.

Each server runs as its own process on the first core, the load generator on the second. Every
answer counted is a 201 for an order that is on disk. In each round all servers take turns, and each
sends as many of the very same requests as it can in the same time; the textbook server looks at no
signature. What a server uses of the processors is counted with its helpers' and database's share.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bench import peers
from bench.load import Outcome, drive
from bench.processes import pinned, settled
from bench.requests import Signer, plain, signed
from bench.results import Only, Result, note
from bench.server import Server, presage, stub
from bench.world import let_in, opened, populate, ticker

CONNECTIONS: Final = 64
MEMBERS: Final = 64
MARKETS: Final = 50
ROUNDS: Final = 5
SECONDS: Final = 2.5
WARM_UP: Final = 0.7
SPARE: Final = 1.4
"""More requests are made than the warm-up's speed asks for, so that none runs out of them."""
AT_FIRST: Final = 10_000
"""Orders a second for which the warm-up is made."""
CREATE: Final = "/trade-api/v2/portfolio/events/orders"
OURS: Final = "orders"
COMPILED: Final = "orders (compiled)"
PEER: Final = "textbook"
MICROS: Final = 1_000_000


class Shape(msgspec.Struct, frozen=True):
    """A way to send orders."""

    name: str
    path: str
    batch: int
    floor: float

    def bodies(self, orders: Iterator[dict[str, object]], count: int) -> list[object]:
        """What the next `count` requests say."""
        if self.batch == 1:
            return list(itertools.islice(orders, count))
        return [{"orders": list(itertools.islice(orders, self.batch))} for _ in range(count)]


SHAPES: Final = (
    Shape("signed, one by one", CREATE, 1, 3.0),
    Shape("signed, batches of 20", f"{CREATE}/batched", 20, 10.0),
)


class Contestant:
    """A server, and of each round its outcome and the microseconds of processor time an order.

    `orders` counts all that it ever answered with success, `folder` is where ours keeps them.
    """

    def __init__(self, name: str, server: Server, folder: Path | None = None) -> None:
        self.name = name
        self.folder = folder
        self.orders = 0
        self.outcomes: list[Outcome] = []
        self.costs: list[float] = []
        self._server = server

    def run(self, requests: list[bytes], batch: int, seconds: float) -> None:
        """One turn."""
        before = self._server.processor_time()
        with pinned(1):
            outcome = drive(self._server.port, requests, CONNECTIONS, 201, seconds)
        used = settled(self._server.processor_time) - before
        placed = outcome.answers * batch
        self.orders += placed
        self.outcomes.append(outcome)
        self.costs.append(used / placed * MICROS)

    def forget(self) -> None:
        """The next round is the first."""
        self.outcomes.clear()
        self.costs.clear()

    def middle(self, what: str) -> float:
        """The median round's number of an outcome."""
        return float(median(getattr(outcome, what) for outcome in self.outcomes))


def measure(quick: bool, alone: bool, built: Path | None, only: Only) -> list[Result]:
    """Orders a second, milliseconds to an answer, processor time an order."""
    shapes = [one for one in SHAPES if only(f"{OURS}: {one.name}", f"{COMPILED}: {one.name}")]
    results = []
    with TemporaryDirectory() as name:
        folder = Path(name) / "new"
        signers, founded = asyncio.run(_found(folder))
        with ExitStack() as stack:
            servers = _ours(stack, folder, built if only(COMPILED) else None)
            if not alone:
                servers += _textbook(stack, signers)
            orders = _orders()
            for shape in shapes:
                note(f"measuring orders {shape.name} ...")
                _compete(shape, servers, signers, orders, quick)
                results += _report(shape, servers)
                results.append(_ceiling(shape, round(servers[0].middle("size")), quick))
        for server in servers:
            _audit(server, founded)
    return results


def _compete(
    shape: Shape,
    servers: list[Contestant],
    signers: list[Signer],
    orders: Iterator[dict[str, object]],
    quick: bool,
) -> None:
    """A short round to warm up and to see how fast they are, then those that count."""
    for server in servers:
        server.forget()

    def turns(requests: int, seconds: float, first: int) -> None:
        made = signed(signers, "POST", shape.path, shape.bodies(orders, requests))
        for server in servers[first:] + servers[:first]:
            server.run(made, shape.batch, seconds)

    seconds = SECONDS / 10 if quick else SECONDS
    turns(round(AT_FIRST * WARM_UP) // shape.batch, WARM_UP, 0)
    fastest = max(server.middle("rate") for server in servers)
    for server in servers:
        server.forget()
    for number in range(1 if quick else ROUNDS):
        turns(round(fastest * seconds * SPARE), seconds, number % len(servers))


def _ours(stack: ExitStack, folder: Path, built: Path | None) -> list[Contestant]:
    """Presage, and with the compiled engine if there is one, on copies of the directory."""
    found = []
    for name, compiled in ((OURS, None), (COMPILED, built)):
        if name == OURS or compiled is not None:
            copy = folder.with_name(name)
            shutil.copytree(folder, copy)
            found.append(Contestant(name, stack.enter_context(presage(copy, compiled)), copy))
    return found


def _textbook(stack: ExitStack, signers: list[Signer]) -> list[Contestant]:
    """None when it cannot be had."""
    extra = peers.packages()
    if extra is None:
        return []
    try:
        database = stack.enter_context(peers.Postgres())
    except peers.Unavailable as error:
        note(f"skipped the textbook server: {error}")
        return []
    port = peers.free_port()
    line = ([one.key_id for one in signers], [ticker(n) for n in range(1, MARKETS + 1)])
    arguments = ["bench.textbook", database.dsn, str(port)]
    server = Server(arguments, port, line, extra, beside=[database.process])
    return [Contestant(PEER, stack.enter_context(server))]


async def _found(folder: Path) -> tuple[list[Signer], int]:
    async with opened(folder) as running:
        await populate(running, MEMBERS, MARKETS)
        return await let_in(running, MEMBERS), running.services.gateway.seq


def _audit(server: Contestant, founded: int) -> None:
    """Every order that was answered with success is an entry of the journal."""

    async def entries(folder: Path) -> int:
        async with opened(folder) as running:
            return running.services.gateway.seq - founded

    if server.folder is not None:
        written = asyncio.run(entries(server.folder))
        assert written >= server.orders, f"{server.orders:,} answered, {written:,} in the journal"


def _orders() -> Iterator[dict[str, object]]:
    """About one order in four trades."""
    draw = random.Random(1)
    for number in itertools.count():
        side = draw.choice(("bid", "ask"))
        cents = draw.randrange(30, 52) if side == "bid" else draw.randrange(49, 71)
        yield {
            "ticker": ticker(draw.randrange(1, MARKETS + 1)),
            "client_order_id": f"bench-{number}",
            "side": side,
            "count": "1.00",
            "price": f"0.{cents}00",
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "maker",
        }


def _ceiling(shape: Shape, size: int, quick: bool) -> Result:
    """What the generator reaches against a server that answers at once with so many bytes."""
    orders = _orders()
    requests = [plain("POST", shape.path, body) for body in shape.bodies(orders, 1_000)]
    with stub(201, size) as server, pinned(1):
        seconds = SECONDS / 10 if quick else SECONDS
        outcome = drive(server.port, itertools.cycle(requests), CONNECTIONS, 201, seconds)
    return Result(
        name=f"{OURS}: {shape.name}, the load generator's own limit",
        value=outcome.rate * shape.batch,
        unit="orders/s",
    )


def _report(shape: Shape, servers: list[Contestant]) -> list[Result]:
    peer = next((server for server in servers if server.name == PEER), None)
    results = []
    for server in servers:
        if server is not peer:
            results += _rows(shape, server, peer)
    return results


def _rows(shape: Shape, server: Contestant, peer: Contestant | None) -> list[Result]:
    def row(what: str, unit: str, of: Callable[[Contestant], float], more: bool) -> Result:
        value = of(server)
        result = Result(name=f"{server.name}: {shape.name}{what}", value=value, unit=unit)
        if peer is None:
            return result
        other = of(peer)
        ratio = value / other if more else other / value
        return msgspec.structs.replace(result, peer=f"{PEER} {other:,.0f}", ratio=ratio)

    rate = row("", "orders/s", lambda one: one.middle("rate") * shape.batch, True)
    if peer is not None and server.name == OURS:
        rate = msgspec.structs.replace(rate, floor=shape.floor)
    return [
        rate,
        row(", p50", "ms", lambda one: one.middle("p50"), False),
        row(", p99", "ms", lambda one: one.middle("p99"), False),
        row(", processor time", "us/order", lambda one: median(one.costs), False),
    ]
