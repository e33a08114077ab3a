"""Tokens: what calls cost a member, how much it has, and that it is never a token more."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from tests.api.kalshi.world import TICKER, Answer, World, order_v1, order_v2

pytestmark = pytest.mark.anyio

ORDERS: Final = "/portfolio/events/orders"
V1: Final = "/portfolio/orders"
SECOND: Final = 1_000_000_000
REFUSED: Final = b'{"error":"too many requests"}'

Ask = Callable[[World], Awaitable[Answer]]


class Ticks:
    """A monotonic clock in nanoseconds that moves when told to."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def ticks(world: World) -> Ticks:
    ticks = Ticks()
    world.limit(ticks)
    return ticks


async def at_once(world: World, times: int, ask: Ask) -> Counter[int]:
    """How often each status came, when all of them were asked at the same time."""
    answers = await asyncio.gather(*(ask(world) for _ in range(times)))
    for answer in answers:
        if answer.status == 429:
            assert answer.body == REFUSED
    return Counter(answer.status for answer in answers)


def asking(method: str, path: str, body: Any = None, who: str = "ann") -> Ask:
    return lambda world: world.ask(who, method, path, body)


NOBODYS: Final = "00000000-0000-0000-0000-000000000000"
V2_BODY: Final = order_v2("bid", "0.0100")
V1_BODY: Final = order_v1("buy", "yes", 1)
AMEND_V1: Final = {"ticker": TICKER, "side": "yes", "action": "buy", "yes_price": 2, "count": 1}


@pytest.mark.parametrize(
    ("method", "path", "body", "calls"),
    [
        ("POST", ORDERS, V2_BODY, 10),
        ("DELETE", f"{ORDERS}/{NOBODYS}", None, 50),
        ("POST", f"{ORDERS}/{NOBODYS}/decrease", {"reduce_by": "1.00"}, 10),
        ("POST", f"{ORDERS}/batched", {"orders": [V2_BODY] * 3}, 3),
        ("DELETE", f"{ORDERS}/batched", {"orders": [{"order_id": NOBODYS}] * 3}, 16),
        ("POST", V1, V1_BODY, 5),
        ("DELETE", f"{V1}/{NOBODYS}", None, 25),
        ("POST", f"{V1}/{NOBODYS}/amend", AMEND_V1, 5),
        ("POST", f"{V1}/{NOBODYS}/decrease", {"reduce_by": 1}, 5),
        ("POST", f"{V1}/batched", {"orders": [V1_BODY] * 2}, 2),
        ("DELETE", f"{V1}/batched", {"ids": [NOBODYS] * 2}, 12),
        ("DELETE", f"/communications/quotes/{NOBODYS}", None, 50),
        ("DELETE", f"/communications/rfqs/{NOBODYS}", None, 10),
        ("GET", "/portfolio/balance", None, 20),
        ("GET", f"{V1}/{NOBODYS}", None, 100),
    ],
)
async def test_calls_that_a_new_member_can_make_at_once(
    world: World, ticks: Ticks, method: str, path: str, body: Any, calls: int
) -> None:
    """100 tokens to write, 200 to read; a batch costs by item; exact however many ask at once."""
    statuses = await at_once(world, calls + 7, asking(method, path, body))
    assert statuses[429] == 7
    assert await at_once(world, 1, asking(method, path, body)) == {429: 1}
    other = "POST" if method == "GET" else "GET"
    where = (ORDERS, V2_BODY) if method == "GET" else ("/portfolio/balance", None)
    assert (await world.ask("ann", other, *where)).status < 300, "reads and writes are apart"
    assert (await world.ask("bob", method, path, body)).status != 429, "members are apart"


async def test_a_batch_that_does_not_fit_is_refused_whole(world: World, ticks: Ticks) -> None:
    many = {"orders": [V2_BODY] * 11}
    assert await at_once(world, 1, asking("POST", f"{ORDERS}/batched", many)) == {429: 1}
    ticks.now = 10 * SECOND
    assert await at_once(world, 1, asking("POST", f"{ORDERS}/batched", many)) == {429: 1}
    assert (await world.get("ann", V1))["orders"] == []
    few = {"orders": [V2_BODY] * 10}
    assert await at_once(world, 2, asking("POST", f"{ORDERS}/batched", few)) == {201: 1, 429: 1}


async def test_tokens_flow_in_all_the_time(world: World, ticks: Ticks) -> None:
    place = asking("POST", ORDERS, V2_BODY)
    assert await at_once(world, 11, place) == {201: 10, 429: 1}
    ticks.now = SECOND // 10 - 1
    assert await at_once(world, 1, place) == {429: 1}
    ticks.now = SECOND // 10
    assert await at_once(world, 2, place) == {201: 1, 429: 1}
    ticks.now = 60 * SECOND
    assert await at_once(world, 12, place) == {201: 10, 429: 2}


async def test_a_higher_tier_has_two_seconds_of_writes(world: World, ticks: Ticks) -> None:
    await world.post("ann", ORDERS, V2_BODY)
    assert (await world.ask("ann", "POST", "/account/api_usage_level/upgrade")).status == 201
    ticks.now = 60 * SECOND
    assert await at_once(world, 62, asking("POST", ORDERS, V2_BODY)) == {201: 60, 429: 2}


async def test_public_calls_cost_a_member_nothing(world: World, ticks: Ticks) -> None:
    assert await at_once(world, 300, asking("GET", "/exchange/status")) == {200: 300}
    assert await at_once(world, 20, asking("GET", "/portfolio/balance")) == {200: 20}
