"""Writing weather indexes: cities with their calibrations, and their minutes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from presage.api.admin.catalog import id_of, put, remove
from presage.api.admin.errors import invalid, not_found
from presage.api.admin.writing import services_of, write
from presage.api.registry import Call
from presage.catalog import weather
from presage.catalog.weather import CITIES, City
from presage.wire.admin import catalog as wire
from presage.wire.admin.common import Done

_MINUTE: Final = 60_000
_HUNDREDTHS: Final = 100


async def put_city(call: Call[None, wire.PutCity]) -> wire.PutDone:
    """Write a city with an index, and how its stations are calibrated."""
    told = [_document(one) for one in call.body.calibrations]
    row = City(
        id=id_of(call, "city"),
        name=call.body.name,
        calibrations=tuple(sorted(told, key=lambda one: one["effective_at_ms"])),
        updated_at=call.at,
    )
    return await put(call, "weather.put", row.id, row, CITIES.find, CITIES.put)


async def delete_city(call: Call[None, wire.Remove]) -> Done:
    """Erase a city; its minutes stay, for when it comes back."""
    return await remove(call, "weather", call.path["city"], CITIES.find, CITIES.remove)


async def add_points(call: Call[None, wire.AddPoints]) -> Done:
    """Write minutes of a city's index."""
    name = call.path["city"]
    known = await services_of(call).reader.run(lambda connection: CITIES.find(connection, name))
    if known is None:
        raise not_found(call, "weather city", name)
    points = [_point(call, point) for point in call.body.timeseries]

    def then(connection: Any, audit: int) -> None:
        weather.write(connection, name, points)

    written = await write(call, "weather.points", name, then)
    return Done(seq=written.seq, audit_id=written.audit_id)


def _point(call: Call[None, wire.AddPoints], point: wire.Point) -> weather.Point:
    if point.t % _MINUTE:
        raise invalid(call, "timeseries", "a point is at a full minute, in milliseconds")
    if (point.v is None) != (point.status == "incomplete"):
        raise invalid(call, "timeseries", "every point but an incomplete one has a value")
    return weather.Point(
        at=point.t,
        status=point.status,
        value=None if point.v is None else round(point.v * _HUNDREDTHS),
        contributors=point.contributors,
        config_version=call.body.config_version,
        receipt_basis=point.receipt_basis,
        stations=[_document(one) for one in point.stations],
    )


def _document(thing: msgspec.Struct) -> dict[str, Any]:
    """A struct without what it does not say."""
    found: dict[str, Any] = msgspec.to_builtins(thing)
    return {
        name: [_trimmed(one) for one in value] if isinstance(value, list) else value
        for name, value in found.items()
        if value is not None
    }


def _trimmed(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
