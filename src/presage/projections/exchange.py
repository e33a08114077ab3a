"""Whether the exchange takes anything at all and whether orders may trade: one row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, Table, select
from sqlalchemy.dialects.sqlite import insert

from presage.domain.facts import PauseSet
from presage.projections.projection import Moment, Rows, render
from presage.storage.schema import projected

exchange_status = Table(
    "exchange_status",
    projected,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("exchange", Boolean, nullable=False),
    Column("trading", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
)
_STATEMENT = insert(exchange_status)
_SET = render(
    _STATEMENT.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _STATEMENT.excluded[name] for name in ("exchange", "trading", "at")},
    )
)


class ExchangeStatus:
    """Writes the row; without one nothing was ever paused."""

    name = "exchange_status"
    tables = (exchange_status,)
    handles = frozenset({PauseSet})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                if isinstance(fact, PauseSet):
                    row = {"id": 0, "exchange": fact.exchange, "trading": fact.trading}
                    rows.add(_SET, row | {"at": moment.at})


def is_active(connection: Connection) -> tuple[bool, bool]:
    """(exchange, trading)."""
    s = exchange_status.c
    row = connection.execute(select(s.exchange, s.trading)).first()
    return (True, True) if row is None else (row.exchange, row.trading)
