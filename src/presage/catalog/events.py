"""What people wrote about each event."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from presage.catalog.texts import Source, Texts
from presage.units import Micros


class EventText(msgspec.Struct, frozen=True, kw_only=True):
    """An event in words and pictures. At most one of `strike_at` and `strike_period` is set; an
    empty category and no sources mean those of the series."""

    ticker: str
    title: str = ""
    sub_title: str = ""
    category: str = ""
    strike_at: Micros | None = None
    strike_period: str | None = None
    settlement_sources: tuple[Source, ...] = ()
    product_metadata: dict[str, Any] | None = None
    image_url: str = ""
    featured_image_url: str = ""
    competition: str | None = None
    competition_scope: str | None = None
    updated_at: Micros = 0


EVENT_TEXTS: Final = Texts(
    "event_texts",
    EventText,
    times=frozenset({"strike_at", "updated_at"}),
    documents=frozenset({"settlement_sources", "product_metadata"}),
)
