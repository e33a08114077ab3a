"""Shapes of live data: milestones, games, events, weather indexes."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType


class LiveDataQuery(msgspec.Struct, frozen=True):
    include_player_stats: bool = False


class GetLiveDatasQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`milestone_ids` is repeated."""

    milestone_ids: Annotated[list[str], Meta(min_length=1, max_length=100)]
    include_player_stats: bool = False


class LiveData(msgspec.Struct, frozen=True):
    type: str
    details: dict[str, Any]
    milestone_id: str


class GetLiveDataResponse(msgspec.Struct, frozen=True):
    live_data: LiveData


class GetLiveDatasResponse(msgspec.Struct, frozen=True):
    live_datas: list[LiveData]


class Period(msgspec.Struct, frozen=True):
    events: list[dict[str, Any]] = []


class PlayByPlay(msgspec.Struct, frozen=True):
    periods: list[Period]


class GetGameStatsResponse(msgspec.Struct, frozen=True):
    """Without `pbp` nobody follows the game play by play."""

    pbp: PlayByPlay | UnsetType = UNSET


class EventLiveDataQuery(msgspec.Struct, frozen=True):
    """`range` is a hint such as 15min, 1h or 1d."""

    range: str | None = None


class EventLiveData(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    details: dict[str, Any]
    is_historical: bool | UnsetType = UNSET
    default_range: str | UnsetType = UNSET
    range_options: tuple[str, ...] | UnsetType = UNSET


class GetEventLiveDataResponse(msgspec.Struct, frozen=True):
    live_data: EventLiveData


class WeatherIndexQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Unix milliseconds; `last_sec` stands instead of `from` and `to`."""

    from_: int | None = None
    to: int | None = None
    last_sec: Annotated[int, Meta(ge=1)] | None = None
    detailed: bool = False


class StationReading(msgspec.Struct, frozen=True, kw_only=True):
    station_id: str
    code: str
    source: str | UnsetType = UNSET
    temp_f: float | UnsetType = UNSET
    obs_time_ms: int | UnsetType = UNSET
    received_at_ms: int | UnsetType = UNSET
    primary_code: str | UnsetType = UNSET


class WeatherIndexPoint(msgspec.Struct, frozen=True, kw_only=True):
    """`v` in degrees Fahrenheit, to 0.01."""

    t: int
    v: float | UnsetType = UNSET
    status: str
    contributors: int | UnsetType = UNSET
    receipt_basis: str | UnsetType = UNSET
    stations: list[StationReading] | UnsetType = UNSET


class GetWeatherIndexResponse(msgspec.Struct, frozen=True):
    city: str
    config_version: str
    units: str
    timeseries: list[WeatherIndexPoint]


class CalibrationStation(msgspec.Struct, frozen=True, kw_only=True):
    station_id: str
    weight: float
    offset_c: float
    update_note: str | UnsetType = UNSET


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Temperatures in degrees Celsius, times in unix milliseconds."""

    config_version: str
    published_at_ms: int | UnsetType = UNSET
    effective_at_ms: int
    change_reason: str | UnsetType = UNSET
    calibration_window_start_ms: int | UnsetType = UNSET
    calibration_window_end_ms: int | UnsetType = UNSET
    city_reference_c: float
    stations: list[CalibrationStation]


class GetWeatherIndexCalibrationsResponse(msgspec.Struct, frozen=True):
    city: str
    units: str
    calibrations: list[Calibration]
