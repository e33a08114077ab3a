"""The operator API's lines about outcomes, disputes and suggested markets."""

from __future__ import annotations

from typing import Final

from presage.api.admin import disputes, reopenings, resolutions, suggestions
from presage.api.admin.lines import get, write
from presage.wire.admin import events as w
from presage.wire.admin import reopenings as o
from presage.wire.admin import resolutions as r
from presage.wire.admin import suggestions as s

_RESOLVERS: Final = ("admin", "resolver")
_EVENT: Final = "/events/{id}"

RESOLUTION: Final = (
    write(
        "POST",
        "ResolveEvent",
        f"{_EVENT}/resolve",
        resolutions.resolve_event,
        r.Resolve,
        r.Resolved,
        roles=_RESOLVERS,
        query=r.ResolveQuery,
    ),
    write("POST", "VoidEvent", f"{_EVENT}/void", resolutions.void_event, r.VoidEvent, w.EventDone),
    write(
        "POST",
        "FinalizeEvent",
        f"{_EVENT}/finalize",
        resolutions.finalize_event,
        w.Act,
        w.EventDone,
    ),
    write(
        "POST",
        "ReopenResolution",
        f"{_EVENT}/reopen-resolution",
        reopenings.reopen_resolution,
        o.Reopen,
        o.Reopened,
        query=r.ResolveQuery,
        idempotent=True,
    ),
    get("ListDisputes", "/disputes", disputes.list_disputes, r.Cases, r.ListDisputes),
    write(
        "POST",
        "DecideDispute",
        "/disputes/{dispute_id}/decide",
        disputes.decide_dispute,
        r.DecideDispute,
        r.DisputeDecided,
    ),
    get(
        "ListSuggestions",
        "/market-suggestions",
        suggestions.list_suggestions,
        s.AllSuggestions,
        s.ListAllSuggestions,
    ),
    write(
        "POST",
        "DecideSuggestion",
        "/market-suggestions/{suggestion_id}/decide",
        suggestions.decide_suggestion,
        s.DecideSuggestion,
        s.SuggestionDecided,
    ),
)
