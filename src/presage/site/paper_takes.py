"""What each player has taken on paper from a level of a real book, so that nobody takes it twice.

Contracts of a level are counted in the order in which they came to rest; whoever takes some has
come up to a number, and only what is behind it is still there for that player. Real trades and
cancellations take from the front; what arrives later is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, Text, select

from presage.domain.ids import MarketId, MemberId
from presage.domain.orders import Side
from presage.domain.paper import Depth, Level
from presage.storage import kept
from presage.units import Count, Price

paper_takes = kept.kept_table(
    "paper_takes",
    Column("tournament", Text, primary_key=True),
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("market", BigInteger, primary_key=True, autoincrement=False),
    Column("side", Integer, primary_key=True, autoincrement=False),
    Column("price", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("born", BigInteger, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("present", BigInteger, nullable=False),
)

_t = paper_takes.c


class Take(msgspec.Struct, frozen=True):
    """`reached` counts from the level's birth; `present` of the contracts taken were still there
    then. `epoch` is the reading of the books that both numbers belong to."""

    tournament: str
    member: MemberId
    market: MarketId
    side: Side
    price: Price
    epoch: int
    born: int
    reached: Count
    present: Count


class Looked(msgspec.Struct, frozen=True):
    """A side of a real book, the best level first, as it stood after the entry `seq`."""

    seq: int
    epoch: int
    side: Side
    levels: Sequence[Depth]


def of(
    connection: Connection, tournament: str, member: MemberId, market: MarketId, side: Side
) -> dict[Price, Take]:
    """All of a player's on one side of a book, by price."""
    query = select(paper_takes).where(
        _t.tournament == tournament, _t.member == member, _t.market == market, _t.side == side
    )
    return {row["price"]: Take(**row) for row in kept.read(connection, query, paper_takes)}


def left(book: Looked, taken: dict[Price, Take]) -> list[Level]:
    """What is still there for a player."""
    return [
        Level(one.price, one.arrived - _start(book, one, taken.get(one.price)))
        for one in book.levels
    ]


def write(
    connection: Connection,
    whose: tuple[str, MemberId, MarketId],
    book: Looked,
    taken: dict[Price, Take],
    now: Sequence[Level],
) -> None:
    """Note what a player takes from each level."""
    depths = {one.price: one for one in book.levels}
    for price, count in now:
        depth, before = depths[price], taken.get(price)
        reached = _start(book, depth, before) + count
        present = reached - (depth.arrived - depth.size)
        take = Take(*whose, book.side, price, book.epoch, depth.born, reached, present)
        row: dict[str, Any] = msgspec.structs.asdict(take)
        if before is None:
            kept.insert(connection, paper_takes, row)
        else:
            kept.replace(connection, paper_takes, row)


def _start(book: Looked, depth: Depth, take: Take | None) -> Count:
    """Up to where a player has come in a level, in its own numbers."""
    first = depth.arrived - depth.size
    if take is None:
        return first
    if take.epoch == book.epoch:
        return max(first, take.reached) if take.born == depth.born else first
    # The books were read anew since: whatever was taken and there is held to be there still.
    return max(first, min(take.present, depth.arrived)) if depth.found else first
