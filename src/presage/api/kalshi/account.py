"""A member's usage tier with its rate limits, and what the endpoints cost."""

from __future__ import annotations

from presage.api.kalshi.owned import AnyCall, accounts_for, ids_of, services_of
from presage.api.kalshi.rejects import refusal
from presage.api.kalshi.replies import seconds
from presage.api.limits import DEFAULT_TIER, TIERS, Budget
from presage.api.registry import DEFAULT_COST, Call
from presage.identity import members
from presage.projections import fills, orders
from presage.units import SECOND, format_count
from presage.wire.kalshi.account import (
    AccountApiUsageLevelVolumeProgress,
    ApiUsageLevelGrant,
    BucketLimit,
    EndpointTokenCost,
    GetAccountApiLimitsResponse,
    GetAccountEndpointCostsResponse,
    GetVolumeProgressResponse,
)
from presage.wire.kalshi.order_groups import EmptyResponse

ADVANCED = "advanced"
_THIRTY_DAYS = 30 * 24 * 3_600 * SECOND


async def get_api_limits(call: Call[None, None]) -> GetAccountApiLimitsResponse:
    """The caller's tier and its token buckets."""
    name = services_of(call).tiers.of(call.caller.member)
    tier = TIERS[name]
    return GetAccountApiLimitsResponse(
        usage_tier=name,
        read=_bucket(tier.read),
        write=_bucket(tier.write),
        read_limit=tier.read.rate,
        write_limit=tier.write.rate,
        grants=[] if name == DEFAULT_TIER else [ApiUsageLevelGrant(level=name)],
    )


def _bucket(budget: Budget) -> BucketLimit:
    return BucketLimit(budget.rate, budget.capacity)


async def get_endpoint_costs(call: AnyCall) -> GetAccountEndpointCostsResponse:
    """The operations whose cost is not the default one."""
    # The table of all operations names this handler, so it cannot be imported before it exists.
    from presage.api.kalshi.routes import KALSHI

    costs = [
        EndpointTokenCost(one.method, KALSHI.prefix + _colons(one.path), one.cost)
        for one in KALSHI.operations
        if one.cost != DEFAULT_COST
    ]
    costs.sort(key=lambda one: (one.path, one.method))
    return GetAccountEndpointCostsResponse(DEFAULT_COST, costs)


def _colons(path: str) -> str:
    """`/portfolio/orders/{order_id}` -> `/portfolio/orders/:order_id`."""
    return path.replace("{", ":").replace("}", "")


async def upgrade_usage_level(call: Call[None, None]) -> EmptyResponse:
    """Grant the advanced tier to whoever has placed an order."""
    services = services_of(call)
    member = call.caller.member
    accounts = ids_of(accounts_for(call, None))
    placed = await services.reader.run(lambda connection: orders.page(connection, accounts, 1))
    if not placed:
        raise refusal(403, "not_eligible", "no order was placed through the API yet")
    if services.tiers.of(member) == DEFAULT_TIER:
        await services.gateway.submit(
            None, lambda connection: members.set_tier(connection, member, ADVANCED)
        )
        services.tiers.put(member, ADVANCED)
    return EmptyResponse()


async def get_volume_progress(call: Call[None, None]) -> GetVolumeProgressResponse:
    """Contracts the caller traded in the last 30 days.

    No tier above advanced is earned by volume here (what each would take is published only in
    part), so there are no goals."""
    accounts = ids_of(accounts_for(call, None))
    since = call.at - _THIRTY_DAYS
    volume = await services_of(call).reader.run(
        lambda connection: fills.volume(connection, accounts, since)
    )
    progress = AccountApiUsageLevelVolumeProgress(seconds(call.at), format_count(volume), [])
    return GetVolumeProgressResponse([progress])
