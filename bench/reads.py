"""What readers ask most: a book, a page of markets, one's own orders. Requests a second and p99.

The server on the first core, the load generator on the second, connections kept alive.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.load import Signer, drive, middle, pinned, plain
from bench.results import Result
from bench.server import presage
from bench.world import let_in, opened, populate, resting_orders, submit_all, ticker

CONNECTIONS: Final = 16
"""Fewer than for orders: pages are large, and the second core has to take them in."""
MEMBERS: Final = 16
MARKETS: Final = 1_000
ORDERS: Final = 20_000
ROUNDS: Final = 3
API: Final = "/trade-api/v2"

Ask = Callable[[int, Signer], bytes]
QUESTIONS: Final[tuple[tuple[str, int, Ask], ...]] = (
    (
        "GET order book",
        2_000,
        lambda n, who: plain("GET", f"{API}/markets/{ticker(n % MARKETS + 1)}/orderbook"),
    ),
    ("GET markets, page of 100", 500, lambda n, who: plain("GET", f"{API}/markets?limit=100")),
    ("GET markets, page of 1,000", 100, lambda n, who: plain("GET", f"{API}/markets?limit=1000")),
    (
        "GET own orders, page of 100",
        500,
        lambda n, who: who.request("GET", f"{API}/portfolio/orders?limit=100"),
    ),
)


def measure(quick: bool) -> list[Result]:
    """Requests a second, and the 99th percentile of the time to an answer."""
    with TemporaryDirectory() as name:
        signers = asyncio.run(_prepare(Path(name), ORDERS // 20 if quick else ORDERS))
        results = []
        with presage(Path(name)) as server, pinned(1):
            for question, count, ask in QUESTIONS:
                outcomes = []
                for _ in range(1 if quick else ROUNDS + 1):
                    whose = itertools.cycle(signers)
                    asked = [ask(n, next(whose)) for n in range(count // 10 if quick else count)]
                    outcomes.append(asyncio.run(drive(server.port, asked, CONNECTIONS, 200)))
                # The first round also fills caches.
                outcome = middle(outcomes[1:] or outcomes)
                results += [
                    Result(name=f"reads: {question}", value=outcome.rate, unit="requests/s"),
                    Result(name=f"reads: {question}, p99", value=outcome.p99, unit="ms"),
                ]
    return results


async def _prepare(folder: Path, orders: int) -> list[Signer]:
    async with opened(folder) as running:
        await populate(running, MEMBERS, MARKETS, texts=True)
        wishes = resting_orders(orders, MEMBERS, MARKETS)
        accepted = await submit_all(running.services.gateway, wishes)
        assert accepted == orders, f"{orders - accepted} orders were refused"
        return await let_in(running, MEMBERS)
