"""Shapes of events, of what decorates them, and of changes of their fees."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.kalshi.markets import Market
from presage.wire.kalshi.milestones import Milestone
from presage.wire.kalshi.series import SettlementSource


class GetEventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Times are unix seconds; `tickers` is comma-separated."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 200
    cursor: str | None = None
    with_nested_markets: bool = False
    with_milestones: bool = False
    status: Literal["unopened", "open", "closed", "settled"] | None = None
    series_ticker: str | None = None
    tickers: Annotated[tuple[str, ...], Meta(max_length=1_000)] = ()
    min_close_ts: int | None = None
    min_updated_ts: int | None = None


class GetMultivariateEventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`series_ticker` and `collection_ticker` exclude each other."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 100
    cursor: str | None = None
    series_ticker: str | None = None
    collection_ticker: str | None = None
    with_nested_markets: bool = False


class GetEventQuery(msgspec.Struct, frozen=True):
    with_nested_markets: bool = False


class EventData(msgspec.Struct, frozen=True, kw_only=True):
    """`product_metadata` is null where there is none: older clients require the key."""

    event_ticker: str
    series_ticker: str
    title: str
    sub_title: str
    category: str
    collateral_return_type: str
    mutually_exclusive: bool
    strike_date: str | UnsetType = UNSET
    strike_period: str | UnsetType = UNSET
    available_on_brokers: bool = False
    product_metadata: dict[str, Any] | None
    settlement_sources: tuple[SettlementSource, ...]
    fee_type_override: str | UnsetType = UNSET
    fee_multiplier_override: int | float | UnsetType = UNSET
    last_updated_ts: str
    exchange_index: int
    markets: list[Market] | UnsetType = UNSET


class GetEventsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`cursor` is empty on the last page."""

    events: list[EventData]
    milestones: list[Milestone] | UnsetType = UNSET
    cursor: str


class GetMultivariateEventsResponse(msgspec.Struct, frozen=True):
    """`cursor` is empty on the last page."""

    events: list[EventData]
    cursor: str


class GetEventResponse(msgspec.Struct, frozen=True):
    """The markets stand beside the event, or nested in it where that was asked for."""

    event: EventData
    markets: list[Market]


class MarketMetadata(msgspec.Struct, frozen=True):
    market_ticker: str
    image_url: str
    color_code: str


class GetEventMetadataResponse(msgspec.Struct, frozen=True, kw_only=True):
    image_url: str
    featured_image_url: str | UnsetType = UNSET
    market_details: list[MarketMetadata]
    settlement_sources: tuple[SettlementSource, ...]
    competition: str | UnsetType = UNSET
    competition_scope: str | UnsetType = UNSET


class GetEventFeeChangesQuery(msgspec.Struct, frozen=True, kw_only=True):
    event_ticker: str | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100
    cursor: str | None = None


class EventFeeChange(msgspec.Struct, frozen=True, kw_only=True):
    """Both overrides null: the override was cleared."""

    id: str
    event_ticker: str
    series_ticker: str
    fee_type_override: str | None
    fee_multiplier_override: int | float | None
    scheduled_ts: str


class GetEventFeeChangesResponse(msgspec.Struct, frozen=True):
    """`cursor` is empty on the last page."""

    event_fee_changes: list[EventFeeChange]
    cursor: str
