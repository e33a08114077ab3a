"""Target allocations are kept: what is swept, what orders hold back, and that it happens once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from presage.catalog import shards as catalog
from presage.domain.commands import CreateEvent, CreateMarket, SetPause
from presage.domain.facts import EventCreated
from presage.domain.shard_commands import DeclareShard
from presage.workers.allocations import Allocations
from tests.api.kalshi.test_shards import TARGET, THERE, TRANSFERS, V2, share
from tests.api.kalshi.world import DAY, World, only, opened, order_v2

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Shard 2 with one open market; Ann has 1,000 dollars on shard 0."""
    async with opened(tmp_path) as world:
        await world.run(DeclareShard(2))
        event = only(EventCreated, await world.run(CreateEvent(1, "COIN-26", shard=2))).event
        now = world.clock.now
        await world.run(CreateMarket(event, THERE, now, now + DAY))
        yield world


def worker(world: World) -> Allocations:
    services = world.services
    return Allocations(services.gateway, services.reader, services.markets)


async def swept(world: World, **wish: Any) -> dict[int, str]:
    """What is free on each shard after Ann has wished so, and the worker has come by."""
    more = {"resting_margin_reservation": wish.pop("reservation", "sum")}
    await world.post("ann", TARGET, share(**wish) | more, 200)
    await worker(world).step()
    return await free(world)


async def free(world: World) -> dict[int, str]:
    body = await world.get("ann", "/portfolio/balance")
    return {one["exchange_index"]: one["balance"] for one in body["balance_breakdown"]}


async def test_money_is_shared_out_and_listed(world: World) -> None:
    assert await swept(world, _0=75, _2=25) == {0: "750.0000", 2: "250.0000"}
    (seen,) = (await world.get("ann", TRANSFERS))["transfers"]
    assert (seen["amount"], seen["destination_exchange_shard"]) == ("250.0000", 2)
    assert await swept(world, _2=100) == {0: "0.0000", 2: "1000.0000"}
    assert await swept(world) == {0: "0.0000", 2: "1000.0000"}


async def test_a_second_look_finds_nothing_to_do(world: World) -> None:
    await swept(world, _0=75, _2=25)
    before = world.services.gateway.seq
    await worker(world).step()
    assert world.services.gateway.seq == before


async def test_what_orders_hold_back_is_left_out(world: World) -> None:
    """200 dollars rest on shard 2: 800 are shared out, 300 of them already there."""
    await swept(world, _0=50, _2=50)
    for price, count in (("0.50", "300"), ("0.25", "200")):
        await world.post("ann", V2, order_v2("bid", price, count, ticker=THERE))
    assert await swept(world, _0=50, _2=50) == {0: "400.0000", 2: "400.0000"}


async def test_only_the_largest_side_may_be_held_back(world: World) -> None:
    """150 on one side and 50 on the other: the 50 count as shared out, though they cannot leave."""
    await swept(world, _0=50, _2=50)
    await world.post("ann", V2, order_v2("bid", "0.50", "300", ticker=THERE))
    await world.post("ann", V2, order_v2("ask", "0.90", "500", ticker=THERE))
    shared = await swept(world, _0=50, _2=50, reservation="max")
    assert shared == {0: "425.0000", 2: "375.0000"}


async def test_orders_are_never_cancelled_for_it(world: World) -> None:
    await swept(world, _0=50, _2=50)
    await world.post("ann", V2, order_v2("bid", "0.50", "1000", ticker=THERE))
    assert await swept(world, _0=100, reservation="max") == {0: "500.0000", 2: "0.0000"}
    assert len((await world.get("ann", "/portfolio/orders?status=resting"))["orders"]) == 1


async def test_nothing_is_swept_while_the_exchange_is_paused(world: World) -> None:
    await world.run(SetPause(False, False))
    assert await swept(world, _2=100) == {0: "1000.0000", 2: "0.0000"}
    await world.run(SetPause(True, True))
    await worker(world).step()
    assert (await free(world))[2] == "1000.0000"


async def test_a_sweep_is_made_once(world: World) -> None:
    """Two workers that saw the same: the second finds its sweep counted already."""
    await world.post("ann", TARGET, share(_2=100), 200)
    services = world.services
    (seen,) = await services.reader.run(lambda c: catalog.wished(c, 0, 9))
    await worker(world).step()

    def again(connection: Any) -> None:
        assert not catalog.count_sweep(connection, seen, seen.sweeps)

    await services.gateway.submit(None, again)


async def test_an_interrupted_sweep_goes_on(world: World) -> None:
    """Of two movements one was made: the rest follows, and no cause is used twice."""
    await world.run(DeclareShard(3))
    await world.post("ann", TARGET, share(_0=20, _2=30, _3=50), 200)
    steps, submit = worker(world), world.services.gateway.submit
    calls = 0

    async def dies(*asked: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise KeyboardInterrupt
        return await submit(*asked, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.services.gateway, "submit", dies)
        with pytest.raises(KeyboardInterrupt):
            await steps.step()
    assert await free(world) == {0: "700.0000", 2: "300.0000", 3: "0.0000"}
    await worker(world).step()
    assert await free(world) == {0: "200.0000", 2: "300.0000", 3: "500.0000"}
    await swept(world, _0=100)
    assert await free(world) == {0: "1000.0000", 2: "0.0000", 3: "0.0000"}
