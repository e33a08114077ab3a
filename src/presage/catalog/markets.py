"""What people wrote about each market: titles, rules, strikes, and the value it was decided by."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from presage.catalog.texts import Texts
from presage.units import Micros


class MarketText(msgspec.Struct, frozen=True, kw_only=True):
    """A market in words. Strikes are plain numbers of whatever is measured, never money;
    `latest_expiration_at` None means the closing time."""

    ticker: str
    market_type: str = "binary"
    title: str = ""
    subtitle: str = ""
    yes_sub_title: str = ""
    no_sub_title: str = ""
    rules_primary: str = ""
    rules_secondary: str = ""
    early_close_condition: str | None = None
    strike_type: str | None = None
    floor_strike: int | float | None = None
    cap_strike: int | float | None = None
    functional_strike: str | None = None
    custom_strike: dict[str, Any] | None = None
    expected_expiration_at: Micros | None = None
    latest_expiration_at: Micros | None = None
    occurrence_at: Micros | None = None
    expiration_value: str = ""
    primary_participant_key: str | None = None
    image_url: str = ""
    color_code: str = ""
    updated_at: Micros = 0


MARKET_TEXTS: Final = Texts(
    "market_texts",
    MarketText,
    times=frozenset(
        {"expected_expiration_at", "latest_expiration_at", "occurrence_at", "updated_at"}
    ),
    documents=frozenset({"floor_strike", "cap_strike", "custom_strike"}),
)
