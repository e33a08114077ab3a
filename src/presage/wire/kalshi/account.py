"""Usage tiers, rate limits and token costs as Kalshi's API spells them."""

from __future__ import annotations

from typing import Literal

import msgspec


class BucketLimit(msgspec.Struct):
    """Tokens a second, and how many may wait."""

    refill_rate: int
    bucket_capacity: int


class ApiUsageLevelGrant(msgspec.Struct, kw_only=True):
    exchange_instance: Literal["event_contract"] = "event_contract"
    level: str
    source: Literal["manual"] = "manual"


class GetAccountApiLimitsResponse(msgspec.Struct, kw_only=True):
    """`read_limit` and `write_limit` repeat the rates for older clients."""

    usage_tier: str
    read: BucketLimit
    write: BucketLimit
    read_limit: int
    write_limit: int
    grants: list[ApiUsageLevelGrant]


class EndpointTokenCost(msgspec.Struct):
    method: str
    path: str
    cost: int


class GetAccountEndpointCostsResponse(msgspec.Struct):
    default_cost: int
    endpoint_costs: list[EndpointTokenCost]


class AccountApiUsageLevelVolumeGoal(msgspec.Struct):
    level: str
    earn_volume_goal_fp: str
    keep_volume_goal_fp: str


class AccountApiUsageLevelVolumeProgress(msgspec.Struct):
    computed_ts: int
    trailing_30d_volume_fp: str
    goals: list[AccountApiUsageLevelVolumeGoal]


class GetVolumeProgressResponse(msgspec.Struct):
    volume_progress: list[AccountApiUsageLevelVolumeProgress]
