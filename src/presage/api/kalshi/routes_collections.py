"""The operations about multivariate collections and their combos."""

from __future__ import annotations

from typing import Final

from presage.api.kalshi import collections
from presage.api.registry import Operation
from presage.wire.kalshi import collections as w

TAGS: Final = ("multivariate",)
LOOKUP_COST: Final = 2

_COLLECTIONS: Final = "/multivariate_event_collections"
_COLLECTION: Final = "/multivariate_event_collections/{collection_ticker}"
_LOOKUP: Final = "/multivariate_event_collections/{collection_ticker}/lookup"


def _lookup(id: str, method: str) -> Operation:
    """The oldest clients look up with POST."""
    return Operation(
        id=id,
        method=method,
        path=_LOOKUP,
        handler=collections.lookup_tickers_for_market_in_multivariate_event_collection,
        body=w.LookupTickersForMarketInMultivariateEventCollectionRequest,
        reply=w.LookupTickersForMarketInMultivariateEventCollectionResponse,
        scope="read",
        locked_keys=True,
        cost=LOOKUP_COST,
        tags=TAGS,
    )


OPERATIONS: Final = (
    Operation(
        id="GetMultivariateEventCollections",
        method="GET",
        path=_COLLECTIONS,
        handler=collections.get_multivariate_event_collections,
        query=w.GetMultivariateEventCollectionsQuery,
        reply=w.GetMultivariateEventCollectionsResponse,
        auth="public",
        tags=TAGS,
    ),
    Operation(
        id="GetMultivariateEventCollection",
        method="GET",
        path=_COLLECTION,
        handler=collections.get_multivariate_event_collection,
        reply=w.GetMultivariateEventCollectionResponse,
        auth="public",
        tags=TAGS,
    ),
    Operation(
        id="CreateMarketInMultivariateEventCollection",
        method="POST",
        path=_COLLECTION,
        handler=collections.create_market_in_multivariate_event_collection,
        body=w.CreateMarketInMultivariateEventCollectionRequest,
        reply=w.CreateMarketInMultivariateEventCollectionResponse,
        scope="write::trade",
        locked_keys=True,
        tags=TAGS,
    ),
    Operation(
        id="GetMultivariateEventCollectionLookupHistory",
        method="GET",
        path=_LOOKUP,
        handler=collections.get_multivariate_event_collection_lookup_history,
        query=w.GetMultivariateEventCollectionLookupHistoryQuery,
        reply=w.GetMultivariateEventCollectionLookupHistoryResponse,
        auth="public",
        tags=TAGS,
    ),
    _lookup("LookupTickersForMarketInMultivariateEventCollection", "PUT"),
    _lookup("LookupBundleInMultivariateEventCollection", "POST"),
)
