"""What players of a tournament hold on paper, option by option, and what it has come to.

Amounts are micro-dollars. A position of an option that is finalised stays as it was until it is
paid (`paper.py`), which the player's next order does; whoever reads it before values it himself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy
from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Text, select

from presage.domain.ids import MarketId, MemberId
from presage.storage import kept
from presage.units import Count, Micros, Money

paper_positions = kept.kept_table(
    "paper_positions",
    Column("id", Text, primary_key=True),
    Column("tournament", Text, nullable=False),
    Column("member", BigInteger, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("side", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("realized", BigInteger, nullable=False),
    Column("fees", BigInteger, nullable=False),
    Column("net", BigInteger, nullable=False),
    Column("paid", Boolean, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
Index(
    "paper_positions_by_player",
    paper_positions.c.tournament,
    paper_positions.c.member,
    paper_positions.c.market,
    unique=True,
)

_p = paper_positions.c


class PaperPosition(msgspec.Struct, frozen=True, kw_only=True):
    """`count` is signed (+ YES, - NO), `side` the sign it has or had last; `realized` is before
    `fees`; `net` is all cash that came less all that went. `paid`: the option is over and so is
    this."""

    id: str
    tournament: str
    member: MemberId
    market: MarketId
    count: Count = 0
    side: int = 1
    cost: Money = 0
    realized: Money = 0
    fees: Money = 0
    net: Money = 0
    paid: bool = False
    opened_at: Micros
    updated_at: Micros


def put(connection: Connection, one: PaperPosition) -> None:
    """Write one, new or not."""
    row = msgspec.structs.asdict(one)
    if not kept.replace(connection, paper_positions, row):
        kept.insert(connection, paper_positions, row)


def find(
    connection: Connection, tournament: str, member: MemberId, market: MarketId
) -> PaperPosition | None:
    """A player's in an option."""
    mine = (_p.tournament == tournament) & (_p.member == member) & (_p.market == market)
    return next(iter(_read(connection, select(paper_positions).where(mine))), None)


def of(connection: Connection, tournament: str, member: MemberId) -> list[PaperPosition]:
    """All of a player's, the newest options first."""
    mine = (_p.tournament == tournament) & (_p.member == member)
    query = select(paper_positions).where(mine).order_by(_p.market.desc())
    return _read(connection, query)


def unpaid(
    connection: Connection, tournament: str, members: Collection[MemberId]
) -> list[PaperPosition]:
    """Those of some players that can still change what they have."""
    query = select(paper_positions).where(
        _p.tournament == tournament, _p.member.in_(members), _p.paid.is_(False)
    )
    return _read(connection, query)


def _read(connection: Connection, query: sqlalchemy.Select[Any]) -> list[PaperPosition]:
    return [PaperPosition(**row) for row in kept.read(connection, query, paper_positions)]
