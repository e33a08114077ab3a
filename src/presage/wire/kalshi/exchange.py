"""Shapes of what is said about the exchange itself."""

from __future__ import annotations

from typing import Literal

import msgspec


class ExchangeIndexStatus(msgspec.Struct, frozen=True, kw_only=True):
    exchange_index: int
    description: str
    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: bool


class ExchangeStatus(msgspec.Struct, frozen=True, kw_only=True):
    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: bool
    exchange_index_statuses: list[ExchangeIndexStatus]


class DailySchedule(msgspec.Struct, frozen=True):
    """`HH:MM` in New York."""

    open_time: str
    close_time: str


class WeeklySchedule(msgspec.Struct, frozen=True, kw_only=True):
    start_time: str
    end_time: str
    monday: list[DailySchedule]
    tuesday: list[DailySchedule]
    wednesday: list[DailySchedule]
    thursday: list[DailySchedule]
    friday: list[DailySchedule]
    saturday: list[DailySchedule]
    sunday: list[DailySchedule]


class MaintenanceWindow(msgspec.Struct, frozen=True):
    start_datetime: str
    end_datetime: str


class Schedule(msgspec.Struct, frozen=True):
    standard_hours: list[WeeklySchedule]
    maintenance_windows: list[MaintenanceWindow]


class GetExchangeScheduleResponse(msgspec.Struct, frozen=True):
    schedule: Schedule


class GetUserDataTimestampResponse(msgspec.Struct, frozen=True):
    as_of_time: str


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    type: Literal["info", "warning", "error"]
    message: str
    delivery_time: str
    status: Literal["active", "inactive"]


class GetExchangeAnnouncementsResponse(msgspec.Struct, frozen=True):
    announcements: list[Announcement]
