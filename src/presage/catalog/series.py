"""What people wrote about each series."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from presage.catalog.texts import Source, Texts
from presage.units import Micros


class SeriesText(msgspec.Struct, frozen=True, kw_only=True):
    """A series in words. `category` is the first of `categories` for older clients."""

    ticker: str
    title: str = ""
    category: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    frequency: str = ""
    contract_url: str = ""
    contract_terms_url: str = ""
    settlement_sources: tuple[Source, ...] = ()
    additional_prohibitions: tuple[str, ...] = ()
    product_metadata: dict[str, Any] | None = None
    updated_at: Micros = 0


SERIES_TEXTS: Final = Texts(
    "series_texts",
    SeriesText,
    times=frozenset({"updated_at"}),
    documents=frozenset(
        {
            "categories",
            "tags",
            "settlement_sources",
            "additional_prohibitions",
            "product_metadata",
        }
    ),
)
