"""Which markets the house quotes, and how: one row a market, switched by operators."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Connection, select

from presage.catalog.texts import Texts
from presage.units import Count, Micros, Price


class HouseLine(msgspec.Struct, frozen=True, kw_only=True):
    """`fair` is where the price begins, `size` what stands at a price, `ask_limit` a price at or
    below which `size` is always offered (0: none). `active` 0: it is not quoted now."""

    ticker: str
    fair: Price
    size: Count
    ask_limit: Price = 0
    active: int = 1
    updated_at: Micros = 0


HOUSE_LINES: Final = Texts(
    "house_lines",
    HouseLine,
    times=frozenset({"fair", "size", "ask_limit", "active", "updated_at"}),
    documents=frozenset(),
)


def every(connection: Connection) -> list[HouseLine]:
    """All of them, by ticker."""
    return HOUSE_LINES.read(connection, select(HOUSE_LINES.table).order_by("ticker"))
