"""What operators type about events, made even and checked, for drafts and changes alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from presage.api.admin.errors import invalid, not_found
from presage.api.admin.read import micros
from presage.api.admin.writing import AnyCall, services_of
from presage.api.site.naming import name_events
from presage.api.site.options import row_for
from presage.api.site.strings import clean
from presage.site.events import SiteEvent
from presage.site.slugs import same
from presage.units import Micros, Price
from presage.wire.admin import events as wire

_LONG: Final = 10_000
_STRUCTURES: Final = {
    1: "linear_cent",
    0.5: "center_half_edge_half_cent",
    0.2: "center_quint_edge_quint_cent",
    0.1: "deci_cent",
    0.01: "banded_centi_cent",
}


def line(text: str, field: str, high: int = 500) -> str:
    """A text of one line. Raises: Refusal."""
    return clean(text, field, high=high)


def prose(text: str, field: str) -> str:
    """A text of several lines. Raises: Refusal."""
    return clean(text, field, high=_LONG, lines=True)


def tags(words: Sequence[str]) -> tuple[str, ...]:
    """Each tag once."""
    return tuple(dict.fromkeys(clean(word, "tags", low=1, high=30) for word in words))


def labels(call: AnyCall, options: Sequence[wire.NewOption]) -> list[tuple[str, str, Price]]:
    """Label, picture and opening price of each option. Raises: ApiError when two print alike."""
    seen: set[str] = set()
    made = []
    for one in options:
        label = clean(one.label, "options", low=1, high=100)
        if same(label) in seen:
            raise invalid(call, "options", f"there is more than one {label}")
        seen.add(same(label))
        made.append((label, line(one.image_url, "options"), one.opening_prob_bps or 0))
    return made


def structure(call: AnyCall, tick: int | float) -> str:
    """The price grid with this step, in cents. Raises: ApiError."""
    if tick not in _STRUCTURES:
        raise invalid(call, "tick", "a tick is 1, 0.5, 0.2, 0.1 or 0.01 cents")
    return _STRUCTURES[tick]


def span(call: AnyCall, open_at: datetime | None, close_at: datetime) -> tuple[Micros, Micros]:
    """Opening (0: at once) and closing. Raises: ApiError."""
    opens = 0 if open_at is None else micros(open_at)
    closes = micros(close_at)
    if closes <= max(call.at, opens):
        raise invalid(call, "closeAt", "must be in the future, and after openAt")
    return opens, closes


async def row_of(call: AnyCall) -> SiteEvent:
    """The event that the path names, also a draft. Raises: ApiError."""
    services, name = services_of(call), call.path["id"]
    await name_events(services)
    row = row_for(services, name)
    if row is None:
        raise not_found(call, "event", name)
    return row
