"""Disputes and suggestions: whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from presage.units import SECOND
from tests.api.ownership.matrix import Case, owned, public
from tests.api.ownership.parties import Party
from tests.api.site.outcomes import REASON
from tests.api.site.outcomes import Case as Event
from tests.api.site.trading import trade
from tests.api.site.world import World

_SUGGESTION: Final[Mapping[str, Any]] = {
    "title": "Will somebody else see it?",
    "description": "Nobody but the author can change it.",
    "category": "Privacy",
}


def decided_event(world: World, party: Party) -> str:
    """An event whose outcome everybody here may dispute: all have traded in it."""
    case = Event(world, closed=False)
    for one in Party.made:
        if one.world is world:
            trade(one.site, case.no, case.tickers[0])
    case.act("close")
    case.resolve("YES")
    return case.slug


def needs_changes(world: World, party: Party) -> str:
    """A suggestion of one's own that was sent back."""
    world.set("SUGGESTIONS_PER_DAY", 0)
    world.set("PENDING_SUGGESTIONS", 1_000)
    world.now += SECOND
    made = party.site.call("POST", "/api/market-suggestions", _SUGGESTION)
    assert made.status == 201, made.body
    id = str(made.json["suggestion"]["id"])
    path = f"/market-suggestions/{id}/decide"
    world.admin("POST", path, decision="NEEDS_CHANGES", note="When?")
    return id


CASES: Final[dict[str, Case]] = {
    "DisputeEvent": public(decided_event, body={"reason": REASON}),
    "SuggestMarket": owned(needs_changes, where="body", body=_SUGGESTION, success=200),
}
