"""Events, with or without their markets, what decorates them, and changes of their fees."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, UnsetType

from presage.api.faults import QueryFault
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.markets import printed, seconds
from presage.api.kalshi.milestones import printed_milestone
from presage.api.kalshi.series import FEE_CHANGE
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.catalog import milestones
from presage.feeds import printing
from presage.feeds.cards import EventCard, MarketCard
from presage.feeds.indexes import EventFilter
from presage.projections import fee_changes
from presage.wire.kalshi import events as wire
from presage.wire.kalshi.markets import Market
from presage.wire.kalshi.milestones import Milestone
from presage.wire.kalshi.times import rfc3339

MAX_MILESTONES: Final = 500
"""Milestones told with one page of events."""


async def get_events(call: Call[wire.GetEventsQuery, None]) -> wire.GetEventsResponse:
    """List events, newest first."""
    services: Services = call.services
    query = call.query
    place = services.cursors.open(call, query.cursor, int)
    told = query.with_milestones
    wanted = _filter(services, query)
    if wanted is None:
        return wire.GetEventsResponse(events=[], milestones=[] if told else UNSET, cursor="")
    before = None if place is None else int(place[0])
    cards, rest = services.markets.events_page(wanted, query.limit, before)
    return wire.GetEventsResponse(
        events=await _printed(services, cards, query.with_nested_markets, call.at),
        milestones=await _milestones(services, cards) if told else UNSET,
        cursor="" if rest is None else services.cursors.seal(call, (rest,)),
    )


async def get_multivariate_events(
    call: Call[wire.GetMultivariateEventsQuery, None],
) -> wire.GetMultivariateEventsResponse:
    """List the events of combos, newest first."""
    services: Services = call.services
    query = call.query
    place = services.cursors.open(call, query.cursor, int)
    if query.series_ticker is not None and query.collection_ticker is not None:
        raise QueryFault("collection_ticker", "excludes series_ticker", "excluded_with")
    series = None
    if query.series_ticker is not None:
        series = services.markets.series(query.series_ticker)
        if series is None:
            return wire.GetMultivariateEventsResponse([], "")
    wanted = EventFilter(combos=True, series=series, collection=query.collection_ticker)
    before = None if place is None else int(place[0])
    cards, rest = services.markets.events_page(wanted, query.limit, before)
    return wire.GetMultivariateEventsResponse(
        await _printed(services, cards, query.with_nested_markets, call.at),
        "" if rest is None else services.cursors.seal(call, (rest,)),
    )


async def get_event(call: Call[wire.GetEventQuery, None]) -> wire.GetEventResponse:
    """One event and its markets, beside it or nested in it."""
    services: Services = call.services
    card = _event(services, call.path["event_ticker"])
    nested = call.query.with_nested_markets
    event = (await _printed(services, [card], nested, call.at))[0]
    return wire.GetEventResponse(
        event, [] if nested else await printed(services, _live(services, card), call.at)
    )


async def get_event_metadata(call: Call[None, None]) -> wire.GetEventMetadataResponse:
    """Pictures, colours and sources of one event."""
    services: Services = call.services
    card = _event(services, call.path["event_ticker"])
    await services.markets.texts.bring(services.reader, [card, *card.markets])
    text = card.text
    assert text is not None, "the event's text was just brought"
    return wire.GetEventMetadataResponse(
        image_url=text.image_url,
        featured_image_url=text.featured_image_url or UNSET,
        market_details=[
            wire.MarketMetadata(market.ticker, market.text.image_url, market.text.color_code)
            for market in card.markets
            if market.text is not None
        ],
        settlement_sources=printing.settlement_sources(card),
        competition=UNSET if text.competition is None else text.competition,
        competition_scope=UNSET if text.competition_scope is None else text.competition_scope,
    )


async def get_event_fee_changes(
    call: Call[wire.GetEventFeeChangesQuery, None],
) -> wire.GetEventFeeChangesResponse:
    """List changes of events' fee overrides, newest first."""
    services: Services = call.services
    query = call.query
    place = services.cursors.open(call, query.cursor, int)
    event = None
    if query.event_ticker is not None:
        card = services.markets.event(query.event_ticker)
        if card is None:
            return wire.GetEventFeeChangesResponse([], "")
        event = card.id
    before = None if place is None else int(place[0])
    rows = await services.reader.run(
        lambda connection: fee_changes.of_events(connection, event, query.limit + 1, before)
    )
    page = rows[: query.limit]
    cursor = services.cursors.seal(call, (page[-1].id,)) if len(rows) > len(page) else ""
    return wire.GetEventFeeChangesResponse([_change(services, row) for row in page], cursor)


async def _milestones(services: Services, cards: list[EventCard]) -> list[Milestone]:
    """The milestones that the events of a page are related to."""
    tickers = [card.ticker for card in cards]
    rows = await services.reader.run(
        lambda connection: milestones.of_events(connection, tickers, MAX_MILESTONES)
    )
    return [printed_milestone(row) for row in rows]


def _event(services: Services, ticker: str) -> EventCard:
    card = services.markets.event(ticker)
    if card is None:
        raise not_found()
    return card


def _filter(services: Services, query: wire.GetEventsQuery) -> EventFilter | None:
    """The filter that a query spells; None: nothing can match it."""
    view = services.markets
    series = None
    if query.series_ticker is not None and (series := view.series(query.series_ticker)) is None:
        return None
    closing, updated = query.min_close_ts, query.min_updated_ts
    return EventFilter(
        among=view.event_ids(query.tickers) if query.tickers else None,
        word=query.status,
        series=series,
        closing_after=None if closing is None else seconds(closing),
        updated_since=None if updated is None else seconds(updated),
    )


async def _printed(
    services: Services, cards: list[EventCard], nested: bool, now: int
) -> list[wire.EventData]:
    """Events as they are printed, in their order."""
    inner = [market for card in cards for market in _live(services, card)] if nested else []
    await services.markets.texts.bring(services.reader, [*cards, *inner])
    events = []
    for card in cards:
        markets: list[Market] | UnsetType = UNSET
        if nested:
            markets = [printing.printed_market(market, now) for market in _live(services, card)]
        events.append(printing.event(card, markets))
    return events


def _live(services: Services, card: EventCard) -> list[MarketCard]:
    """An event's markets but the historical ones; the event itself is always live."""
    return [market for market in card.markets if services.markets.is_live(market)]


def _change(services: Services, row: fee_changes.FeeChange) -> wire.EventFeeChange:
    card = services.markets.event_by_id(row.subject)
    cleared = row.fee_type == ""
    return wire.EventFeeChange(
        id=services.ids.text(row.id, FEE_CHANGE),
        event_ticker=card.ticker,
        series_ticker=card.series.ticker,
        fee_type_override=None if cleared else row.fee_type,
        fee_multiplier_override=None if cleared else printing.multiplier(row.multiplier),
        scheduled_ts=rfc3339(row.at),
    )
