"""Multivariate collections: which markets may be combined into combos, and in which series."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from presage.catalog.texts import Texts
from presage.catalog.words import Words
from presage.units import Micros

Status = Literal["unopened", "open", "closed"]


class AssociatedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event whose markets may be legs: from `size_min` to `size_max` of them, None: any number;
    `active_quoters` are the makers who have said that they quote it."""

    ticker: str
    is_yes_only: bool = False
    size_min: int | None = None
    size_max: int | None = None
    active_quoters: tuple[str, ...] = ()


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """Combos have from `size_min` to `size_max` legs; the order of legs counts where `is_ordered`.
    `timer` is the settlement timer of the combos."""

    ticker: str
    series_ticker: str
    title: str
    description: str = ""
    functional_description: str = ""
    open_at: Micros
    close_at: Micros
    associated_events: tuple[AssociatedEvent, ...] = ()
    is_ordered: bool = False
    size_min: int = 2
    size_max: int = 50
    timer: Micros = 0
    updated_at: Micros = 0

    def status(self, now: Micros) -> Status:
        """Combos are created, and looked up, while it is open."""
        if now < self.open_at:
            return "unopened"
        return "open" if now < self.close_at else "closed"


COLLECTIONS: Final = Texts(
    "multivariate_collections",
    Collection,
    times=frozenset({"open_at", "close_at", "size_min", "size_max", "timer", "updated_at"}),
    documents=frozenset({"associated_events", "is_ordered"}),
)
WORDS: Final = Words("multivariate_collection_words")


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """None: whatever it is."""

    status: Status | None = None
    event: str | None = None
    series: str | None = None


def put(connection: Connection, collection: Collection) -> bool:
    """Write a collection, new or over the one of that ticker; whether it is new."""
    events = [("event", event.ticker) for event in collection.associated_events]
    WORDS.put(connection, collection.ticker, events)
    return COLLECTIONS.put(connection, collection)


def remove(connection: Connection, ticker: str) -> bool:
    """Erase a collection; False when there is none."""
    WORDS.put(connection, ticker, ())
    return COLLECTIONS.remove(connection, ticker)


def find(connection: Connection, ticker: str) -> Collection | None:
    return COLLECTIONS.find(connection, ticker)


def page(
    connection: Connection,
    wanted: Filter,
    limit: int,
    after: tuple[Micros, str] | None,
    now: Micros,
) -> list[Collection]:
    """Collections, those that open last first, behind the (opening, ticker) of `after`."""
    c = COLLECTIONS.table.c
    query = select(COLLECTIONS.table).where(*_conditions(wanted, now))
    if after is not None:
        opens, ticker = after
        query = query.where(or_(c.open_at < opens, and_(c.open_at == opens, c.ticker < ticker)))
    query = query.order_by(c.open_at.desc(), c.ticker.desc()).limit(limit)
    return COLLECTIONS.read(connection, query)


def _conditions(wanted: Filter, now: Micros) -> list[ColumnElement[bool]]:
    c = COLLECTIONS.table.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions += {
            "unopened": [c.open_at > now],
            "open": [c.open_at <= now, c.close_at > now],
            "closed": [c.open_at <= now, c.close_at <= now],
        }[wanted.status]
    if wanted.event is not None:
        conditions.append(WORDS.having(c.ticker, "event", wanted.event))
    if wanted.series is not None:
        conditions.append(c.series_ticker == wanted.series)
    return conditions
