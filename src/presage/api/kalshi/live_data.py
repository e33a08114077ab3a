"""Live data: what operators last wrote about milestones and events."""

from __future__ import annotations

import re
from typing import Any, Final

from msgspec import UNSET

from presage.api.kalshi.errors import not_found
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.catalog.live_data import EVENT_LIVE_DATA, LIVE_DATA
from presage.catalog.live_data import LiveData as Row
from presage.units import Micros
from presage.wire.kalshi import live_data as wire

_RANGE: Final = re.compile(r"([0-9]{1,6})(s|min|m|h|d|w)", re.ASCII)
_UNITS: Final = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}


async def get_live_data_by_milestone(
    call: Call[wire.LiveDataQuery, None],
) -> wire.GetLiveDataResponse:
    """What is known right now about one milestone."""
    row = await _find(call)
    return wire.GetLiveDataResponse(_printed(row, call.query.include_player_stats))


async def get_live_data(call: Call[wire.LiveDataQuery, None]) -> wire.GetLiveDataResponse:
    """As by milestone, under the type that the milestone's live data must have."""
    row = await _find(call)
    if row.type != call.path["type"]:
        raise not_found()
    return wire.GetLiveDataResponse(_printed(row, call.query.include_player_stats))


async def get_live_datas(call: Call[wire.GetLiveDatasQuery, None]) -> wire.GetLiveDatasResponse:
    """What is known about several milestones; those nobody follows are left out."""
    services: Services = call.services
    ids = list(dict.fromkeys(call.query.milestone_ids))
    found = await services.reader.run(lambda connection: LIVE_DATA.find_many(connection, ids))
    players = call.query.include_player_stats
    rows = [found[id_] for id_ in ids if id_ in found]
    return wire.GetLiveDatasResponse([_printed(row, players) for row in rows])


async def get_game_stats(call: Call[None, None]) -> wire.GetGameStatsResponse:
    """A game play by play, where it is followed that closely."""
    row = await _find(call)
    if row.periods is None:
        return wire.GetGameStatsResponse()
    periods = [wire.Period(period.get("events", [])) for period in row.periods]
    return wire.GetGameStatsResponse(wire.PlayByPlay(periods))


async def get_event_live_data(
    call: Call[wire.EventLiveDataQuery, None],
) -> wire.GetEventLiveDataResponse:
    """The chart of one event; a range that is a duration keeps the newest part of it."""
    services: Services = call.services
    ticker = call.path["event_ticker"]
    row = await services.reader.run(lambda connection: EVENT_LIVE_DATA.find(connection, ticker))
    if row is None:
        raise not_found()
    return wire.GetEventLiveDataResponse(
        wire.EventLiveData(
            type=row.type,
            details=_within(row.details, call.query.range, call.at),
            is_historical=UNSET if row.is_historical is None else row.is_historical,
            default_range=UNSET if row.default_range is None else row.default_range,
            range_options=row.range_options or UNSET,
        )
    )


async def _find(call: Call[Any, None]) -> Row:
    services: Services = call.services
    id_ = call.path["milestone_id"]
    row = await services.reader.run(lambda connection: LIVE_DATA.find(connection, id_))
    if row is None:
        raise not_found()
    return row


def _printed(row: Row, players: bool) -> wire.LiveData:
    details = row.details
    if players and row.players is not None:
        details = details | {"player_stats": row.players}
    return wire.LiveData(row.type, details, row.milestone_id)


def _within(details: dict[str, Any], text: str | None, now: Micros) -> dict[str, Any]:
    """The details with only those points of the time series that are in the range."""
    named = _RANGE.fullmatch(text or "")
    points = details.get("timeseries")
    if named is None or not isinstance(points, list):
        return details
    start = now // 1_000 - int(named[1]) * _UNITS[named[2]] * 1_000
    kept = [point for point in points if not _is_before(point, start)]
    return details | {"timeseries": kept}


def _is_before(point: Any, start: int) -> bool:
    at = point.get("t") if isinstance(point, dict) else None
    return isinstance(at, int | float) and at < start
