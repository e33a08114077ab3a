"""Shapes of series and of changes of their fees."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class SettlementSource(msgspec.Struct, frozen=True):
    name: str
    url: str


class GetSeriesListQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`tags` is comma-separated; a series with any of them is in."""

    category: str | None = None
    tags: tuple[str, ...] = ()
    include_product_metadata: bool = False
    include_volume: bool = False
    min_updated_ts: int | None = None


class GetSeriesQuery(msgspec.Struct, frozen=True):
    include_volume: bool = False


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """`fee_multiplier` is a plain number: 1 is the usual fee."""

    ticker: str
    frequency: str
    title: str
    category: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    settlement_sources: tuple[SettlementSource, ...]
    contract_url: str
    contract_terms_url: str
    product_metadata: dict[str, Any] | UnsetType = UNSET
    fee_type: str
    fee_multiplier: int | float
    additional_prohibitions: tuple[str, ...]
    volume: int | UnsetType = UNSET
    volume_fp: str | UnsetType = UNSET
    last_updated_ts: str
    exchange_index: int


class GetSeriesListResponse(msgspec.Struct, frozen=True):
    series: list[Series]


class GetSeriesResponse(msgspec.Struct, frozen=True):
    series: Series


class GetSeriesFeeChangesQuery(msgspec.Struct, frozen=True, kw_only=True):
    series_ticker: str | None = None
    show_historical: bool = False


class SeriesFeeChange(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    series_ticker: str
    fee_type: str
    fee_multiplier: int | float
    scheduled_ts: str


class GetSeriesFeeChangesResponse(msgspec.Struct, frozen=True):
    series_fee_change_arr: list[SeriesFeeChange]
