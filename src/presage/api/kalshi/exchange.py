"""What the exchange says about itself: status, hours, announcements, how fresh its data is."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.catalog import exchange as catalog
from presage.catalog import shards
from presage.catalog.exchange import WEEKDAYS, Session
from presage.units import Micros
from presage.wire.kalshi import exchange as wire
from presage.wire.kalshi.times import LATEST, rfc3339

MAX_ROWS: Final = 1_000
"""Sessions, windows and announcements in one answer."""

_ALWAYS: Final = [Session(0, LATEST, day, "00:00", "23:59") for day in range(7)]


async def get_exchange_status(call: Call[None, None]) -> wire.ExchangeStatus:
    """Whether the exchange takes anything at all, and whether orders may trade."""
    services: Services = call.services
    view = services.markets
    words: dict[int, str] = {}
    if len(view.shards) > 1:
        words = await services.reader.run(shards.descriptions)
    return wire.ExchangeStatus(
        exchange_active=view.exchange_active,
        trading_active=view.trading_active,
        intra_exchange_transfers_active=view.exchange_active,
        exchange_index_statuses=[
            wire.ExchangeIndexStatus(
                exchange_index=shard,
                description=words.get(shard, "") if shard else "default",
                exchange_active=view.exchange_active,
                trading_active=view.trading_active,
                intra_exchange_transfers_active=view.exchange_active,
            )
            for shard in view.shards
        ],
    )


async def get_exchange_schedule(call: Call[None, None]) -> wire.GetExchangeScheduleResponse:
    """Trading hours and planned maintenance."""
    services: Services = call.services
    sessions, windows = await services.reader.run(
        lambda connection: catalog.schedule(connection, MAX_ROWS, call.at)
    )
    weeks = groupby(sessions or _ALWAYS, lambda session: (session.from_at, session.until_at))
    return wire.GetExchangeScheduleResponse(
        wire.Schedule(
            standard_hours=[_week(*span, list(hours)) for span, hours in weeks],
            maintenance_windows=[
                wire.MaintenanceWindow(rfc3339(window.from_at), rfc3339(window.until_at))
                for window in windows
            ],
        )
    )


def _week(start: Micros, end: Micros, sessions: list[Session]) -> wire.WeeklySchedule:
    days: dict[str, list[wire.DailySchedule]] = {day: [] for day in WEEKDAYS}
    for session in sessions:
        hours = wire.DailySchedule(session.opens, session.closes)
        days[WEEKDAYS[session.weekday]].append(hours)
    return wire.WeeklySchedule(start_time=rfc3339(start), end_time=rfc3339(end), **days)


async def get_user_data_timestamp(call: Call[None, None]) -> wire.GetUserDataTimestampResponse:
    """How fresh what is read is: always as of now."""
    return wire.GetUserDataTimestampResponse(rfc3339(call.at))


async def get_exchange_announcements(
    call: Call[None, None],
) -> wire.GetExchangeAnnouncementsResponse:
    """List announcements, newest first."""
    services: Services = call.services
    rows = await services.reader.run(
        lambda connection: catalog.newest_announcements(connection, MAX_ROWS)
    )
    return wire.GetExchangeAnnouncementsResponse(
        [
            wire.Announcement(
                type=row.kind,
                message=row.message,
                delivery_time=rfc3339(row.delivered_at),
                status=row.status,
            )
            for row in rows
        ]
    )
