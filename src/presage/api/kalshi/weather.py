"""Weather indexes: a city's minutes, and how its stations were calibrated."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET

from presage.api.faults import QueryFault
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.catalog import weather
from presage.catalog.weather import CITIES, City, Point
from presage.wire.kalshi import live_data as wire

MAX_POINTS: Final = 10_080
"""Points in one answer, the newest of the window: a week of minutes."""
_DAY: Final = 24 * 3_600 * 1_000
_FIRST: Final = -(1 << 63)
"""The first moment that a database can compare with."""
_HUNDREDTHS: Final = 100


async def get_weather_index(
    call: Call[wire.WeatherIndexQuery, None],
) -> wire.GetWeatherIndexResponse:
    """A city's index minute by minute, oldest first; without a window the last day."""
    services: Services = call.services
    city = await _city(call)
    start, end = _window(call.query, call.at // 1_000)
    detailed = call.query.detailed
    points = await services.reader.run(
        lambda connection: weather.read(
            connection, city.id, start, end, MAX_POINTS, incomplete=detailed
        )
    )
    return wire.GetWeatherIndexResponse(
        city=city.id,
        config_version=points[-1].config_version if points else "",
        units="fahrenheit",
        timeseries=[_point(point, detailed) for point in points],
    )


async def get_weather_index_calibrations(
    call: Call[None, None],
) -> wire.GetWeatherIndexCalibrationsResponse:
    """How a city's stations were weighed and corrected, oldest first."""
    city = await _city(call)
    calibrations = [msgspec.convert(one, wire.Calibration) for one in city.calibrations]
    return wire.GetWeatherIndexCalibrationsResponse(city.id, "celsius", calibrations)


async def _city(call: Call[Any, None]) -> City:
    services: Services = call.services
    name = call.path["city"]
    city = await services.reader.run(lambda connection: CITIES.find(connection, name))
    if city is None:
        raise not_found()
    return city


def _window(query: wire.WeatherIndexQuery, now: int) -> tuple[int, int]:
    """First and last millisecond asked for. Raises: QueryFault."""
    if query.last_sec is not None:
        if query.from_ is not None or query.to is not None:
            raise QueryFault("last_sec", "excludes from and to", "excluded_with")
        return max(now - query.last_sec * 1_000, _FIRST), now
    if query.from_ is not None and query.to is None:
        raise QueryFault("to", "belongs to from", "required_with")
    end = now if query.to is None else query.to
    start = max(end - _DAY, _FIRST) if query.from_ is None else query.from_
    if start > end:
        raise QueryFault("to", "is before from", "gtefield")
    return start, end


def _point(point: Point, detailed: bool) -> wire.WeatherIndexPoint:
    stations = [msgspec.convert(one, wire.StationReading) for one in point.stations]
    return wire.WeatherIndexPoint(
        t=point.at,
        v=UNSET if point.value is None else point.value / _HUNDREDTHS,
        status=point.status,
        contributors=UNSET if point.contributors is None else point.contributors,
        receipt_basis=point.receipt_basis or UNSET,
        stations=stations if detailed else UNSET,
    )
