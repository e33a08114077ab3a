"""What resting orders and trades earn in incentive programs, and that it is paid once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from presage.catalog import incentives
from presage.catalog.incentives import Program
from presage.domain.commands import OpenMember, PlaceOrder
from presage.domain.ids import account_id
from presage.domain.incentives import order_score, reward_share
from presage.domain.orders import BID
from presage.domain.rejects import Reject
from presage.units import CENT, DOLLAR, SECOND
from presage.workers.incentives import Incentives
from tests.api.kalshi.world import NOON, TICKER, World, opened, order_v2

pytestmark = pytest.mark.anyio

START = NOON + 1_000 * SECOND


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as world:
        yield world


def worker(world: World) -> Incentives:
    services = world.services
    return Incentives(services.gateway, services.reader, services.markets, world.clock)


async def promise(world: World, **terms: Any) -> None:
    """A program of ten seconds for 100 dollars."""
    usual: dict[str, Any] = {
        "id": "p",
        "market_ticker": TICKER,
        "type": "liquidity",
        "start_at": START,
        "end_at": START + 10 * SECOND,
        "reward": 1_000_000,
        "distance": 200,
    }
    program = Program(**(usual | terms))

    def write(connection: Any) -> None:
        incentives.put(connection, program)

    await world.services.gateway.submit(None, write)


async def run(world: World, steps: Incentives, first: int, last: int) -> None:
    """One step each second from `first` to `last` after the start."""
    for second in range(first, last + 1):
        world.clock.now = START + second * SECOND
        await steps.step(world.clock.now)


async def earned(world: World) -> dict[str, int]:
    """What incentives paid, in cents."""
    found = {}
    for name in ("ann", "bob"):
        body = await world.get(name, "/portfolio/balance")
        reserved = await world.get(name, "/portfolio/summary/total_resting_order_value")
        found[name] = body["balance"] + reserved["total_resting_order_value"] - 100_000
    return found


async def rest(world: World, who: str, side: str, price: str, count: str) -> None:
    await world.post(who, "/portfolio/events/orders", order_v2(side, price, count))


async def is_paid(world: World) -> bool:
    (program,) = (await world.get("ann", "/incentive_programs"))["incentive_programs"]
    return bool(program["paid_out"])


async def test_liquidity_is_paid_by_size_near_the_best_price(world: World) -> None:
    await promise(world)
    await rest(world, "ann", "bid", "0.40", "30")
    await rest(world, "bob", "bid", "0.38", "10")
    await rest(world, "bob", "bid", "0.37", "500")
    steps = worker(world)
    await run(world, steps, 0, 9)
    assert not await is_paid(world)
    await run(world, steps, 10, 11)
    assert await earned(world) == {"ann": 7_500, "bob": 2_500}
    assert await is_paid(world)


async def test_a_restart_goes_on_where_it_stopped(world: World) -> None:
    await promise(world)
    await rest(world, "ann", "bid", "0.40", "10")
    await run(world, worker(world), 0, 4)
    await rest(world, "bob", "ask", "0.60", "10")
    await run(world, worker(world), 5, 12)
    assert await earned(world) == {"ann": 6_666, "bob": 3_333}


async def test_what_is_looked_at_twice_in_a_second_counts_once(world: World) -> None:
    await promise(world)
    await rest(world, "ann", "bid", "0.40", "10")
    steps = worker(world)
    await run(world, steps, 1, 1)
    await rest(world, "bob", "bid", "0.40", "10")
    world.clock.now = START + SECOND + SECOND // 2
    await steps.step(world.clock.now)
    await run(world, steps, 10, 10)
    assert await earned(world) == {"ann": 10_000, "bob": 0}


async def test_volume_is_paid_by_contracts_traded(world: World) -> None:
    await promise(world, type="volume", max_reward=400_000)
    steps = worker(world)
    await rest(world, "ann", "bid", "0.40", "10")
    world.clock.now = START
    await rest(world, "bob", "ask", "0.40", "10")
    await run(world, steps, 5, 12)
    await world.settle(TICKER, 4_000)
    balances = await earned(world)
    assert 3_990 <= balances["ann"] <= 4_000, "half is 5,000, the most is 4,000; less fees"
    assert 3_980 <= balances["bob"] <= 4_000
    assert await is_paid(world)


async def test_nobody_earns_where_nobody_did_anything(world: World) -> None:
    await promise(world)
    await run(world, worker(world), 0, 12)
    assert await is_paid(world)
    assert await earned(world) == {"ann": 0, "bob": 0}


async def test_a_payment_that_was_interrupted_is_finished_once(world: World) -> None:
    await promise(world)
    await rest(world, "ann", "bid", "0.40", "10")
    await rest(world, "bob", "bid", "0.40", "10")
    steps = worker(world)
    await run(world, steps, 0, 10)

    def unpaid(connection: Any) -> None:
        program = incentives.PROGRAMS.find(connection, "p")
        assert program is not None
        as_before = {name: getattr(program, name) for name in program.__struct_fields__}
        incentives.PROGRAMS.replace(connection, Program(**(as_before | {"paid_at": None})))

    await world.services.gateway.submit(None, unpaid)
    await run(world, worker(world), 11, 11)
    assert await earned(world) == {"ann": 5_000, "bob": 5_000}
    assert await is_paid(world)


async def test_the_house_earns_nothing(world: World) -> None:
    result = await world.services.gateway.submit(OpenMember(3, kind="house"))
    assert not isinstance(result, Reject)
    await world.deposit(3, 100 * DOLLAR)
    await promise(world)
    await world.run(PlaceOrder(account_id(3), 1, BID, 4_000, 9_000))
    await rest(world, "ann", "bid", "0.40", "10")
    await run(world, worker(world), 0, 12)
    assert await earned(world) == {"ann": 10_000, "bob": 0}


def test_a_size_counts_less_away_from_the_best_price() -> None:
    assert order_score(100, 300, None) == 1_000_000
    assert [order_score(100, away, 5_000) for away in (0, 99, 100, 250)] == [
        1_000_000,
        1_000_000,
        500_000,
        250_000,
    ]


def test_a_share_rounds_down_to_the_grid() -> None:
    assert reward_share(DOLLAR, 1, 3, None, 100) == 333_300
    assert reward_share(DOLLAR, 1, 3, None, CENT) == 330_000
    assert reward_share(DOLLAR, 1, 1, 250_000, CENT) == 250_000
