"""Markets that are history: everybody's."""

from __future__ import annotations

from typing import Final

from presage.units import SECOND
from tests.api.admin.world import rfc3339
from tests.api.ownership.cases_kalshi import SPAN
from tests.api.ownership.matrix import Case, public
from tests.api.ownership.parties import Party
from tests.api.site.world import World

OVER: Final = "MATRIX-OVER"


def old_market(world: World, party: Party) -> str:
    """A market that was settled before history's end."""
    if world.running.services.markets.by_ticker(OVER) is None:
        world.list_market(OVER)
        world.admin("POST", f"/markets/{OVER}/settle", result="yes")
        world.now += 2 * SECOND
        cutoff = rfc3339(world.now // SECOND)
        world.admin("PUT", "/historical/cutoff", market_settled_ts=cutoff)
    return OVER


CASES: Final[dict[str, Case]] = {
    "GetHistoricalMarket": public(old_market),
    "GetMarketCandlesticksHistorical": public(old_market, query=SPAN),
}
