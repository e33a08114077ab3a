"""Money that members have set aside: one row each hold that is not empty, and whose it is.

A hold is the ledger account `hold:<kind>:<name>`. Its owner is whose cash went into it first; what
it is for stands in its name. It stays the owner's, so balances count it in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Index, Table, Text, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from presage.domain.facts import MoneyMoved, Posting
from presage.domain.ids import AccountId
from presage.projections.projection import Moment, Rows, render
from presage.storage.schema import projected
from presage.units import Money

HOLD: Final = "hold:"
_CASH: Final = "cash:"

holds = Table(
    "holds",
    projected,
    Column("name", Text, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
Index("holds_by_account", holds.c.account)

_new = insert(holds)
_SET: Final = render(
    _new.on_conflict_do_update(index_elements=["name"], set_={"amount": _new.excluded.amount})
)
_DROP: Final = render(delete(holds).where(holds.c.name == bindparam("whose")))


class Hold(NamedTuple):
    """What one is after a movement; `account` says whose it is when the movement made it."""

    name: str
    account: AccountId
    amount: Money


class Holds:
    """Writes the table."""

    name = "holds"
    tables = (holds,)
    handles = frozenset({MoneyMoved})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                if isinstance(fact, MoneyMoved):
                    for hold in changed(fact):
                        if hold.amount:
                            rows.add(_SET, hold._asdict())
                        else:
                            rows.add(_DROP, {"whose": hold.name})


def changed(fact: MoneyMoved) -> list[Hold]:
    """The holds that a movement changes."""
    found = [line for line in fact.lines if line.account.startswith(HOLD)]
    return [Hold(line.account, _payer(fact.lines), line.after) for line in found]


def every_hold(connection: Connection) -> list[Hold]:
    """All that are not empty."""
    return [Hold(*row) for row in connection.execute(select(holds))]


def _payer(lines: Sequence[Posting]) -> AccountId:
    paid = (line for line in lines if line.account.startswith(_CASH) and line.amount < 0)
    return next((int(line.account.removeprefix(_CASH)) for line in paid), 0)
