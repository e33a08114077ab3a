"""Shapes of forecasts: the percentiles that an event's prices say a number has."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Percentile = Annotated[int, Meta(ge=0, le=9_999)]
"""In 1/10 000."""


class GetEventForecastPercentilesHistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Unix seconds; a period is in when its end is in [start_ts, end_ts]. `percentiles` is
    repeated; `period_interval` is minutes, 0 five seconds."""

    percentiles: Annotated[list[Percentile], Meta(min_length=1, max_length=10)]
    start_ts: int
    end_ts: int
    period_interval: Literal[0, 1, 60, 1440]


class PercentilePoint(msgspec.Struct, frozen=True):
    percentile: int
    raw_numerical_forecast: float
    numerical_forecast: float
    formatted_forecast: str


class ForecastPercentilesPoint(msgspec.Struct, frozen=True):
    event_ticker: str
    end_period_ts: int
    period_interval: int
    percentile_points: list[PercentilePoint]


class GetEventForecastPercentilesHistoryResponse(msgspec.Struct, frozen=True):
    forecast_history: list[ForecastPercentilesPoint]
