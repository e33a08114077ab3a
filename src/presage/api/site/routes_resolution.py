"""The site's lines about outcomes that are disputed, and markets that are suggested."""

from __future__ import annotations

from typing import Final

from presage.api.registry import Conditions
from presage.api.site import disputes, suggestions
from presage.api.site.lines import line
from presage.wire.site import disputes as d
from presage.wire.site import suggestions as s

RESOLUTION: Final = (
    line(
        "POST /events/{id}/dispute",
        disputes.dispute_event,
        d.DisputeReply,
        body=d.CreateDispute,
        status=201,
        scope="trade",
        conditions=Conditions(feature="disputes", idempotent=True),
    ),
    line(
        "GET /market-suggestions",
        suggestions.list_market_suggestions,
        s.Suggestions,
        query=s.ListSuggestions,
    ),
    line(
        "POST /market-suggestions",
        suggestions.suggest_market,
        s.SuggestionReply,
        body=s.SuggestMarket,
        status=201,
        scope="social",
        conditions=Conditions(feature="marketSuggestions", cap="suggestions", idempotent=True),
    ),
)
