"""Shapes of incentive programs. Rewards are in 1/10 000 dollar."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

IncentiveType = Literal["liquidity", "volume", "margin_maker_volume", "margin_taker_volume"]


class GetIncentiveProgramsQuery(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["all", "active", "upcoming", "closed", "paid_out"] | None = None
    type: (
        Literal["all", "liquidity", "volume", "margin_maker_volume", "margin_taker_volume"] | None
    ) = None
    incentive_description: str | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 100
    cursor: str | None = None


class IncentiveProgram(msgspec.Struct, frozen=True, kw_only=True):
    """`target_size` is for the oldest clients."""

    id: str
    market_id: str
    market_ticker: str
    incentive_type: IncentiveType
    incentive_description: str
    start_date: str
    end_date: str
    period_reward: int
    paid_out: bool
    discount_factor_bps: int | UnsetType = UNSET
    target_size: int | UnsetType = UNSET
    target_size_fp: str | UnsetType = UNSET
    max_reward_per_account: int | UnsetType = UNSET


class GetIncentiveProgramsResponse(msgspec.Struct, frozen=True):
    incentive_programs: list[IncentiveProgram]
    next_cursor: str
