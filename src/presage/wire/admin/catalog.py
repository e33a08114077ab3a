"""What operators write about the world: milestones, targets, live data, weather, sports, programs.

Names are those of Kalshi's answers, so that what one exchange answers another can be given.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Done, Request, ShortText, Ticker, Word
from presage.wire.admin.listings import Moment

MAX_POINTS = 900
"""Minutes in one request: a submission writes only so many rows."""

Document = dict[str, Any]
Tickers = Annotated[tuple[Word, ...], Meta(max_length=100)]
Sources = Annotated[dict[ShortText, ShortText], Meta(max_length=50)]
Name = Annotated[str, Meta(pattern=r"\S", max_length=500)]
Millis = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
Reward = Annotated[int, Meta(ge=1, le=1_000_000_000_000)]
"""In 1/10 000 dollar."""


class PutDone(Done, kw_only=True):
    """`fate`: the thing is new, was changed, or was like this already."""

    id: str
    fate: Literal["created", "changed", "unchanged"]


class Remove(Request, kw_only=True):
    """Erase a thing."""


class PutMilestone(Request, kw_only=True):
    category: Name
    type: Name
    title: Name
    start_date: Moment
    end_date: Moment | None = None
    related_event_tickers: Tickers = ()
    primary_event_tickers: Tickers = ()
    notification_message: ShortText = ""
    source_id: ShortText | None = None
    source_ids: Sources | None = None
    details: Document = msgspec.field(default_factory=dict)


class PutTarget(Request, kw_only=True):
    name: Name
    type: Name
    details: Document = msgspec.field(default_factory=dict)
    source_id: ShortText | None = None
    source_ids: Sources | None = None


class Period(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[Document], Meta(max_length=1_000)] = []


class PlayByPlay(msgspec.Struct, forbid_unknown_fields=True):
    periods: Annotated[list[Period], Meta(max_length=100)] = []


class PutLiveData(Request, kw_only=True):
    """`player_stats` is told to who asks for it; without `pbp` there are no game stats."""

    type: Name
    details: Document = msgspec.field(default_factory=dict)
    player_stats: Document | None = None
    pbp: PlayByPlay | None = None


class PutEventLiveData(Request, kw_only=True):
    """Points in `details.timeseries` have their time `t` in unix milliseconds."""

    type: Name
    details: Document = msgspec.field(default_factory=dict)
    is_historical: bool | None = None
    default_range: Word | None = None
    range_options: Annotated[tuple[Word, ...], Meta(max_length=50)] = ()


class CalibrationStation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    station_id: Word
    weight: float
    offset_c: float
    update_note: ShortText | None = None


class Calibration(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Temperatures in degrees Celsius."""

    config_version: Word
    published_at_ms: Millis | None = None
    effective_at_ms: Millis
    change_reason: ShortText | None = None
    calibration_window_start_ms: Millis | None = None
    calibration_window_end_ms: Millis | None = None
    city_reference_c: float
    stations: Annotated[list[CalibrationStation], Meta(max_length=200)]


class PutCity(Request, kw_only=True):
    name: ShortText = ""
    calibrations: Annotated[list[Calibration], Meta(max_length=500)] = msgspec.field(
        default_factory=list
    )


class StationReading(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    station_id: Word
    code: Word
    source: Word | None = None
    temp_f: float | None = None
    obs_time_ms: Millis | None = None
    received_at_ms: Millis | None = None
    primary_code: Word | None = None


class Point(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`v` in degrees Fahrenheit, kept to 0.01; an incomplete point has none."""

    t: Millis
    status: Literal["normal", "degraded", "incomplete"]
    v: Annotated[float, Meta(ge=-1_000, le=1_000)] | None = None
    contributors: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    receipt_basis: Word = ""
    stations: Annotated[list[StationReading], Meta(max_length=200)] = []


class AddPoints(Request, kw_only=True):
    """Points replace those of the same minutes."""

    config_version: Word = ""
    timeseries: Annotated[list[Point], Meta(min_length=1, max_length=MAX_POINTS)]


class ScopeList(msgspec.Struct, forbid_unknown_fields=True):
    scopes: Annotated[list[ShortText], Meta(max_length=200)]


class PutSport(Request, kw_only=True):
    """Sports with a lower `position` are shown first."""

    position: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    scopes: Annotated[tuple[ShortText, ...], Meta(max_length=200)] = ()
    competitions: Annotated[dict[ShortText, ScopeList], Meta(max_length=500)] = msgspec.field(
        default_factory=dict
    )


class PutProgram(Request, kw_only=True):
    """`period_reward` and `max_reward_per_account` in 1/10 000 dollar. For liquidity, orders at
    most `target_distance` dollars from the best price of their side count."""

    market_ticker: Ticker
    incentive_type: Literal["liquidity", "volume"]
    incentive_description: ShortText = ""
    start_date: Moment
    end_date: Moment
    period_reward: Reward
    max_reward_per_account: Reward | None = None
    target_distance: Annotated[str, Meta(max_length=8)] = "0.0300"
    target_size_fp: Annotated[str, Meta(max_length=16)] | None = None
    discount_factor_bps: Annotated[int, Meta(ge=0, le=10_000)] | None = None
