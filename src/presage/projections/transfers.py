"""Money that moved outside trading, one row per member's account and movement.

Deposits, withdrawals and transfers are the same thing under different kinds: a movement whose lines
sum to zero. What becomes of a deposit or withdrawal later (it is applied, fails, is returned) is a
movement of its own under the kind `<kind>:<status>`; here it changes the status of the first. The
exchange's own sides (world, pots, fees) are not repeated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from presage.domain.accounts import UNDERWAY, WITHDRAWAL, hold
from presage.domain.facts import MoneyMoved, Posting
from presage.domain.funding import decided_by
from presage.domain.ids import AccountId, Id
from presage.projections.newest import Place, columns, newest
from presage.projections.projection import Moment, Row, Rows, render
from presage.storage.schema import projected
from presage.units import Micros, Money

transfers = Table(
    "transfers",
    projected,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
    Column("other", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("finalized_at", BigInteger, nullable=True),
    sqlite_with_rowid=False,
)

Index("transfers_by_id", transfers.c.id)
Index("transfers_by_cause", transfers.c.cause)

_INSERT = render(insert(transfers))
_CASH = "cash:"
_FATE: dict[str, Any] = {"status": bindparam("fate"), "finalized_at": bindparam("moment")}
_DECIDE = render(update(transfers).where(transfers.c.id == bindparam("transfer")).values(**_FATE))
_DECIDE_BY_CAUSE = render(
    update(transfers).where(transfers.c.cause == bindparam("transfer")).values(**_FATE)
)


class TransferRow(msgspec.Struct, frozen=True):
    """`amount` was added to `account` (negative: taken), or is to be while `status` is pending;
    `other` is the account at the other end, 0 when that is not a single account."""

    account: AccountId
    kind: str
    at: Micros
    id: Id
    amount: Money
    other: AccountId
    cause: str
    status: str
    finalized_at: Micros | None


class Transfers:
    """Writes the table."""

    name = "transfers"
    tables = (transfers,)
    handles = frozenset({MoneyMoved})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                if not isinstance(fact, MoneyMoved):
                    continue
                transfer = decided_by(fact.cause)
                if transfer is not None:
                    by_id = isinstance(transfer, int)
                    fate = fact.kind.rpartition(":")[2]
                    row = {"transfer": transfer, "fate": fate, "moment": moment.at}
                    rows.add(_DECIDE if by_id else _DECIDE_BY_CAUSE, row)
                    continue
                for row in _rows(fact, moment.at):
                    rows.add(_INSERT, row)


def _waits(line: Posting) -> bool:
    """Is it decided later what becomes of this money?"""
    return line.account.startswith((UNDERWAY, hold(WITHDRAWAL, "")))


def _rows(fact: MoneyMoved, at: Micros) -> list[Row]:
    found: dict[AccountId, Row] = {}
    waiting = [line for line in fact.lines if _waits(line)]
    cash = [line for line in fact.lines if line.account.startswith(_CASH)]
    # What is on its way in has touched no cash yet: then its own line is the one to tell of.
    for line in cash or waiting:
        account = int(line.account.rpartition(":")[2])
        row = found.setdefault(account, {"account": account, "amount": 0})
        row["amount"] += line.amount
    for account, row in found.items():
        others = [other for other in found if other != account] if len(found) == 2 else []
        row.update(
            kind=fact.kind,
            at=at,
            id=fact.id,
            other=others[0] if others else 0,
            cause=fact.cause,
            status="pending" if waiting else "applied",
            finalized_at=None if waiting else at,
        )
    return list(found.values())


def page(
    connection: Connection,
    accounts: Sequence[AccountId],
    kind: str,
    limit: int,
    after: Place | None = None,
    *,
    outgoing: bool = False,
) -> list[TransferRow]:
    """Movements of one kind, newest first; `outgoing` keeps only the paying side."""
    where: list[ColumnElement[bool]] = [transfers.c.kind == kind]
    if outgoing:
        where.append(transfers.c.amount < 0)
    key = ("at", "id")
    return newest(connection, TransferRow, transfers, key, accounts, where, limit, after)


def find_funds(connection: Connection, transfer: Id) -> TransferRow | None:
    """One deposit or withdrawal."""
    query = select(*columns(TransferRow, transfers)).where(
        transfers.c.id == transfer, transfers.c.kind.in_(("deposit", "withdrawal"))
    )
    row = connection.execute(query).first()
    return None if row is None else TransferRow(*row)


def find(connection: Connection, transfer: Id, kind: str) -> TransferRow | None:
    """The paying side of one movement of that kind between two accounts."""
    query = select(*columns(TransferRow, transfers)).where(
        transfers.c.id == transfer, transfers.c.kind == kind, transfers.c.amount < 0
    )
    row = connection.execute(query).first()
    return None if row is None else TransferRow(*row)
