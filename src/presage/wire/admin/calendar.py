"""When the exchange is open, when it pauses by itself, and what it announces."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Done, Request
from presage.wire.admin.listings import Moment

Message = Annotated[str, Meta(pattern=r"\S", max_length=2_000)]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""`HH:MM` in New York."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class PlanMaintenance(Request, kw_only=True):
    """Trading stops by itself at the start and goes on at the end; with `exchange` nothing at all
    is taken in between."""

    start_datetime: Moment
    end_datetime: Moment
    exchange: bool = False


class Window(msgspec.Struct, kw_only=True):
    id: int
    start_datetime: str
    end_datetime: str
    exchange: bool


class WindowDone(Done, kw_only=True):
    window: Window


class Windows(msgspec.Struct):
    """Those that are not over."""

    maintenance_windows: list[Window]


class DropMaintenance(Request, kw_only=True):
    """A pause that is on ends now."""


class Session(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    weekday: Weekday
    open_time: Clock
    close_time: Clock


class Week(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """In force between two times."""

    start_time: Moment
    end_time: Moment
    sessions: Annotated[list[Session], Meta(min_length=1, max_length=35)]


class SetHours(Request, kw_only=True):
    """All trading hours; none: the exchange never closes. With `enforce` trading opens and closes
    by them, else they are announced only. A session that closes at 23:59 lasts until midnight."""

    standard_hours: Annotated[list[Week], Meta(max_length=10)]
    enforce: bool = False


class Announce(Request, kw_only=True):
    message: Message
    type: Literal["info", "warning", "error"] = "info"


class SetAnnouncement(Request, kw_only=True):
    status: Literal["active", "inactive"]


class Announcement(msgspec.Struct, kw_only=True):
    id: int
    type: str
    message: str
    delivery_time: str
    status: str


class Announcements(msgspec.Struct):
    announcements: list[Announcement]


class AnnouncementDone(Done, kw_only=True):
    id: int
