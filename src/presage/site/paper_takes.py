"""What each player has taken on paper from a real order, so that nobody takes it twice.

An order's contracts are counted from the first that it ever traded: whoever takes some has come up
to a number, and only what is behind it is still there for that player, whatever becomes of the
order on the real book. An order that is placed anew is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Text, select

from presage.domain.ids import Id, MemberId
from presage.domain.paper import Level
from presage.storage import kept
from presage.units import Count, Price

MOST_OFFERS: Final = 500
"""Real orders that one paper order may look at."""

paper_takes = kept.kept_table(
    "paper_takes",
    Column("tournament", Text, primary_key=True),
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("order_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reached", BigInteger, nullable=False),
)

_t = paper_takes.c

Taken = dict[Id, Count]
"""Up to where a player has come in each order."""


class Offer(msgspec.Struct, frozen=True):
    """A real order that rests: `filled` of it has traded, `remaining` has not."""

    order: Id
    price: Price
    filled: Count
    remaining: Count


class Looked(msgspec.Struct, frozen=True):
    """The orders of a side of a real book as it stood after the entry `seq`, in the order in which
    they would trade."""

    seq: int
    offers: Sequence[Offer]


def of(connection: Connection, tournament: str, member: MemberId, book: Looked) -> Taken:
    """What a player has taken from the orders of a book."""
    query = select(paper_takes).where(
        _t.tournament == tournament,
        _t.member == member,
        _t.order_id.in_([offer.order for offer in book.offers]),
    )
    rows = kept.read(connection, query, paper_takes)
    return {row["order_id"]: row["reached"] for row in rows}


def left(book: Looked, taken: Taken) -> list[Level]:
    """What is still there for a player, price by price."""
    return [
        Level(price, sum(_left(offer, taken) for offer in offers))
        for price, offers in groupby(book.offers, attrgetter("price"))
    ]


def write(
    connection: Connection,
    tournament: str,
    member: MemberId,
    book: Looked,
    taken: Taken,
    now: Sequence[Level],
) -> None:
    """Note what a player takes from each level, the first orders first."""
    wanted = {level.price: level.size for level in now}
    for offer in book.offers:
        part = min(wanted.get(offer.price, 0), _left(offer, taken))
        if part:
            wanted[offer.price] -= part
            reached = max(taken.get(offer.order, 0), offer.filled) + part
            _put(connection, tournament, member, offer.order, reached, offer.order in taken)
    assert not any(wanted.values()), "nobody takes more than there is"


def _left(offer: Offer, taken: Taken) -> Count:
    gone = max(taken.get(offer.order, 0) - offer.filled, 0)
    return max(offer.remaining - gone, 0)


def _put(
    connection: Connection,
    tournament: str,
    member: MemberId,
    order: Id,
    reached: Count,
    known: bool,
) -> None:
    row: dict[str, Any] = {
        "tournament": tournament,
        "member": member,
        "order_id": order,
        "reached": reached,
    }
    if known:
        kept.replace(connection, paper_takes, row)
    else:
        kept.insert(connection, paper_takes, row)
