"""Collections of combos: everybody's, though a member's combo is found by a member alone."""

from __future__ import annotations

from typing import Any, Final

from tests.api.admin.test_collections import COLLECTION, SERIES
from tests.api.ownership.cases_kalshi import API, EVENT, TICKER, ticker
from tests.api.ownership.matrix import Case, public
from tests.api.ownership.parties import Party
from tests.api.site.world import World

NAME: Final = "KXMVEGAMES-MATRIX"
LEGS: Final[dict[str, Any]] = {
    "selected_markets": [{"market_ticker": TICKER, "event_ticker": EVENT, "side": "yes"}]
}


def collection(world: World, party: Party) -> str:
    ticker(world, party)
    if world.running.services.markets.series(SERIES) is None:
        world.admin("POST", "/series", ticker=SERIES, title="Combos")
        events = [{"ticker": EVENT}]
        body = COLLECTION | {"associated_events": events, "size_max": 1}
        world.admin("PUT", f"/multivariate_event_collections/{NAME}", **body)
        path = f"{API}/multivariate_event_collections/{NAME}"
        assert world.call("POST", path, LEGS, world.one).status == 200
    return NAME


CASES: Final[dict[str, Case]] = {
    "GetMultivariateEventCollection": public(collection),
    "CreateMarketInMultivariateEventCollection": public(collection, body=LEGS),
    "GetMultivariateEventCollectionLookupHistory": public(
        collection, query="lookback_seconds=3600"
    ),
    "LookupTickersForMarketInMultivariateEventCollection": public(collection, body=LEGS),
    "LookupBundleInMultivariateEventCollection": public(collection, body=LEGS),
}
