"""Reads what operators say about outcomes: which option came out how, as prices of YES.

It decides nothing about who may say so, or when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from presage.api.admin import event_texts as read
from presage.api.admin.errors import invalid, refusal
from presage.api.admin.writing import AnyCall, services_of
from presage.api.ids import Kind
from presage.api.site import ids
from presage.domain.ids import MarketId
from presage.domain.resolution_commands import VOID
from presage.feeds.cards import EventCard, MarketCard
from presage.site import disputes
from presage.site.disputes import Dispute
from presage.site.events import SiteEvent
from presage.units import CENT_PRICE, DOLLAR_PRICE, Price
from presage.wire.admin import resolutions as wire

Given = dict[MarketId, Price]
MOST_OPEN: Final = 50
"""Disputes of an event that are open together: their bonds are one entry of the journal."""
_WORTH: Final = {"YES": DOLLAR_PRICE, "NO": 0, "VOID": VOID}


async def published(call: AnyCall) -> tuple[SiteEvent, EventCard]:
    """The event that the path names, on the exchange. Raises: ApiError."""
    row = await read.row_of(call)
    card = None if row.is_draft else services_of(call).markets.event(row.ticker)
    if card is None or not card.markets:
        raise refusal(call, 409, "wrong_status", "the event is not published")
    return row, card


def given(call: AnyCall, card: EventCard, said: Sequence[wire.GivenOutcome], field: str) -> Given:
    """What each option named is worth. Raises: ApiError."""
    found: Given = {}
    for one in said:
        market = _option(call, card, one.option_id, field)
        if market.id in found:
            raise invalid(call, field, f"names {one.option_id} twice")
        found[market.id] = _value(call, one, field)
    return found


def rest_is_no(card: EventCard, found: Given, statuses: frozenset[str]) -> Given:
    """Where only one option can come true and one did, the others with such a status did not."""
    if not card.exclusive or DOLLAR_PRICE not in found.values():
        return found
    others = {one.id: 0 for one in card.markets if one.status in statuses}
    return others | found


def price_of(call: AnyCall, cents: float, field: str) -> Price:
    """Cents, with up to two decimals, as a price. Raises: ApiError."""
    scaled = cents * CENT_PRICE
    price = round(scaled)
    if abs(scaled - price) > 1e-6:
        raise invalid(call, field, "has at most 2 decimals")
    return price


def _option(call: AnyCall, card: EventCard, name: str, field: str) -> MarketCard:
    services = services_of(call)
    number = ids.exchange_number(services.ids, "opt", name, Kind.MARKET)
    for market in card.markets:
        if name == market.ticker or number == market.id:
            return market
    raise invalid(call, field, f"{name[:80]} is no option of this event")


def _value(call: AnyCall, one: wire.GivenOutcome, field: str) -> Price:
    cents = one.settlement_value_cents
    if (cents is not None) != (one.result == "SCALAR"):
        raise invalid(call, field, "settlementValueCents goes with SCALAR, and SCALAR with it")
    return _WORTH[one.result] if cents is None else price_of(call, cents, field)


def open_case(connection: Any, row: SiteEvent) -> list[Dispute]:
    """The disputes of an event that are open."""
    return disputes.open_of(connection, row.id, MOST_OPEN)
