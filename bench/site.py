"""What 500 members of the site cost those who trade through Kalshi's API.

The demo exchange, as `./x serve` starts it, gets signed single orders at a fixed pace, well below
what it can take: first alone, then while members of the site browse and trade. The limits are those
of every exchange. Server on the first core, orders and members from one process on the second.
"""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import msgspec
import uvloop

from bench.client import Client, Offered, connect
from bench.load import fetch
from bench.members import Heard, Option, let_members_in, seated
from bench.orders import CREATE
from bench.processes import pinned
from bench.requests import Signer, dated, plain
from bench.results import Result, note
from bench.server import Server, presage
from bench.world import let_in, member, opened, submit_all

READERS: Final = 500
TRADERS: Final = 64
CONNECTIONS: Final = 64
RATE: Final = 300
"""Orders a second."""
SECONDS: Final = 20.0
ALONE: Final = 60.0
"""Longer than this orders are not sent alone."""
WARM_UP: Final = 3.0
TOO_LATE: Final = 2.0
"""Milliseconds: how late the generator itself may be, for its latencies to mean the server's."""
LIMIT: Final = 1.5
"""How many times longer the slowest orders may take beside the members."""
NAME: Final = "site: 500 members"


class Market(NamedTuple):
    """Something to send orders for; `middle` in cents."""

    ticker: str
    middle: int


class Phase(NamedTuple):
    """What was seen of the orders, and the share of a core that the server used."""

    orders: Offered
    busy: float


def measure(quick: bool, seconds: float) -> list[Result]:
    """Order p50 and p99 beside the members and alone; what the members met."""
    seconds, readers = (1.0, READERS // 10) if quick else (seconds, READERS)
    with TemporaryDirectory() as name:
        folder = Path(name)
        signers, tokens = asyncio.run(_found(folder, readers))
        with presage(folder, demo=True) as server:
            stage = _Stage(server, signers, tokens)
            alone = uvloop.run(stage.alone(seconds, WARM_UP / 10 if quick else WARM_UP))
            beside, heard = uvloop.run(stage.beside(seconds))
    _tell(alone, beside, heard)
    return _report(alone, beside, heard, seconds)


async def _found(folder: Path, readers: int) -> tuple[list[Signer], list[str]]:
    async with opened(folder) as running:
        wishes = (wish for number in range(1, TRADERS + 1) for wish in member(number))
        await submit_all(running.services.gateway, wishes)
        signers = await let_in(running, TRADERS)
        return signers, await let_members_in(running, TRADERS + 1, readers)


class _Stage:
    """The server and everybody who comes to it."""

    def __init__(self, server: Server, signers: Sequence[Signer], tokens: list[str]) -> None:
        self._server, self._signers, self._tokens = server, signers, tokens
        self._options = _options(server.port)
        self._orders = _orders(_markets(server.port))

    async def alone(self, seconds: float, warm_up: float) -> Phase:
        """Orders and nothing else, after some that do not count."""
        await self._offer(warm_up)
        return await self._offer(min(seconds, ALONE))

    async def beside(self, seconds: float) -> tuple[Phase, Heard]:
        """Orders, and members; these have begun a little before."""
        heard, requests = Heard(), self._requests(seconds)
        readers = await seated(self._server.port, self._tokens, self._options, heard)
        with pinned(1):
            until = time.perf_counter() + seconds + WARM_UP
            crowd = [asyncio.create_task(one.run(until)) for one in readers]
            await asyncio.sleep(WARM_UP)
            phase = await self._send(requests)
            await asyncio.gather(*crowd)
        for one in readers:
            one.close()
        return phase, heard

    async def _offer(self, seconds: float) -> Phase:
        requests = self._requests(seconds)
        with pinned(1):
            return await self._send(requests)

    def _requests(self, seconds: float) -> list[bytes]:
        return dated(self._signers, "POST", CREATE, self._orders, round(RATE * seconds), RATE)

    async def _send(self, requests: list[bytes]) -> Phase:
        clients: list[Client] = [await connect(self._server.port) for _ in range(CONNECTIONS)]
        offered = Offered(clients)
        gc.collect()
        gc.disable()
        used, started = self._server.processor_time(), time.perf_counter()
        try:
            await offered.run(requests, RATE)
        finally:
            gc.enable()
            for client in clients:
                client.close()
        used = self._server.processor_time() - used
        return Phase(offered, used / (time.perf_counter() - started))


def _options(port: int) -> list[Option]:
    """What the site shows as open."""
    found, after = list[Option](), ""
    while True:
        path = f"/api/events?limit=100{after}"
        page = msgspec.json.decode(fetch(port, plain("GET", path)))
        for event in page["events"]:
            found += [
                Option(one["id"], event["slug"])
                for one in event["options"]
                if one["status"] == "OPEN"
            ]
        if page["nextCursor"] is None:
            return found
        after = f"&cursor={page['nextCursor']}"


def _markets(port: int) -> list[Market]:
    """Those that somebody quotes, in whole cents."""
    path = "/trade-api/v2/markets?status=open&limit=1000"
    page = msgspec.json.decode(fetch(port, plain("GET", path)))
    return [Market(one["ticker"], _middle(one)) for one in page["markets"] if one["yes_bid"]]


def _middle(market: dict[str, Any]) -> int:
    return (int(market["yes_bid"]) + int(market["yes_ask"])) // 2


def _orders(markets: Sequence[Market]) -> Iterator[dict[str, object]]:
    """For and against, around where the market was: many rest, some trade."""
    draw, number = random.Random(1), 0
    while True:
        market, side = draw.choice(markets), draw.choice(("bid", "ask"))
        off = draw.randrange(-1, 9)
        cents = min(max(market.middle + (-off if side == "bid" else off), 1), 99)
        number += 1
        yield {
            "ticker": market.ticker,
            "client_order_id": f"bench-{number}",
            "side": side,
            "count": "1.00",
            "price": f"0.{cents:02}00",
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "maker",
        }


def _tell(alone: Phase, beside: Phase, heard: Heard) -> None:
    """What is behind the numbers."""
    for name, phase in (("alone", alone), ("beside", beside)):
        late = percentile(phase.orders.late, 99) * 1_000
        note(f"{name}: {phase.busy:.2f} cores; orders sent late by {late:.2f} ms (p99)")
        if late > TOO_LATE:
            note("the generator had too little of the processor: the latencies say nothing")
    for what, times in sorted(heard.seconds.items()):
        middle, high = (percentile(times, share) * 1_000 for share in (50, 99))
        note(f"{what}: {len(times)}, p50 {middle:.1f} ms, p99 {high:.1f} ms")
    for what, count in sorted(heard.refused.items()):
        note(f"refused as may be: {what} ({count})")
    for what, count in _wrong(alone, beside, heard).items():
        note(f"WRONG {count} times: {what}")


def _wrong(alone: Phase, beside: Phase, heard: Heard) -> dict[str, int]:
    return {**alone.orders.wrong, **beside.orders.wrong, **heard.wrong}


def _report(alone: Phase, beside: Phase, heard: Heard, seconds: float) -> list[Result]:
    def row(share: int, floor: float | None) -> Result:
        before, now = (percentile(one.orders.seconds, share) * 1_000 for one in (alone, beside))
        return Result(
            name=f"{NAME}, order p{share}",
            value=now,
            unit="ms",
            peer=f"alone {before:.2f}",
            ratio=before / now,
            floor=floor,
        )

    wrong = sum(_wrong(alone, beside, heard).values())
    times = [one for some in heard.seconds.values() for one in some]
    answers = len(times) + len(alone.orders.seconds) + len(beside.orders.seconds)
    return [
        row(50, None),
        row(99, 1 / LIMIT),
        Result(name=f"{NAME}, requests", value=len(times) / (seconds + WARM_UP), unit="requests/s"),
        Result(name=f"{NAME}, request p99", value=percentile(times, 99) * 1_000, unit="ms"),
        Result(
            name=f"{NAME}, errors",
            value=wrong,
            unit="answers",
            peer="limit 0",
            ratio=(answers - wrong) / answers,
            floor=1.0,
        ),
    ]


def percentile(values: Sequence[float], share: int) -> float:
    """What so many percent of the values do not exceed."""
    return sorted(values)[len(values) * share // 100]
