"""Tiers, limits and costs."""

from __future__ import annotations

import pytest

from presage.identity.members import Tiers
from tests.api.kalshi.world import World, order_v2

pytestmark = pytest.mark.anyio

UPGRADE = "/account/api_usage_level/upgrade"


async def test_whoever_has_placed_an_order_may_have_the_advanced_tier(world: World) -> None:
    refused = await world.ask("ann", "POST", UPGRADE)
    assert (refused.status, refused.error["code"]) == (403, "not_eligible")
    assert (await world.get("ann", "/account/limits"))["grants"] == []
    await world.post("ann", "/portfolio/events/orders", order_v2("bid", "0.10"))
    for _ in range(2):
        assert (await world.ask("ann", "POST", UPGRADE)).status == 201
    limits = await world.get("ann", "/account/limits")
    assert limits["usage_tier"] == "advanced"
    assert limits["write"] == {"refill_rate": 300, "bucket_capacity": 600}
    assert (limits["read_limit"], limits["write_limit"]) == (300, 300)
    assert [grant["level"] for grant in limits["grants"]] == ["advanced"]
    assert (await world.get("bob", "/account/limits"))["usage_tier"] == "basic"
    tiers = Tiers()
    await world.services.reader.run(tiers.load)
    assert (tiers.of(1), tiers.of(2)) == ("advanced", "basic")


async def test_volume_of_the_last_month(world: World) -> None:
    await world.post("bob", "/portfolio/events/orders", order_v2("ask", "0.40", "2.50"))
    await world.post("ann", "/portfolio/events/orders", order_v2("bid", "0.40", "2.50"))
    found = await world.get("ann", "/account/api_usage_level/volume_progress")
    assert [one["trailing_30d_volume_fp"] for one in found["volume_progress"]] == ["2.50"]


async def test_costs_are_public(world: World) -> None:
    answer = await world.ask("nobody", "GET", "/account/endpoint_costs")
    assert answer.status == 200
    assert {
        "method": "DELETE",
        "path": "/trade-api/v2/portfolio/events/orders/:order_id",
        "cost": 2,
    } in answer.json["endpoint_costs"]
