"""Notifications as the site API spells them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from presage.wire.site.common import Page, Shape


class ListNotifications(Page):
    """`unread` leaves out what was read."""

    unread: bool = False
    type: Annotated[str, Meta(max_length=40)] | None = None


class Notification(Shape):
    """`url` is a path of the site, or empty; `count` says how many it stands for."""

    id: str
    type: str
    title: str
    body: str
    url: str
    data: dict[str, Any]
    count: int
    read: bool
    created_at: str


class Notifications(Shape):
    """Newest first. `unreadCount` is of all, not of this page."""

    notifications: list[Notification]
    unread_count: int
    next_cursor: str | None


class MarkRead(Shape):
    """Exactly one of the two."""

    mark_all_read: bool | None = None
    id: Annotated[str, Meta(max_length=80)] | None = None


class MarkedRead(Shape):
    """How many were unread until now, and how many still are."""

    updated: int
    unread_count: int
