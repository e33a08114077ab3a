"""Writing multivariate collections: what members may combine, and in which series."""

from __future__ import annotations

from collections import Counter
from typing import Final

from presage.api.admin.catalog import put, remove
from presage.api.admin.errors import invalid
from presage.api.admin.read import micros, series_of
from presage.api.admin.writing import services_of
from presage.api.registry import Call
from presage.catalog import collections
from presage.catalog.collections import AssociatedEvent, Collection
from presage.domain.combos import PREFIX
from presage.units import SECOND
from presage.wire.admin import catalog as answers
from presage.wire.admin import collections as wire
from presage.wire.admin.common import Done

MAX_TICKER: Final = 64


async def put_collection(call: Call[None, wire.PutCollection]) -> answers.PutDone:
    """Write a collection; the combos that there are stay."""
    body, ticker = call.body, call.path["collection_ticker"]
    if not ticker.startswith(PREFIX) or len(ticker) > MAX_TICKER:
        raise invalid(
            call, "collection_ticker", f"begins with {PREFIX}; at most {MAX_TICKER} letters"
        )
    if not series_of(call, body.series_ticker).ticker.startswith(PREFIX):
        raise invalid(call, "series_ticker", f"the series of combos begin with {PREFIX}")
    row = Collection(
        ticker=ticker,
        series_ticker=body.series_ticker,
        title=body.title,
        description=body.description,
        functional_description=body.functional_description,
        open_at=micros(body.open_date),
        close_at=micros(body.close_date),
        associated_events=_events(call),
        is_ordered=body.is_ordered,
        size_min=body.size_min,
        size_max=body.size_max,
        timer=body.settlement_timer_seconds * SECOND,
        updated_at=call.at,
    )
    if row.close_at <= row.open_at:
        raise invalid(call, "close_date", "must be after open_date")
    if row.size_max < row.size_min:
        raise invalid(call, "size_max", "must not be below size_min")
    return await put(call, "collection.put", ticker, row, collections.find, collections.put)


async def delete_collection(call: Call[None, answers.Remove]) -> Done:
    """Erase a collection; the combos that there are go on."""
    ticker = call.path["collection_ticker"]
    return await remove(call, "collection", ticker, collections.find, collections.remove)


def _events(call: Call[None, wire.PutCollection]) -> tuple[AssociatedEvent, ...]:
    """The events as they are kept; they may be listed later. Raises: ApiError."""
    said = call.body.associated_events
    for event in said:
        low, high = event.size_min, event.size_max
        if low is not None and high is not None and high < low:
            raise invalid(call, "associated_events", f"{event.ticker}: size_max is below size_min")
        card = services_of(call).markets.event(event.ticker)
        if card is not None and card.collection:
            raise invalid(call, "associated_events", f"{event.ticker} is a combo itself")
    twice = [ticker for ticker, count in Counter(e.ticker for e in said).items() if count > 1]
    if twice:
        raise invalid(call, "associated_events", f"{twice[0]} is named twice")
    return tuple(
        AssociatedEvent(
            ticker=event.ticker,
            is_yes_only=event.is_yes_only,
            size_min=event.size_min,
            size_max=event.size_max,
            active_quoters=event.active_quoters,
        )
        for event in said
    )
