"""Kalshi's JSON about the world as things to put: milestones, targets, live data, weather, sports,
multivariate collections.

It understands the answers of Kalshi's lists of these. Pure reading: nothing is sent or stored here,
and whether a thing is taken is the exchange's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

Body = dict[str, Any]
Document = Mapping[str, Any]


class Put(msgspec.Struct, frozen=True):
    """One thing: what it is, its name, where it is put, what it says."""

    kind: str
    name: str
    method: str
    path: str
    body: Body


_ORDER: Final = (
    "milestone",
    "structured target",
    "live data",
    "weather city",
    "weather points",
    "sport",
    "collection",
)
_PAGE: Final = 900
"""Minutes of weather in one request."""
_KEYS: Final = frozenset(
    {
        "milestones",
        "milestone",
        "structured_targets",
        "structured_target",
        "live_datas",
        "live_data",
        "calibrations",
        "timeseries",
        "filters_by_sports",
        "multivariate_contracts",
        "multivariate_contract",
    }
)
_MILESTONE: Final = (
    "category",
    "type",
    "title",
    "start_date",
    "end_date",
    "related_event_tickers",
    "primary_event_tickers",
    "notification_message",
    "source_id",
    "source_ids",
    "details",
)
_COLLECTION: Final = (
    "series_ticker",
    "title",
    "description",
    "functional_description",
    "open_date",
    "close_date",
    "associated_events",
    "is_ordered",
    "size_min",
    "size_max",
    "settlement_timer_seconds",
)
_TARGET: Final = ("name", "type", "details", "source_id", "source_ids")


def is_about_the_world(document: Any) -> bool:
    """Whether a document is one of ours rather than a list of what can be traded."""
    return isinstance(document, Mapping) and not _KEYS.isdisjoint(document)


def read(documents: Iterable[Any]) -> list[Put]:
    """Everything that the decoded JSON documents describe, in the order in which it must be put."""
    found = [put for one in documents if is_about_the_world(one) for put in _puts(one)]
    return sorted(found, key=lambda put: _ORDER.index(put.kind))


def _puts(document: Document) -> Iterator[Put]:
    for milestone in _objects(document, "milestones", "milestone"):
        yield _put("milestone", "/milestones", milestone, "id", _MILESTONE)
    for target in _objects(document, "structured_targets", "structured_target"):
        yield _put("structured target", "/structured_targets", target, "id", _TARGET)
    for live in _objects(document, "live_datas", "live_data"):
        if "milestone_id" in live:
            told = ("type", "details")
            yield _put("live data", "/live_data/milestone", live, "milestone_id", told)
    for one in _objects(document, "multivariate_contracts", "multivariate_contract"):
        path = "/multivariate_event_collections"
        yield _put("collection", path, one, "collection_ticker", _COLLECTION)
    city = document.get("city")
    if isinstance(city, str):
        yield from _weather(city, document)
    sports = document.get("filters_by_sports")
    if isinstance(sports, Mapping):
        yield from _sports(sports, list(document.get("sport_ordering") or sports))


def _objects(document: Document, many: str, one: str) -> list[Body]:
    listed = document.get(many)
    found = list(listed) if isinstance(listed, list) else [document.get(one)]
    return [dict(thing) for thing in found if isinstance(thing, Mapping)]


def _put(kind: str, path: str, thing: Body, key: str, names: tuple[str, ...]) -> Put:
    name = str(thing.get(key) or "")
    body = {field: thing[field] for field in names if thing.get(field) is not None}
    return Put(kind, name, "PUT" if name else "POST", f"{path}/{name}" if name else path, body)


def _weather(city: str, document: Document) -> Iterator[Put]:
    if "calibrations" in document:
        body: Body = {"name": city, "calibrations": document["calibrations"]}
        yield Put("weather city", city, "PUT", f"/weather/{city}", body)
    points = document.get("timeseries")
    if isinstance(points, list):
        version = str(document.get("config_version") or "")
        for start in range(0, len(points), _PAGE):
            page = {"config_version": version, "timeseries": points[start : start + _PAGE]}
            yield Put("weather points", city, "POST", f"/weather/{city}/points", page)


def _sports(sports: Document, ordering: list[str]) -> Iterator[Put]:
    for position, sport in enumerate(ordering):
        details = sports.get(sport)
        if isinstance(details, Mapping):
            body = {name: details[name] for name in ("scopes", "competitions") if name in details}
            yield Put("sport", sport, "PUT", f"/sports/{sport}", body | {"position": position})
