"""Events that members have bookmarked, with at most one price alert each.

An alert is told once per crossing; then it waits until the price has moved `BACK` from its mark
again. Which price is an option's is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Text,
    bindparam,
    delete,
    func,
    select,
    tuple_,
)

from presage.domain.ids import MarketId, MemberId
from presage.storage import kept
from presage.units import Micros

MOST: Final = 500
"""Events on one list."""
BACK: Final = 200
"""Basis points that arm an alert again."""

watchlist = kept.kept_table(
    "watchlist",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("event", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("option", BigInteger, nullable=False),
    Column("above", Integer, nullable=False),
    Column("below", Integer, nullable=False),
    Column("told_above", Integer, nullable=False),
    Column("told_below", Integer, nullable=False),
    Column("reminded", Integer, nullable=False),
)
_w = watchlist.c
Index("watchlist_by_member", _w.member, _w.at, _w.event)
Index("watchlist_by_option", _w.option)
Index("watchlist_by_event", _w.event, _w.reminded)

_OF_MEMBER: Final = select(watchlist).where(
    _w.member == bindparam("of"), _w.event.in_(bindparam("events", expanding=True))
)


class Watched(msgspec.Struct, frozen=True):
    """`option` 0: no alert. `above` and `below` are probabilities in basis points, 0: not that way;
    `told_above` and `told_below` are 1 from being told until the price has moved back, `reminded`
    once the member was told that the event closes soon."""

    member: MemberId
    event: str
    at: Micros
    option: MarketId = 0
    above: int = 0
    below: int = 0
    told_above: int = 0
    told_below: int = 0
    reminded: int = 0


def find(connection: Connection, member: MemberId, event: str) -> Watched | None:
    """A member's bookmark."""
    query = select(watchlist).where(_w.member == member, _w.event == event)
    return next((Watched(**row) for row in kept.read(connection, query, watchlist)), None)


def put(connection: Connection, watched: Watched) -> None:
    """Write it, over the one there is."""
    row = msgspec.structs.asdict(watched)
    if not kept.replace(connection, watchlist, row):
        kept.insert(connection, watchlist, row)


def remove(connection: Connection, member: MemberId, event: str) -> bool:
    """Take it off; False: it was not there."""
    this = (_w.member == member) & (_w.event == event)
    return connection.execute(delete(watchlist).where(this)).rowcount > 0


def forget(connection: Connection, member: MemberId) -> None:
    """A member has left."""
    connection.execute(delete(watchlist).where(_w.member == member))


def count(connection: Connection, member: MemberId) -> int:
    """How many events a member watches."""
    query = select(func.count()).where(_w.member == member)
    return int(connection.execute(query).scalar_one())


def page(
    connection: Connection, member: MemberId, limit: int, after: tuple[int, str] | None
) -> list[Watched]:
    """A member's, the last bookmarked first."""
    query = select(watchlist).where(_w.member == member)
    if after is not None:
        query = query.where(tuple_(_w.at, _w.event) < after)
    query = query.order_by(_w.at.desc(), _w.event.desc()).limit(limit)
    return [Watched(**row) for row in kept.read(connection, query, watchlist)]


def of_member(connection: Connection, member: MemberId, events: Sequence[str]) -> set[str]:
    """Which of these events a member watches."""
    if not member or not events:
        return set()
    asked = {"of": member, "events": events}
    return {row["event"] for row in kept.read(connection, _OF_MEMBER, watchlist, asked)}


def alerted(connection: Connection) -> list[MarketId]:
    """The options that have alerts."""
    query = select(_w.option).where(_w.option > 0).distinct()
    return [row[0] for row in connection.execute(query)]


def alerts(connection: Connection, options: Sequence[MarketId]) -> list[Watched]:
    """The alerts on these options."""
    query = select(watchlist).where(_w.option.in_(options))
    return [Watched(**row) for row in kept.read(connection, query, watchlist)]


def not_reminded(connection: Connection, events: Sequence[str], limit: int) -> list[Watched]:
    """Who watches one of these events and was not told yet that it closes."""
    query = select(watchlist).where(_w.event.in_(events), _w.reminded == 0).limit(limit)
    return [Watched(**row) for row in kept.read(connection, query, watchlist)]


def checked(watched: Watched, price: int) -> Watched:
    """The bookmark after a look at the price: told what was crossed, armed again what is far."""
    above, below = watched.told_above, watched.told_below
    if watched.above:
        above = 1 if price >= watched.above else above * (price > watched.above - BACK)
    if watched.below:
        below = 1 if price <= watched.below else below * (price < watched.below + BACK)
    return msgspec.structs.replace(watched, told_above=above, told_below=below)
