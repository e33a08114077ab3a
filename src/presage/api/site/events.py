"""Events as people read them: lists, pages, and the short answer to "which one is it?"."""

from __future__ import annotations

from presage.api.registry import Call
from presage.api.site.event_pages import event_status
from presage.api.site.options import event_for
from presage.wire.site import events as wire


async def find_event(call: Call[None, None]) -> wire.EventRef:
    """Find an event by its slug."""
    event = await event_for(call, call.path["slug"])
    return wire.EventRef(
        id=event.id,
        slug=event.row.slug,
        title=event.title,
        status=event_status(event.card),
        event_ticker=event.card.ticker,
    )
