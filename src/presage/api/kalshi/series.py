"""Series, and changes of their fees."""

from __future__ import annotations

from typing import Final

from presage.api.ids import Kind
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.markets import seconds
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.feeds import printing
from presage.feeds.cards import SeriesCard
from presage.projections import fee_changes
from presage.wire.kalshi import series as wire
from presage.wire.kalshi.times import rfc3339

MAX_FEE_CHANGES: Final = 1_000
"""The list has no pages: only the newest are shown."""
FEE_CHANGE: Final = Kind.MARKET
"""Ids of fee changes are never read back, so they need no kind of their own."""


async def get_series_list(call: Call[wire.GetSeriesListQuery, None]) -> wire.GetSeriesListResponse:
    """List series, oldest first."""
    services: Services = call.services
    query = call.query
    cards = services.markets.all_series()
    if query.min_updated_ts is not None:
        since = seconds(query.min_updated_ts)
        cards = [card for card in cards if card.updated_at >= since]
    await services.markets.texts.bring(services.reader, cards)
    return wire.GetSeriesListResponse(
        [
            printing.series(
                card,
                with_metadata=query.include_product_metadata,
                with_volume=query.include_volume,
            )
            for card in cards
            if _is_in(card, query)
        ]
    )


async def get_series(call: Call[wire.GetSeriesQuery, None]) -> wire.GetSeriesResponse:
    """One series."""
    services: Services = call.services
    card = services.markets.series(call.path["series_ticker"])
    if card is None:
        raise not_found()
    await services.markets.texts.bring(services.reader, [card])
    volume = call.query.include_volume
    return wire.GetSeriesResponse(printing.series(card, with_metadata=True, with_volume=volume))


async def get_series_fee_changes(
    call: Call[wire.GetSeriesFeeChangesQuery, None],
) -> wire.GetSeriesFeeChangesResponse:
    """List changes of series' fees: those to come, or with show_historical all of them."""
    services: Services = call.services
    query = call.query
    series = None
    if query.series_ticker is not None:
        card = services.markets.series(query.series_ticker)
        if card is None:
            return wire.GetSeriesFeeChangesResponse([])
        series = card.id
    rows = await services.reader.run(
        lambda connection: fee_changes.of_series(
            connection, series, MAX_FEE_CHANGES, to_come=not query.show_historical
        )
    )
    return wire.GetSeriesFeeChangesResponse([_change(services, row) for row in rows])


def _is_in(card: SeriesCard, query: wire.GetSeriesListQuery) -> bool:
    text = card.text
    assert text is not None, "the series' text was just brought"
    if query.category is not None and query.category not in (text.category, *text.categories):
        return False
    return not query.tags or any(tag in text.tags for tag in query.tags)


def _change(services: Services, row: fee_changes.FeeChange) -> wire.SeriesFeeChange:
    return wire.SeriesFeeChange(
        id=services.ids.text(row.id, FEE_CHANGE),
        series_ticker=services.markets.series_by_id(row.subject).ticker,
        fee_type=row.fee_type,
        fee_multiplier=printing.multiplier(row.multiplier),
        scheduled_ts=rfc3339(row.at),
    )
