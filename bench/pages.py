"""What a page costs the server when there is 1x, 10x and 100x of what it is not about.

Three servers take turns with the same question; the first page and one from the middle are asked
for in turn. Growing `trades` grows a member's orders and fills, everybody else's, and the
candlesticks of every market together, over a simulated time that ends an hour ago.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bench.load import drive, fetch
from bench.processes import pinned
from bench.requests import Signer, signed
from bench.results import Only, multiples, note
from bench.server import Server, presage
from bench.world import let_in, opened, populate, submit_all, ticker
from presage.app.build import wall_clock
from presage.domain import commands as c
from presage.domain.ids import account_id
from presage.units import CONTRACT, SECOND, Micros

API: Final = "/trade-api/v2"
PAGE: Final = 100
STARTS: Final = {"trades": 500, "markets": 200}
"""Enough for a full page in the middle."""
CONNECTIONS: Final = 4
ROUNDS: Final = 5
SECONDS: Final = 0.3
SIGNED: Final = 20
MEMBERS: Final = 20
TRADED: Final = 10
"""Markets with trades, one in each every ten minutes."""
MINUTE: Final = 60 * SECOND
RANGE: Final = 240 * MINUTE
"""What candlesticks are asked for; less than the smallest exchange's life."""


class World(msgspec.Struct):
    """A served exchange; all its members' requests are signed by `signer`'s key."""

    server: Server
    signer: Signer
    end: Micros

    def page(self, path: str, found: str) -> list[bytes]:
        """Requests for the first page and for one in the middle of all pages, signed often enough
        that no answer can come from having seen the signature."""
        cursors = [""]
        while True:
            request = self._ask(_at(path, cursors[-1]), 1)[0]
            answer = msgspec.json.decode(fetch(self.server.port, request))
            if not answer["cursor"] or not answer[found]:
                break
            cursors.append(answer["cursor"])
        middle = cursors[len(cursors) // 2]
        pages = [self._ask(_at(path, cursor), SIGNED) for cursor in ("", middle)]
        return [request for pair in zip(*pages, strict=True) for request in pair]

    def candles(self) -> list[bytes]:
        """Requests for the minutes of a fixed range in one market."""
        seconds = (self.end - RANGE) // SECOND, self.end // SECOND
        path = f"{API}/series/KXBENCH/markets/{ticker(1)}/candlesticks"
        query = "start_ts={}&end_ts={}&period_interval=1".format(*seconds)
        return self._ask(f"{path}?{query}", SIGNED)

    def _ask(self, path: str, count: int) -> list[bytes]:
        return signed([self.signer], "GET", path, [None] * count)


def _at(path: str, cursor: str) -> str:
    return f"{path}&cursor={cursor}" if cursor else path


Ask = Callable[[World], list[bytes]]
QUESTIONS: Final[dict[str, dict[str, Ask]]] = {
    "trades": {
        "GET own orders": lambda w: w.page(f"{API}/portfolio/orders?limit={PAGE}", "orders"),
        "GET own resting orders": lambda w: w.page(
            f"{API}/portfolio/orders?limit={PAGE}&status=resting", "orders"
        ),
        "GET own fills": lambda w: w.page(f"{API}/portfolio/fills?limit={PAGE}", "fills"),
        "GET trades of a market": lambda w: w.page(
            f"{API}/markets/trades?limit={PAGE // 5}&ticker={ticker(1)}", "trades"
        ),
        "GET candlesticks": World.candles,
    },
    "markets": {"GET markets": lambda w: w.page(f"{API}/markets?limit={PAGE}", "markets")},
}


def compare(
    what: str, steps: list[int], quick: bool, only: Only
) -> Iterator[tuple[str, list[float]]]:
    """For each question the cost at the later steps, as multiples of that at the first."""
    asked = {name: ask for name, ask in QUESTIONS[what].items() if only(f"growth: {name}, {what}")}
    if not asked:
        return
    note(f"growing {what} (pages) ...")
    with ExitStack() as stack:
        worlds = []
        for step in steps:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            end = wall_clock() // MINUTE * MINUTE - 60 * MINUTE
            fill = _trades if what == "trades" else _markets
            signer = asyncio.run(fill(folder, step, end))
            worlds.append(World(stack.enter_context(presage(folder)), signer, end))
        for name, ask in asked.items():
            yield name, _multiples(worlds, ask, 1 if quick else ROUNDS)


def _multiples(worlds: list[World], ask: Ask, rounds: int) -> list[float]:
    requests = [ask(world) for world in worlds]
    costs: list[list[float]] = [[] for _ in worlds]
    for number in range(rounds + 1):
        for world, asked, cost in zip(worlds, requests, costs, strict=True):
            before = world.server.processor_time()
            with pinned(1):
                endless = itertools.cycle(asked)
                outcome = drive(world.server.port, endless, CONNECTIONS, 200, SECONDS)
            if number:  # the first round fills caches
                cost.append((world.server.processor_time() - before) / outcome.answers)
    return multiples(costs)


async def _markets(folder: Path, count: int, end: Micros) -> Signer:
    async with opened(folder) as running:
        await populate(running, 1, count, texts=True)
        return (await let_in(running, 1))[0]


async def _trades(folder: Path, count: int, end: Micros) -> Signer:
    """The first member has bought from somebody in each trade, and has a few orders that rest."""
    turns = -(-count // TRADED)
    times = iter(range(end - turns * 10 * MINUTE, end, 10 * MINUTE))
    now = next(times) - 10 * MINUTE
    async with opened(folder, lambda: now) as running:
        await populate(running, MEMBERS, TRADED)
        signers = await let_in(running, MEMBERS)
        gateway = running.services.gateway
        for turn in range(turns):
            now += 10 * MINUTE
            wishes = [wish for market in range(TRADED) for wish in _trade(turn, market + 1)]
            assert await submit_all(gateway, wishes) == len(wishes)
        resting = [_order(1, market + 1, 0, 10) for market in range(TRADED)]
        assert await submit_all(gateway, resting) == TRADED
    return signers[0]


def _trade(turn: int, market: int) -> list[c.PlaceOrder]:
    cents = 40 + turn % 20
    other = 2 + (turn + market) % (MEMBERS - 1)
    return [_order(1, market, 0, cents), _order(other, market, 1, cents)]


def _order(member: int, market: int, side: int, cents: int) -> c.PlaceOrder:
    action = "sell" if side else "buy"
    return c.PlaceOrder(
        account_id(member), market, side, cents * 100, CONTRACT, action=action, outcome="yes"
    )
