"""What readers ask most: a book, a page of markets, one's own orders. Requests a second and p99.

The server on the first core, the load generator on the second, connections kept alive.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.load import Outcome, drive
from bench.processes import pinned
from bench.requests import Signer, plain, signed
from bench.results import Only, Result
from bench.server import Server, presage
from bench.world import let_in, opened, populate, resting_orders, submit_all, ticker

CONNECTIONS: Final = 16
"""Fewer than for orders: pages are large, and the second core has to take them in."""
MEMBERS: Final = 16
MARKETS: Final = 1_000
ORDERS: Final = 20_000
ROUNDS: Final = 5
SECONDS: Final = 1.0
SIGNED: Final = 1_000
API: Final = "/trade-api/v2"

Ask = Callable[[Sequence[Signer]], list[bytes]]
QUESTIONS: Final[tuple[tuple[str, Ask], ...]] = (
    (
        "GET order book",
        lambda _: [
            plain("GET", f"{API}/markets/{ticker(n)}/orderbook") for n in range(1, MARKETS + 1)
        ],
    ),
    ("GET markets, page of 100", lambda _: [plain("GET", f"{API}/markets?limit=100")]),
    ("GET markets, page of 1,000", lambda _: [plain("GET", f"{API}/markets?limit=1000")]),
    (
        "GET own orders, page of 100",
        lambda who: signed(who, "GET", f"{API}/portfolio/orders?limit=100", [None] * SIGNED),
    ),
)


def measure(quick: bool, only: Only) -> list[Result]:
    """Requests a second, the 99th percentile of the time to an answer, processor time."""
    with TemporaryDirectory() as name:
        signers = asyncio.run(_prepare(Path(name), ORDERS // 20 if quick else ORDERS))
        results = []
        with presage(Path(name)) as server:
            for question, ask in QUESTIONS:
                if only(f"reads: {question}"):
                    results += _ask(f"reads: {question}", server, ask(signers), quick)
    return results


def _ask(name: str, server: Server, requests: list[bytes], quick: bool) -> list[Result]:
    asked, outcomes, costs = itertools.cycle(requests), list[Outcome](), list[float]()
    for _ in range(1 if quick else ROUNDS + 1):
        before = server.processor_time()
        with pinned(1):
            outcome = drive(server.port, asked, CONNECTIONS, 200, SECONDS / 5 if quick else SECONDS)
        outcomes.append(outcome)
        costs.append((server.processor_time() - before) / outcome.answers)
    # The first round also fills caches.
    outcomes, costs = outcomes[1:] or outcomes, costs[1:] or costs
    rate, p99 = (median(getattr(one, what) for one in outcomes) for what in ("rate", "p99"))
    return [
        Result(name=name, value=rate, unit="requests/s"),
        Result(name=f"{name}, p99", value=p99, unit="ms"),
        Result(name=f"{name}, processor time", value=median(costs) * 1_000_000, unit="us/request"),
    ]


async def _prepare(folder: Path, orders: int) -> list[Signer]:
    async with opened(folder) as running:
        await populate(running, MEMBERS, MARKETS, texts=True)
        wishes = resting_orders(orders, MEMBERS, MARKETS)
        accepted = await submit_all(running.services.gateway, wishes)
        assert accepted == orders, f"{orders - accepted} orders were refused"
        return await let_in(running, MEMBERS)
