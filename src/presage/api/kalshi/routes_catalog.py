"""What operators know about the world: milestones, targets, live data, incentives, search."""

from __future__ import annotations

from typing import Final

import msgspec

from presage.api.kalshi import forecasts, incentives, live_data, milestones, search, weather
from presage.api.registry import Handler, Operation
from presage.wire.kalshi import forecasts as forecasts_wire
from presage.wire.kalshi import incentives as incentives_wire
from presage.wire.kalshi import live_data as live_wire
from presage.wire.kalshi import milestones as milestones_wire
from presage.wire.kalshi import search as search_wire

Shape = type[msgspec.Struct]


def _public(
    tag: str, id: str, path: str, handler: Handler, reply: Shape, query: Shape | None = None
) -> Operation:
    return Operation(
        id=id,
        method="GET",
        path=path,
        handler=handler,
        query=query,
        reply=reply,
        auth="public",
        tags=(tag,),
    )


OPERATIONS: Final = (
    _public(
        "milestones",
        "GetMilestones",
        "/milestones",
        milestones.get_milestones,
        milestones_wire.GetMilestonesResponse,
        milestones_wire.GetMilestonesQuery,
    ),
    _public(
        "milestones",
        "GetMilestone",
        "/milestones/{milestone_id}",
        milestones.get_milestone,
        milestones_wire.GetMilestoneResponse,
    ),
    _public(
        "structured-targets",
        "GetStructuredTargets",
        "/structured_targets",
        milestones.get_structured_targets,
        milestones_wire.GetStructuredTargetsResponse,
        milestones_wire.GetStructuredTargetsQuery,
    ),
    _public(
        "structured-targets",
        "GetStructuredTarget",
        "/structured_targets/{structured_target_id}",
        milestones.get_structured_target,
        milestones_wire.GetStructuredTargetResponse,
    ),
    _public(
        "live-data",
        "GetLiveDatas",
        "/live_data/batch",
        live_data.get_live_datas,
        live_wire.GetLiveDatasResponse,
        live_wire.GetLiveDatasQuery,
    ),
    _public(
        "live-data",
        "GetLiveDataByMilestone",
        "/live_data/milestone/{milestone_id}",
        live_data.get_live_data_by_milestone,
        live_wire.GetLiveDataResponse,
        live_wire.LiveDataQuery,
    ),
    _public(
        "live-data",
        "GetGameStats",
        "/live_data/milestone/{milestone_id}/game_stats",
        live_data.get_game_stats,
        live_wire.GetGameStatsResponse,
    ),
    _public(
        "live-data",
        "GetEventLiveData",
        "/live_data/events/{event_ticker}",
        live_data.get_event_live_data,
        live_wire.GetEventLiveDataResponse,
        live_wire.EventLiveDataQuery,
    ),
    _public(
        "live-data",
        "GetWeatherIndex",
        "/live_data/weather/{city}",
        weather.get_weather_index,
        live_wire.GetWeatherIndexResponse,
        live_wire.WeatherIndexQuery,
    ),
    _public(
        "live-data",
        "GetWeatherIndexCalibrations",
        "/live_data/weather/{city}/calibrations",
        weather.get_weather_index_calibrations,
        live_wire.GetWeatherIndexCalibrationsResponse,
    ),
    _public(
        "live-data",
        "GetLiveData",
        "/live_data/{type}/milestone/{milestone_id}",
        live_data.get_live_data,
        live_wire.GetLiveDataResponse,
        live_wire.LiveDataQuery,
    ),
    _public(
        "incentive-programs",
        "GetIncentivePrograms",
        "/incentive_programs",
        incentives.get_incentive_programs,
        incentives_wire.GetIncentiveProgramsResponse,
        incentives_wire.GetIncentiveProgramsQuery,
    ),
    _public(
        "search",
        "GetTagsForSeriesCategories",
        "/search/tags_by_categories",
        search.get_tags_by_categories,
        search_wire.GetTagsForSeriesCategoriesResponse,
    ),
    _public(
        "search",
        "GetFiltersForSports",
        "/search/filters_by_sport",
        search.get_filters_by_sport,
        search_wire.GetFiltersBySportsResponse,
    ),
    Operation(
        id="GetEventForecastPercentilesHistory",
        method="GET",
        path="/series/{series_ticker}/events/{ticker}/forecast_percentile_history",
        handler=forecasts.get_event_forecast_percentiles_history,
        query=forecasts_wire.GetEventForecastPercentilesHistoryQuery,
        reply=forecasts_wire.GetEventForecastPercentilesHistoryResponse,
        scope="read",
        tags=("events",),
    ),
)
