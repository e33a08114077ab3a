"""The site's lines about what can be traded: events, options, order books."""

from __future__ import annotations

from typing import Final

from presage.api.site import events, order_books, stream
from presage.api.site.lines import line
from presage.wire.site import events as w
from presage.wire.site import stream as st

MARKET: Final = (
    line("GET /events", events.list_events, w.EventsReply, query=w.ListEvents, auth="optional"),
    line("GET /events/{slug}", events.get_event, w.EventReply, query=w.ShowEvent, auth="optional"),
    line("GET /events/by-slug/{slug}", events.find_event, w.EventRef, auth="public"),
    line(
        "GET /orderbook/{optionId}",
        order_books.get_order_book,
        w.OrderBook,
        query=w.ShowBook,
        auth="public",
    ),
    line(
        "GET /stream",
        stream.follow_options,
        st.Frame,
        query=st.Follow,
        produces="text/event-stream",
        auth="public",
    ),
)
