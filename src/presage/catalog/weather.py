"""Weather indexes: what a city's stations add up to minute by minute, and how they were calibrated.

A minute that nobody wrote is a gap and stays one. Values are hundredths of a degree Fahrenheit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, Text, select

from presage.catalog.texts import Texts
from presage.storage import kept
from presage.units import Micros

Document = dict[str, Any]


class City(msgspec.Struct, frozen=True, kw_only=True):
    """A city with an index; `calibrations` are told oldest first."""

    id: str
    name: str = ""
    calibrations: tuple[Document, ...] = ()
    updated_at: Micros = 0


CITIES: Final = Texts(
    "weather_cities",
    City,
    times=frozenset({"updated_at"}),
    documents=frozenset({"calibrations"}),
    key="id",
)

weather_points: Final = kept.kept_table(
    "weather_points",
    Column("city", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("value", Integer),
    Column("contributors", Integer),
    Column("config_version", Text, nullable=False),
    Column("receipt_basis", Text, nullable=False),
    Column("stations", Text, nullable=False),
)


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """The index at a minute: `at` in unix milliseconds; without a value it is incomplete."""

    at: int
    status: str
    value: int | None = None
    contributors: int | None = None
    config_version: str = ""
    receipt_basis: str = ""
    stations: list[Document] = []


def write(connection: Connection, city: str, points: Sequence[Point]) -> None:
    """Write points, over those of the same minutes."""
    for point in points:
        stations = msgspec.json.encode(point.stations).decode()
        row = msgspec.structs.asdict(point) | {"city": city, "stations": stations}
        if not kept.replace(connection, weather_points, row):
            kept.insert(connection, weather_points, row)


def read(
    connection: Connection, city: str, start: int, end: int, limit: int, *, incomplete: bool
) -> list[Point]:
    """The newest points in [start, end], oldest first; `incomplete` keeps those without a value."""
    p = weather_points.c
    query = select(weather_points).where(p.city == city, p.at >= start, p.at <= end)
    if not incomplete:
        query = query.where(p.status != "incomplete")
    query = query.order_by(p.at.desc()).limit(limit)
    rows = list(kept.read(connection, query, weather_points))
    return [_point(row) for row in reversed(rows)]


def _point(row: kept.Row) -> Point:
    del row["city"]
    return Point(**(row | {"stations": msgspec.json.decode(row["stations"])}))
