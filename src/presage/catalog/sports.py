"""What sports can be filtered by: their scopes and competitions, in the order of display."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Connection, select

from presage.catalog.texts import Texts
from presage.units import Micros


class SportFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`competitions` have scopes of their own; sports with a lower `position` come first."""

    sport: str
    position: int = 0
    scopes: tuple[str, ...] = ()
    competitions: dict[str, list[str]] = {}
    updated_at: Micros = 0


SPORT_FILTERS: Final = Texts(
    "sport_filters",
    SportFilter,
    times=frozenset({"position", "updated_at"}),
    documents=frozenset({"scopes", "competitions"}),
    key="sport",
)


def every(connection: Connection, limit: int) -> list[SportFilter]:
    """All sports, in the order of display."""
    s = SPORT_FILTERS.table.c
    query = select(SPORT_FILTERS.table).order_by(s.position, s.sport).limit(limit)
    return SPORT_FILTERS.read(connection, query)
