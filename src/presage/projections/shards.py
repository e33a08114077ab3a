"""The shards that the operator has declared, one row each; the first is always there."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, insert, select

from presage.domain.shard_facts import ShardDeclared
from presage.projections.projection import Moment, Rows, render
from presage.storage.schema import projected

shards = Table(
    "shards",
    projected,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("declared_at", BigInteger, nullable=False),
)
_INSERT = render(insert(shards))


class Shards:
    """Writes the table."""

    name = "shards"
    tables = (shards,)
    handles = frozenset({ShardDeclared})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                if isinstance(fact, ShardDeclared):
                    rows.add(_INSERT, {"shard": fact.shard, "declared_at": moment.at})


def every_shard(connection: Connection) -> list[int]:
    """In order, the first one included."""
    return sorted({0, *connection.scalars(select(shards.c.shard))})
