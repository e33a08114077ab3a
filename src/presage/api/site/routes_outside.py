"""The site's lines about what comes from elsewhere: news, sponsors, live matches."""

from __future__ import annotations

from typing import Final

from presage.api.site import cricket, news, sponsors
from presage.api.site.lines import line
from presage.wire.site import outside as w

_EVENT: Final = "GET /events/by-slug/{slug}"

OUTSIDE: Final = (
    line(f"{_EVENT}/news", news.get_news, w.News, query=w.AskNews, auth="public"),
    line(f"{_EVENT}/sponsor", sponsors.get_sponsor, w.SponsorReply, auth="public"),
    line("GET /cricket/live", cricket.get_live_cricket, w.LiveCricket, auth="public"),
)
