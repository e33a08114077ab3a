"""Shapes of milestones and structured targets."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType


class GetMilestonesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`minimum_start_date` is RFC 3339, `min_updated_ts` unix seconds."""

    limit: Annotated[int, Meta(ge=1, le=500)]
    minimum_start_date: str | None = None
    category: str | None = None
    competition: str | None = None
    source_id: str | None = None
    type: str | None = None
    related_event_ticker: str | None = None
    min_updated_ts: int | None = None
    cursor: str | None = None


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    category: str
    type: str
    start_date: str
    end_date: str | UnsetType = UNSET
    related_event_tickers: tuple[str, ...]
    title: str
    notification_message: str
    source_id: str | UnsetType = UNSET
    source_ids: dict[str, str] | UnsetType = UNSET
    details: dict[str, Any]
    primary_event_tickers: tuple[str, ...]
    last_updated_ts: str


class GetMilestonesResponse(msgspec.Struct, frozen=True):
    milestones: list[Milestone]
    cursor: str


class GetMilestoneResponse(msgspec.Struct, frozen=True):
    milestone: Milestone


TargetId = Annotated[str, Meta(pattern="^[0-9A-Za-z_-]{0,40}$")]
"""A UUID; so bounded that as many as may be asked for fit into an address."""


class GetStructuredTargetsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`ids` is repeated."""

    ids: Annotated[list[TargetId], Meta(max_length=2_000)] = []
    type: str | None = None
    competition: str | None = None
    page_size: Annotated[int, Meta(ge=1, le=2_000)] = 100
    cursor: str | None = None


class StructuredTarget(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    type: str
    details: dict[str, Any]
    source_id: str | UnsetType = UNSET
    source_ids: dict[str, str] | UnsetType = UNSET
    last_updated_ts: str


class GetStructuredTargetsResponse(msgspec.Struct, frozen=True):
    structured_targets: list[StructuredTarget]
    cursor: str


class GetStructuredTargetResponse(msgspec.Struct, frozen=True):
    structured_target: StructuredTarget
