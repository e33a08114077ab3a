"""Writing what operators know about the world: milestones, targets, live data, sports.

A thing is put under its id, whole; putting the same again changes nothing, so that an import may be
repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from presage.api.admin.errors import invalid, not_found
from presage.api.admin.read import event_of, maybe_micros, micros
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.catalog import milestones, sports, targets
from presage.catalog.live_data import EVENT_LIVE_DATA, LIVE_DATA, EventLiveData, LiveData
from presage.catalog.milestones import Milestone
from presage.catalog.sports import SPORT_FILTERS, SportFilter
from presage.catalog.targets import Target
from presage.identity.uuids import uuid7
from presage.wire.admin import catalog as wire
from presage.wire.admin.common import Done

T = TypeVar("T", bound=msgspec.Struct)
Find = Callable[[Any, str], T | None]
Put = Callable[[Any, T], bool]
Forget = Callable[[Any, str], bool]

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:()-]{0,63}", re.ASCII)


async def put_milestone(call: Call[None, wire.PutMilestone]) -> wire.PutDone:
    """Write a milestone."""
    body = call.body
    end = maybe_micros(body.end_date)
    if end is not None and end < micros(body.start_date):
        raise invalid(call, "end_date", "a milestone ends after it starts")
    row = Milestone(
        id=id_of(call, "milestone_id"),
        category=body.category,
        type=body.type,
        title=body.title,
        start_at=micros(body.start_date),
        end_at=end,
        related_event_tickers=body.related_event_tickers,
        primary_event_tickers=body.primary_event_tickers,
        notification_message=body.notification_message,
        source_id=body.source_id,
        source_ids=body.source_ids,
        details=body.details,
        updated_at=call.at,
    )
    return await put(call, "milestone.put", row.id, row, milestones.find, milestones.put)


async def delete_milestone(call: Call[None, wire.Remove]) -> Done:
    """Erase a milestone and its live data."""

    def forget(connection: Any, id_: str) -> bool:
        LIVE_DATA.remove(connection, id_)
        return milestones.remove(connection, id_)

    return await remove(call, "milestone", call.path["milestone_id"], milestones.find, forget)


async def put_target(call: Call[None, wire.PutTarget]) -> wire.PutDone:
    """Write a structured target."""
    body = call.body
    row = Target(
        id=id_of(call, "structured_target_id"),
        name=body.name,
        type=body.type,
        details=body.details,
        source_id=body.source_id,
        source_ids=body.source_ids,
        updated_at=call.at,
    )
    return await put(call, "target.put", row.id, row, targets.find, targets.put)


async def delete_target(call: Call[None, wire.Remove]) -> Done:
    """Erase a structured target."""
    id_ = call.path["structured_target_id"]
    return await remove(call, "target", id_, targets.find, targets.remove)


async def put_live_data(call: Call[None, wire.PutLiveData]) -> wire.PutDone:
    """Write what is known right now about a milestone."""
    body, id_ = call.body, call.path["milestone_id"]
    known = await services_of(call).reader.run(lambda connection: milestones.find(connection, id_))
    if known is None:
        raise not_found(call, "milestone", id_)
    row = LiveData(
        milestone_id=id_,
        type=body.type,
        details=body.details,
        players=body.player_stats,
        periods=None if body.pbp is None else msgspec.to_builtins(body.pbp.periods),
        updated_at=call.at,
    )
    return await put(call, "live_data.put", id_, row, LIVE_DATA.find, LIVE_DATA.put)


async def delete_live_data(call: Call[None, wire.Remove]) -> Done:
    """Erase a milestone's live data."""
    id_ = call.path["milestone_id"]
    return await remove(call, "live_data", id_, LIVE_DATA.find, LIVE_DATA.remove)


async def put_event_live_data(call: Call[None, wire.PutEventLiveData]) -> wire.PutDone:
    """Write an event's chart."""
    body, ticker = call.body, event_of(call, call.path["ticker"]).ticker
    row = EventLiveData(
        event_ticker=ticker,
        type=body.type,
        details=body.details,
        is_historical=body.is_historical,
        default_range=body.default_range,
        range_options=body.range_options,
        updated_at=call.at,
    )
    texts = EVENT_LIVE_DATA
    return await put(call, "event_live_data.put", ticker, row, texts.find, texts.put)


async def delete_event_live_data(call: Call[None, wire.Remove]) -> Done:
    """Erase an event's chart."""
    texts, ticker = EVENT_LIVE_DATA, call.path["ticker"]
    return await remove(call, "event_live_data", ticker, texts.find, texts.remove)


async def put_sport(call: Call[None, wire.PutSport]) -> wire.PutDone:
    """Write what a sport can be filtered by."""
    body = call.body
    row = SportFilter(
        sport=id_of(call, "sport"),
        position=body.position,
        scopes=body.scopes,
        competitions={name: one.scopes for name, one in body.competitions.items()},
        updated_at=call.at,
    )
    texts = sports.SPORT_FILTERS
    return await put(call, "sport.put", row.sport, row, texts.find, texts.put)


async def delete_sport(call: Call[None, wire.Remove]) -> Done:
    """Erase a sport's filters."""
    texts = SPORT_FILTERS
    return await remove(call, "sport", call.path["sport"], texts.find, texts.remove)


def id_of(call: AnyCall, name: str) -> str:
    """The id that the path names, or a new one where it names none. Raises: ApiError."""
    if name not in call.path:
        return uuid7(call.at)
    id_ = call.path[name]
    if _ID.fullmatch(id_) is None:
        raise invalid(call, name, "an id is 1 to 64 letters, digits, spaces and ._:()-")
    return id_


async def put(
    call: AnyCall, action: str, id_: str, row: T, find: Find[T], write_row: Put[T]
) -> wire.PutDone:
    """Write a row that has an `updated_at`, unless it says what the stored one says."""
    fate = "unchanged"

    def then(connection: Any, audit: int) -> None:
        nonlocal fate
        before = find(connection, id_)
        if before is None or _content(before) != _content(row):
            fate = "created" if before is None else "changed"
            write_row(connection, row)

    written = await write(call, action, id_, then)
    return msgspec.convert(
        {"seq": written.seq, "audit_id": written.audit_id, "id": id_, "fate": fate}, wire.PutDone
    )


async def remove(call: AnyCall, noun: str, id_: str, find: Find[Any], forget: Forget) -> Done:
    """Erase a row. Raises: ApiError when there is none."""
    known = await services_of(call).reader.run(lambda connection: find(connection, id_))
    if known is None:
        raise not_found(call, noun.replace("_", " "), id_)

    def then(connection: Any, audit: int) -> None:
        forget(connection, id_)

    written = await write(call, f"{noun}.delete", id_, then)
    return Done(seq=written.seq, audit_id=written.audit_id)


def _content(row: msgspec.Struct) -> msgspec.Struct:
    return msgspec.structs.replace(row, updated_at=0)
