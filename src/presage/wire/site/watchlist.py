"""Bookmarked events and their price alerts."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from presage.wire.site.common import Shape
from presage.wire.site.events import Event

Bps = Annotated[int, Meta(ge=1, le=9_999)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Alert(Shape):
    """Told once when the option's probability comes to one of the marks, and again after it has
    moved 200 basis points back."""

    option_id: Name
    above_prob_bps: Bps | None = None
    below_prob_bps: Bps | None = None


class Watch(Shape):
    """`eventSlug` or `eventId`; without `alert` the event is watched without one."""

    event_slug: Name | None = None
    event_id: Name | None = None
    alert: Alert | None = None


class Unwatch(Shape):
    """`eventSlug` or `eventId`, in the query or in the body."""

    event_slug: Name | None = None
    event_id: Name | None = None


class WatchedItem(Shape):
    event: Event
    added_at: str
    alert: Alert | None


class WatchReply(Shape):
    item: WatchedItem


class WatchlistReply(Shape):
    """The last bookmarked first."""

    items: list[WatchedItem]
    next_cursor: str | None


class Removed(Shape):
    """Whether it was on the list."""

    removed: bool
