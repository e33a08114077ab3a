"""What the filters of lists of trades keep: markets that they name, moments between two others."""

from __future__ import annotations

from presage.api.site.errors import Refusal, invalid
from presage.api.site.options import event_for, option_for
from presage.api.site.services import AnyCall
from presage.api.site.strings import moment
from presage.domain.ids import MarketId
from presage.units import Micros


async def markets_named(
    call: AnyCall, event_slug: str | None, option_id: str | None
) -> list[MarketId] | None:
    """The markets that a list's filters keep; None: all. What is unknown keeps none."""
    found: set[MarketId] | None = None
    for name, find in ((event_slug, _of_event), (option_id, _of_option)):
        if name is None:
            continue
        try:
            one = await find(call, name)
        except Refusal:
            one = set()
        found = one if found is None else found & one
    return None if found is None else sorted(found)


async def _of_event(call: AnyCall, name: str) -> set[MarketId]:
    return {card.id for card in (await event_for(call, name)).card.markets}


async def _of_option(call: AnyCall, name: str) -> set[MarketId]:
    return {(await option_for(call, name)).card.id}


def day_or_moment(text: str | None, field: str) -> Micros | None:
    """A filter's bound: a moment, or a day, whose end is meant where it is the last."""
    if text is None:
        return None
    if len(text) == len("2026-06-01"):
        text += "T23:59:59.999999Z" if field == "to" else "T00:00:00Z"
    at = moment(text, field)
    if not 0 <= at < 1 << 62:
        raise invalid(field, "is out of range")
    return at
