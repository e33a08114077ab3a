"""The moments before which what is over is historical: one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, select
from sqlalchemy.dialects.sqlite import insert

from presage.domain.cutoffs import Cutoffs, CutoffsMoved
from presage.projections.newest import columns
from presage.projections.projection import Moment, Rows, render
from presage.storage.schema import projected

_NAMES: Final = Cutoffs.__struct_fields__

historical_cutoffs = Table(
    "historical_cutoffs",
    projected,
    Column("id", Integer, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger, nullable=False) for name in _NAMES),
)
_STATEMENT = insert(historical_cutoffs)
_SET = render(
    _STATEMENT.on_conflict_do_update(
        index_elements=["id"], set_={name: _STATEMENT.excluded[name] for name in _NAMES}
    )
)


class HistoricalCutoffs:
    """Writes the row; without one nothing is historical."""

    name = "historical_cutoffs"
    tables = (historical_cutoffs,)
    handles = frozenset({CutoffsMoved})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                if isinstance(fact, CutoffsMoved):
                    rows.add(_SET, {"id": 0, **{name: getattr(fact, name) for name in _NAMES}})


def current(connection: Connection) -> Cutoffs:
    """The cutoffs as they stand."""
    row = connection.execute(select(*columns(Cutoffs, historical_cutoffs))).first()
    return Cutoffs() if row is None else Cutoffs(*row)
