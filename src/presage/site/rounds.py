"""Rounds: one thing that everybody who holds a position in a market is told, some at a time.

A round remembers the last account that was told, so that it goes on behind it after a crash.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Text, delete, select

from presage.domain.ids import AccountId, MarketId
from presage.storage import kept
from presage.units import Micros

rounds = kept.kept_table(
    "rounds",
    Column("id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),
)


class Round(msgspec.Struct, frozen=True):
    """`type` is that of the notifications; `after` the account that was told last."""

    id: str
    type: str
    market: MarketId
    at: Micros
    after: AccountId = 0


def begin(connection: Connection, one: Round) -> None:
    """Start one; its id must be new."""
    kept.insert(connection, rounds, msgspec.structs.asdict(one))


def first(connection: Connection) -> Round | None:
    """The oldest that is not over."""
    query = select(rounds).order_by(rounds.c.at, rounds.c.id).limit(1)
    return next((Round(**row) for row in kept.read(connection, query, rounds)), None)


def move(connection: Connection, was: Round, after: AccountId) -> bool:
    """The accounts up to `after` have been told; False: somebody else has gone on with it."""
    here = (rounds.c.id == was.id) & (rounds.c.after == was.after)
    return kept.change(connection, rounds, here, after=after) > 0


def end(connection: Connection, id: str) -> None:
    """Everybody has been told."""
    connection.execute(delete(rounds).where(rounds.c.id == id))
