"""Whom one copies is one's own business; traders are everybody's."""

from __future__ import annotations

from typing import Final

from tests.api.ownership.cases_social import somebody
from tests.api.ownership.matrix import Case, owned, public
from tests.api.ownership.parties import Party
from tests.api.site.world import World

_CAPS: Final = {"allocationCents": 100, "maxPerTradeCents": 100}


def relation(world: World, party: Party) -> str:
    body = _CAPS | {"traderId": trader(world, party)}
    made = party.site.call("POST", "/api/copy-trader", body)
    assert made.status == 201, made.body
    return str(made.json["relation"]["id"])


def trader(world: World, party: Party) -> str:
    """Somebody new; nobody copies more than ten."""
    for one in party.site.get("/api/copy-trader")["relations"]:
        party.site.call("DELETE", f"/api/copy-trader?id={one['id']}")
    return somebody(world, party)


CASES: Final[dict[str, Case]] = {
    "CopyTrader": public(trader, where="body", name="traderId", body=_CAPS),
    "StopCopying": owned(relation, where="query"),
}
