"""The site's lines about what can be traded: events, options, order books."""

from __future__ import annotations

from typing import Final

from presage.api.site import events
from presage.api.site.lines import line
from presage.wire.site import events as w

MARKET: Final = (line("GET /events/by-slug/{slug}", events.find_event, w.EventRef, auth="public"),)
