"""Trading hours, maintenance that pauses by itself, announcements, fees that change later.

A window's row and the command that plans its pause are one submission.
"""

from __future__ import annotations

from typing import Any, Final

from presage.api.admin.errors import invalid, not_found
from presage.api.admin.read import micros
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.ids import Kind
from presage.api.registry import Call
from presage.catalog import exchange as catalog
from presage.catalog.exchange import WEEKDAYS, Announcement, Session, Window
from presage.catalog.new_york import offsets_after
from presage.domain import hours
from presage.domain.commands import Command
from presage.domain.hours import SetHours
from presage.domain.plan_commands import DropFees, DropPause, PlanPause
from presage.wire.admin import calendar as wire
from presage.wire.admin.common import Done
from presage.wire.kalshi.times import rfc3339

MAX_ROWS: Final = 1_000
DAY_MINUTES: Final = 1_440
_SUBJECT: Final = "exchange"
_DIGITS: Final = 15


async def plan_maintenance(call: Call[None, wire.PlanMaintenance]) -> wire.WindowDone:
    """Pause by itself for a while; where the start has passed, from now on."""
    body = call.body
    window = Window(micros(body.start_datetime), micros(body.end_datetime), body.exchange)
    if not max(window.from_at, call.at) < window.until_at:
        raise invalid(call, "end_datetime", "a window ends after it starts, and in the future")
    number = 0

    def then(connection: Any, audit: int) -> Command:
        nonlocal number
        number = catalog.add_window(connection, window)
        return PlanPause(number, window.from_at, window.until_at, window.exchange, audit)

    written = await write(call, "maintenance.plan", _SUBJECT, then)
    shown = _window(Window(window.from_at, window.until_at, window.exchange, number))
    return wire.WindowDone(seq=written.seq, audit_id=written.audit_id, window=shown)


async def drop_maintenance(call: Call[None, wire.DropMaintenance]) -> Done:
    """Take a planned pause back; one that is on ends."""
    number = _number(call, "window_id")
    known = await services_of(call).reader.run(
        lambda connection: catalog.find_window(connection, number)
    )
    if known is None:
        raise not_found(call, "maintenance window", call.path["window_id"])

    def then(connection: Any, audit: int) -> Command | None:
        catalog.remove_window(connection, number)
        return DropPause(number, audit) if known.until_at > call.at else None

    written = await write(call, "maintenance.drop", _SUBJECT, then)
    return Done(seq=written.seq, audit_id=written.audit_id)


async def list_maintenance(call: Call[None, None]) -> wire.Windows:
    """List the windows that are not over, soonest first."""
    _, windows = await services_of(call).reader.run(
        lambda connection: catalog.schedule(connection, MAX_ROWS, call.at)
    )
    return wire.Windows([_window(window) for window in windows])


def _window(window: Window) -> wire.Window:
    return wire.Window(
        id=window.id,
        start_datetime=rfc3339(window.from_at),
        end_datetime=rfc3339(window.until_at),
        exchange=window.exchange,
    )


async def set_hours(call: Call[None, wire.SetHours]) -> Done:
    """Announce other trading hours, in place of all there were, or open and close by them."""
    sessions = [
        Session(
            micros(week.start_time),
            micros(week.end_time),
            WEEKDAYS.index(session.weekday),
            session.open_time,
            session.close_time,
        )
        for week in call.body.standard_hours
        for session in week.sessions
    ]
    for session in sessions:
        if not (session.from_at < session.until_at and session.opens < session.closes):
            raise invalid(call, "standard_hours", "hours and weeks end after they begin")

    bind = [_binding(session) for session in sessions] if call.body.enforce else []
    offsets = offsets_after(call.at) if bind else []

    def then(connection: Any, audit: int) -> Command:
        catalog.replace_sessions(connection, sessions)
        return SetHours(tuple(bind), tuple(offsets), audit)

    written = await write(call, "hours.set", _SUBJECT, then)
    return Done(seq=written.seq, audit_id=written.audit_id)


def _binding(session: Session) -> hours.Session:
    """A session as the rule knows it."""
    closes = DAY_MINUTES if session.closes == "23:59" else _minute(session.closes)
    return hours.Session(
        session.from_at, session.until_at, session.weekday, _minute(session.opens), closes
    )


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


async def announce(call: Call[None, wire.Announce]) -> wire.AnnouncementDone:
    """Tell everybody something."""
    told = Announcement(call.body.type, call.body.message, call.at)
    number = 0

    def then(connection: Any, audit: int) -> None:
        nonlocal number
        number = catalog.announce(connection, told)

    written = await write(call, "announcement.add", _SUBJECT, then)
    return wire.AnnouncementDone(seq=written.seq, audit_id=written.audit_id, id=number)


async def list_announcements(call: Call[None, None]) -> wire.Announcements:
    """List announcements, newest first."""
    rows = await services_of(call).reader.run(
        lambda connection: catalog.newest_announcements(connection, MAX_ROWS)
    )
    return wire.Announcements(
        [
            wire.Announcement(
                id=row.id,
                type=row.kind,
                message=row.message,
                delivery_time=rfc3339(row.delivered_at),
                status=row.status,
            )
            for row in rows
        ]
    )


async def set_announcement(call: Call[None, wire.SetAnnouncement]) -> wire.AnnouncementDone:
    """Show an announcement as active, or as over."""
    number = await _announcement(call)

    def then(connection: Any, audit: int) -> None:
        catalog.set_announcement(connection, number, call.body.status)

    written = await write(call, "announcement.set", str(number), then)
    return wire.AnnouncementDone(seq=written.seq, audit_id=written.audit_id, id=number)


async def delete_announcement(call: Call[None, wire.DropMaintenance]) -> Done:
    """Erase an announcement."""
    number = await _announcement(call)

    def then(connection: Any, audit: int) -> None:
        catalog.remove_announcement(connection, number)

    written = await write(call, "announcement.delete", str(number), then)
    return Done(seq=written.seq, audit_id=written.audit_id)


async def drop_fee_change(call: Call[None, wire.DropMaintenance]) -> Done:
    """Take a planned change of fees back."""
    text = call.path["change_id"]
    change = services_of(call).ids.number(text, Kind.MARKET)
    if change is None:
        raise not_found(call, "fee change to come", text)
    written = await write(call, "fees.drop", text, lambda _, audit: DropFees(change, audit))
    return Done(seq=written.seq, audit_id=written.audit_id)


async def _announcement(call: AnyCall) -> int:
    number = _number(call, "announcement_id")
    rows = await services_of(call).reader.run(
        lambda connection: catalog.newest_announcements(connection, MAX_ROWS)
    )
    if all(row.id != number for row in rows):
        raise not_found(call, "announcement", call.path["announcement_id"])
    return number


def _number(call: AnyCall, name: str) -> int:
    """The number in the path; one that nothing has where it is none."""
    text = call.path[name]
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else -1
