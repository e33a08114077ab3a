"""Money that members own and cannot spend until something is decided: bonds, stakes, withdrawals.

One row a hold, as the last movement left it; an emptied one has no row. Why it is held is told by
its kind; who decides about it knows it by its name. Written with the accounts (`accounts.py`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text, bindparam, delete
from sqlalchemy.dialects.sqlite import insert

from presage.domain.accounts import held_by
from presage.domain.facts import MoneyMoved
from presage.projections.projection import Rows, render
from presage.storage.schema import projected

holds = Table(
    "holds",
    projected,
    Column("name", Text, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
Index("holds_by_account", holds.c.account)

_STATEMENT = insert(holds)
_PUT = render(
    _STATEMENT.on_conflict_do_update(
        index_elements=["name"], set_={"amount": _STATEMENT.excluded["amount"]}
    )
)
_DROP = render(delete(holds).where(holds.c.name == bindparam("emptied")))


def write(fact: MoneyMoved, rows: Rows) -> None:
    """What a movement leaves in holds."""
    for line in fact.lines:
        owner = held_by(line.account)
        if owner is None:
            continue
        if line.after:
            account, kind = owner
            row = {"name": line.account, "account": account, "kind": kind}
            rows.add(_PUT, row | {"amount": line.after})
        else:
            rows.add(_DROP, {"emptied": line.account})
