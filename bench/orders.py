"""Durable signed orders a second, over HTTP, as clients send them: one by one and in batches.

Each server runs as its own process on the first core, the load generator on the second. Every
answer counted is a 201 for an order that is on disk. The textbook server gets the very same
requests in turn with Presage, in the same run; it looks at no signature.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bench import peers
from bench.load import Outcome, Signer, drive, middle, pinned
from bench.results import Result, note
from bench.server import Server, presage
from bench.world import let_in, opened, populate, ticker

CONNECTIONS: Final = 64
MEMBERS: Final = 64
MARKETS: Final = 50
BATCH: Final = 20
ROUNDS: Final = 3
SINGLES: Final = 3_000
BATCHES: Final = 250
CREATE: Final = "/trade-api/v2/portfolio/events/orders"
SINGLE_FLOOR: Final = 3.0
BATCHED_FLOOR: Final = 10.0


@dataclass
class Measured:
    """One server's outcomes, round by round."""

    server: Server
    single: list[Outcome] = field(default_factory=list)
    batched: list[Outcome] = field(default_factory=list)


def measure(quick: bool, alone: bool) -> list[Result]:
    """Orders a second, and milliseconds to an answer."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        signers = asyncio.run(_prepare(Path(name)))
        ours = Measured(stack.enter_context(presage(Path(name))))
        peer = None if alone else _textbook(stack, signers)
        bodies = _bodies()
        with pinned(1):
            asyncio.run(_round(ours, peer, signers, bodies, 10))
            ours.single.clear()
            ours.batched.clear()
            if peer is not None:
                peer.single.clear()
                peer.batched.clear()
            for _ in range(1 if quick else ROUNDS):
                asyncio.run(_round(ours, peer, signers, bodies, 10 if quick else 1))
    return _report(ours, peer)


async def _prepare(folder: Path) -> list[Signer]:
    async with opened(folder) as running:
        await populate(running, MEMBERS, MARKETS)
        return await let_in(running, MEMBERS)


def _textbook(stack: ExitStack, signers: list[Signer]) -> Measured | None:
    extra = peers.packages()
    if extra is None:
        return None
    try:
        dsn = stack.enter_context(peers.Postgres())
    except peers.Unavailable as error:
        note(f"skipped the textbook server: {error}")
        return None
    port = peers.free_port()
    line = ([one.key_id for one in signers], [ticker(n) for n in range(1, MARKETS + 1)])
    server = Server(["bench.textbook", dsn, str(port)], port, line, extra)
    return Measured(stack.enter_context(server))


def _bodies() -> Iterator[dict[str, object]]:
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


async def _round(
    ours: Measured,
    peer: Measured | None,
    signers: list[Signer],
    bodies: Iterator[dict[str, object]],
    part: int,
) -> None:
    """The same requests to each server in turn; a `part` of 10 means a tenth of them."""
    singles = list(itertools.islice(bodies, SINGLES // part))
    batches = [list(itertools.islice(bodies, BATCH)) for _ in range(BATCHES // part)]
    for one in (ours, peer):
        if one is None:
            continue
        signer = itertools.cycle(signers)
        requests = [next(signer).request("POST", CREATE, body) for body in singles]
        one.single.append(await drive(one.server.port, requests, CONNECTIONS, 201))
        path = f"{CREATE}/batched"
        requests = [next(signer).request("POST", path, {"orders": body}) for body in batches]
        one.batched.append(await drive(one.server.port, requests, CONNECTIONS, 201))


def _report(ours: Measured, peer: Measured | None) -> list[Result]:
    results = []
    for batch, name, floor in (
        (1, "signed, one by one", SINGLE_FLOOR),
        (BATCH, f"signed, batches of {BATCH}", BATCHED_FLOOR),
    ):
        mine = middle(ours.single if batch == 1 else ours.batched)
        theirs = None
        if peer is not None:
            theirs = middle(peer.single if batch == 1 else peer.batched)
        results += _rows(f"orders: {name}", batch, floor, mine, theirs)
    return results


def _rows(
    name: str, orders: int, floor: float, mine: Outcome, theirs: Outcome | None
) -> list[Result]:
    first = Result(name=name, value=mine.rate * orders, unit="orders/s")
    if theirs is not None:
        first = msgspec.structs.replace(
            first,
            peer=f"textbook {theirs.rate * orders:,.0f}",
            ratio=mine.rate / theirs.rate,
            floor=floor,
        )
    rows = [first]
    for which in ("p50", "p99"):
        value = getattr(mine, which)
        other = None if theirs is None else getattr(theirs, which)
        rows.append(
            Result(
                name=f"{name}, {which}",
                value=value,
                unit="ms",
                peer=None if other is None else f"textbook {other:,.0f}",
                ratio=None if other is None else other / value,
            )
        )
    return rows
