"""The caller's notifications: reading them, and saying that they were read."""

from __future__ import annotations

from typing import Any, Final

from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.errors import invalid, not_found
from presage.api.site.services import services_of
from presage.api.site.strings import printed
from presage.api.site.writing import submit
from presage.site import notifications
from presage.site.notifications import TYPES, Notification
from presage.wire.site import notifications as wire

_TOGETHER: Final = 400
"""Marked in one submission."""


async def list_notifications(call: Call[wire.ListNotifications, None]) -> wire.Notifications:
    """List what the caller was told, newest first."""
    member, query = call.caller.member, call.query
    kind = (query.type or "").upper()
    if kind and kind not in TYPES:
        raise invalid("type", "is no type of notification")
    place = pages.after(call, str)
    after = str(place[0]) if place else ""

    def read(connection: Any) -> tuple[list[Notification], int]:
        found = notifications.page(
            connection, member, after, pages.wanted(call), unread=query.unread, type=kind
        )
        return found, notifications.unread(connection, member)

    found, unread = await services_of(call).reader.run(read, tables=False)
    page = pages.cut(call, found, lambda one: (one.id,))
    return wire.Notifications(
        notifications=[_shown(one) for one in page.rows],
        unread_count=unread,
        next_cursor=page.next_cursor,
    )


async def mark_notifications_read(call: Call[None, wire.MarkRead]) -> wire.MarkedRead:
    """Mark one notification, or all, as read."""
    body, member = call.body, call.caller.member
    if bool(body.mark_all_read) == (body.id is not None):
        raise invalid("id", "give either markAllRead: true or an id")
    if body.id is None:
        updated = await _mark_all(call)
    else:
        id, done = ids.row_id("ntf", body.id), list[int | None]()

        def rows(connection: Any) -> None:
            done.append(notifications.mark_read(connection, member, id, call.at) if id else None)
            if done[-1] is None:
                raise not_found()

        await submit(call, None, rows)
        updated = done[-1] or 0
    unread = await services_of(call).reader.run(lambda rows: notifications.unread(rows, member))
    return wire.MarkedRead(updated=updated, unread_count=unread)


async def _mark_all(call: Call[None, wire.MarkRead]) -> int:
    member, done = call.caller.member, [_TOGETHER]

    def rows(connection: Any) -> None:
        done.append(notifications.mark_some_read(connection, member, call.at, _TOGETHER))

    while done[-1] == _TOGETHER:
        await submit(call, None, rows)
    return sum(done[1:])


def _shown(one: Notification) -> wire.Notification:
    return wire.Notification(
        id=ids.shown("ntf", one.id),
        type=one.type,
        title=one.title,
        body=one.body,
        url=one.url,
        data=one.data,
        count=one.count,
        read=one.read_at > 0,
        created_at=printed(one.created_at),
    )
