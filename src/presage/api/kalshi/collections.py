"""Multivariate collections: reading them, and asking for the combo of some legs.

What the operator's collection allows is checked here, what may be combined at all by the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from presage.api.faults import ApiError
from presage.api.kalshi import combos
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.markets import printed
from presage.api.kalshi.owned import AnyCall, services_of
from presage.api.kalshi.rejects import invalid_parameters, refusal
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.catalog import collections
from presage.catalog.collections import Collection
from presage.domain.rejects import Code
from presage.feeds.cards import LegCard, MarketCard
from presage.units import SECOND
from presage.wire.kalshi import collections as wire
from presage.wire.kalshi.markets import MveSelectedLeg
from presage.wire.kalshi.times import rfc3339


async def get_multivariate_event_collections(
    call: Call[wire.GetMultivariateEventCollectionsQuery, None],
) -> wire.GetMultivariateEventCollectionsResponse:
    """List collections, those that open last first."""
    services: Services = call.services
    query = call.query
    place = services.cursors.open(call, query.cursor, int, str)
    after = None if place is None else (int(place[0]), str(place[1]))
    wanted = collections.Filter(
        status=query.status, event=query.associated_event_ticker, series=query.series_ticker
    )
    rows = await services.reader.run(
        lambda connection: collections.page(connection, wanted, query.limit + 1, after, call.at)
    )
    page = rows[: query.limit]
    more = len(rows) > len(page)
    cursor = services.cursors.seal(call, (page[-1].open_at, page[-1].ticker)) if more else ""
    return wire.GetMultivariateEventCollectionsResponse(
        [_printed(services, row) for row in page], cursor
    )


async def get_multivariate_event_collection(
    call: Call[None, None],
) -> wire.GetMultivariateEventCollectionResponse:
    """One collection."""
    collection = await _collection(call)
    return wire.GetMultivariateEventCollectionResponse(_printed(call.services, collection))


async def create_market_in_multivariate_event_collection(
    call: Call[None, wire.CreateMarketInMultivariateEventCollectionRequest],
) -> wire.CreateMarketInMultivariateEventCollectionResponse:
    """Create the combo of these legs, or find the one that there is."""
    services: Services = call.services
    collection = await _open_collection(call)
    legs = selected(call, call.body.selected_markets)
    check(collection, legs)
    card = await combos.create(call, collection, legs)
    services.lookups.note(collection.ticker, card.id, call.at)
    answer = wire.CreateMarketInMultivariateEventCollectionResponse(
        event_ticker=card.event_ticker, market_ticker=card.ticker
    )
    if call.body.with_market_payload:
        answer.market = (await printed(services, [card], call.at))[0]
    return answer


async def lookup_tickers_for_market_in_multivariate_event_collection(
    call: Call[None, wire.LookupTickersForMarketInMultivariateEventCollectionRequest],
) -> wire.LookupTickersForMarketInMultivariateEventCollectionResponse:
    """Find the combo of these legs, which somebody must have created."""
    services: Services = call.services
    collection = await _open_collection(call)
    legs = selected(call, call.body.selected_markets)
    check(collection, legs)
    card = combos.find(services, collection, legs)
    if card is None:
        raise not_found()
    services.lookups.note(collection.ticker, card.id, call.at)
    return wire.LookupTickersForMarketInMultivariateEventCollectionResponse(
        event_ticker=card.event_ticker, market_ticker=card.ticker
    )


async def get_multivariate_event_collection_lookup_history(
    call: Call[wire.GetMultivariateEventCollectionLookupHistoryQuery, None],
) -> wire.GetMultivariateEventCollectionLookupHistoryResponse:
    """List the combos that were asked for lately, newest first."""
    services: Services = call.services
    collection = await _collection(call)
    then = call.at - call.query.lookback_seconds * SECOND
    asked = services.lookups.since(collection.ticker, then)
    return wire.GetMultivariateEventCollectionLookupHistoryResponse(
        [_point(services.markets.by_id(market), rfc3339(at)) for market, at in asked]
    )


async def _collection(call: AnyCall) -> Collection:
    """The collection that the path names. Raises: a 404."""
    ticker = call.path["collection_ticker"]
    found = await services_of(call).reader.run(
        lambda connection: collections.find(connection, ticker)
    )
    if found is None:
        raise not_found()
    return found


async def _open_collection(call: AnyCall) -> Collection:
    """As `_collection`, when combos may be asked for. Raises: ApiError."""
    found = await _collection(call)
    status = found.status(call.at)
    if status != "open":
        raise invalid_parameters(f"collection_ticker: the collection is {status}")
    return found


def selected(call: AnyCall, pairs: Sequence[wire.SelectedMarket | MveSelectedLeg]) -> list[LegCard]:
    """The legs that a request names. Raises: a 400 naming markets that there are not."""
    markets = services_of(call).markets
    cards = [markets.by_ticker(pair.market_ticker) for pair in pairs]
    legs, wrong = [], []
    for pair, card in zip(pairs, cards, strict=True):
        if card is None or card.event_ticker != pair.event_ticker:
            wrong.append(pair.market_ticker)
        else:
            legs.append(LegCard(card, "yes" if pair.side in ("yes", "true") else "no"))
    if wrong:
        raise _invalid(wrong)
    return legs


def check(collection: Collection, legs: Sequence[LegCard]) -> None:
    """What the collection does not allow. Raises: a 400 naming the tickers."""
    events = {event.ticker: event for event in collection.associated_events}
    wrong = [
        leg.market.ticker
        for leg in legs
        if leg.market.event_ticker not in events
        or (leg.side == "no" and events[leg.market.event_ticker].is_yes_only)
    ]
    if wrong:
        raise _invalid(wrong)
    # A market that is named twice is refused for that, and not for its number.
    tickers = {leg.market.ticker: leg.market.event_ticker for leg in legs}
    counts = Counter(tickers.values())
    for event in events.values():
        count = counts[event.ticker]
        if count < (event.size_min or 0):
            raise _invalid([event.ticker])
        if event.size_max is not None and count > event.size_max:
            raise _invalid([name for name, owner in tickers.items() if owner == event.ticker])
    if len(legs) < collection.size_min or len(tickers) > collection.size_max:
        raise _invalid(list(tickers) or [collection.ticker])


def _invalid(tickers: list[str]) -> ApiError:
    named = ",".join(dict.fromkeys(tickers))
    return refusal(400, Code.INVALID_COMBINATION.value, named)


def _printed(services: Services, row: Collection) -> wire.MultivariateEventCollection:
    series = services.markets.series(row.series_ticker)
    events = row.associated_events
    return wire.MultivariateEventCollection(
        collection_ticker=row.ticker,
        series_ticker=row.series_ticker,
        title=row.title,
        description=row.description,
        open_date=rfc3339(row.open_at),
        close_date=rfc3339(row.close_at),
        associated_events=[
            wire.AssociatedEvent(
                ticker=event.ticker,
                is_yes_only=event.is_yes_only,
                size_min=event.size_min,
                size_max=event.size_max,
                active_quoters=event.active_quoters,
            )
            for event in events
        ],
        is_ordered=row.is_ordered,
        size_min=row.size_min,
        size_max=row.size_max,
        functional_description=row.functional_description,
        associated_event_tickers=[event.ticker for event in events],
        is_single_market_per_event=all(event.size_max == 1 for event in events),
        is_all_yes=all(event.is_yes_only for event in events),
        exchange_index=0 if series is None else series.shard,
    )


def _point(card: MarketCard, at: str) -> wire.LookupPoint:
    return wire.LookupPoint(
        event_ticker=card.event_ticker,
        market_ticker=card.ticker,
        selected_markets=[
            wire.TickerPair(
                market_ticker=leg.market.ticker, event_ticker=leg.market.event_ticker, side=leg.side
            )
            for leg in card.legs
        ],
        last_queried_ts=at,
    )
