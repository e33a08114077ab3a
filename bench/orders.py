"""Durable signed orders a second, over HTTP, as clients send them: one by one and in batches.

The server runs as its own process on the first core, the load generator on the second. Every answer
counted is a 201 for an order that is on disk.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import Outcome, Signer, drive
from bench.results import Result
from bench.server import Server, signer

ORDERS = 4_000
BATCHES = 400
BATCH = 20
CONNECTIONS = 64
CREATE = "/trade-api/v2/portfolio/events/orders"


def measure() -> list[Result]:
    """Orders a second, and milliseconds to an answer."""
    with TemporaryDirectory() as folder, Server(Path(folder), content="demo") as server:
        _pin(1)
        members = [signer(Path(folder), name) for name in ("one", "two")]
        markets = server.open_tickers()
        bodies = _bodies(markets)
        asyncio.run(_single(server.port, members, bodies, ORDERS // 4))
        single = asyncio.run(_single(server.port, members, bodies, ORDERS))
        batched = asyncio.run(_batched(server.port, members, bodies))
    return [
        *_rows("orders: signed, one by one", single, 1),
        *_rows(f"orders: signed, batches of {BATCH}", batched, BATCH),
    ]


def _pin(core: int) -> None:
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if core in cores:
        os.sched_setaffinity(0, {core})


def _bodies(markets: list[str]) -> Iterator[dict[str, object]]:
    draw = random.Random(1)
    for number in itertools.count():
        side = draw.choice(("bid", "ask"))
        cents = draw.randrange(30, 52) if side == "bid" else draw.randrange(49, 71)
        yield {
            "ticker": draw.choice(markets),
            "client_order_id": f"bench-{number}",
            "side": side,
            "count": "1.00",
            "price": f"0.{cents}00",
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "maker",
        }


async def _single(
    port: int, members: list[Signer], bodies: Iterator[dict[str, object]], count: int
) -> Outcome:
    requests = [
        member.request("POST", CREATE, body)
        for member, body in zip(itertools.cycle(members), itertools.islice(bodies, count))
    ]
    return await drive(port, requests, CONNECTIONS, 201)


async def _batched(
    port: int, members: list[Signer], bodies: Iterator[dict[str, object]]
) -> Outcome:
    requests = [
        member.request(
            "POST", f"{CREATE}/batched", {"orders": list(itertools.islice(bodies, BATCH))}
        )
        for member, _ in zip(itertools.cycle(members), range(BATCHES))
    ]
    return await drive(port, requests, CONNECTIONS, 201)


def _rows(name: str, outcome: Outcome, orders: int) -> list[Result]:
    return [
        Result(name=name, value=outcome.rate * orders, unit="orders/s"),
        Result(name=f"{name}, p50", value=outcome.p50, unit="ms"),
        Result(name=f"{name}, p99", value=outcome.p99, unit="ms"),
    ]
