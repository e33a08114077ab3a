"""Orders to issue play money to members, or to take it back: one member, some, or all.

A large one waits until a second person has said yes. One for many is carried out some members at a
time, so that it goes on behind the last of them after a crash; row and movement are one submission.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Select, Text, func, select

from presage.domain import accounts as ledger
from presage.domain.accounts import BONUS
from presage.domain.commands import Move
from presage.domain.ids import MemberId, account_id
from presage.site import notifications
from presage.storage import kept
from presage.units import CENT, Micros, Money

WAITING: Final = "WAITING"
RUNNING: Final = "RUNNING"
DONE: Final = "DONE"
CAUSE: Final = "funds:"
MOST_NAMED: Final = 1_000
AT_ONCE: Final = 90
"""Members in one movement: it has a line for each, and one for the house."""

fund_orders = kept.kept_table(
    "fund_orders",
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("whom", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("asked_by", BigInteger, nullable=False),
    Column("confirmed_by", BigInteger, nullable=False),
    Column("audit", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("paid", Integer, nullable=False),
    Column("once", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
_f = fund_orders.c
Index("fund_orders_by_status", _f.status, _f.id)
Index("fund_orders_by_once", _f.once)


class FundOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` for each; `kind` is ISSUE or BURN. `whom` are members' numbers in their order, none:
    all up to `last`. Those up to `after` have theirs, `paid` counts them. `audit` is the row of the
    log by which it came into force, `once` the Idempotency-Key it was asked for with."""

    id: str
    kind: str
    amount: Money
    whom: tuple[MemberId, ...]
    status: str
    asked_by: MemberId
    confirmed_by: MemberId = 0
    audit: int = 0
    after: MemberId = 0
    last: MemberId
    paid: int = 0
    once: str = ""
    created_at: Micros


def add(connection: Connection, order: FundOrder) -> None:
    """Write a new one."""
    kept.insert(connection, fund_orders, _row(order))


def change(connection: Connection, order: FundOrder) -> None:
    """Write one over what it was."""
    kept.replace(connection, fund_orders, _row(order))


def find(connection: Connection, id: str) -> FundOrder | None:
    """By id."""
    return next(iter(_read(connection, select(fund_orders).where(_f.id == id))), None)


def by_once(connection: Connection, once: str) -> FundOrder | None:
    """The one that was asked for with a key."""
    return next(iter(_read(connection, select(fund_orders).where(_f.once == once))), None)


def page(connection: Connection, after: str, limit: int, status: str = "") -> list[FundOrder]:
    """Newest first, older than the id `after`."""
    query = select(fund_orders)
    if after:
        query = query.where(_f.id < after)
    if status:
        query = query.where(_f.status == status)
    return _read(connection, query.order_by(_f.id.desc()).limit(limit))


def running(connection: Connection) -> FundOrder | None:
    """The oldest that is in force and not done."""
    query = select(fund_orders).where(_f.status == RUNNING).order_by(_f.id).limit(1)
    return next(iter(_read(connection, query)), None)


def waiting(connection: Connection) -> int:
    """How many wait for a second person."""
    query = select(func.count()).where(_f.status == WAITING)
    return int(connection.execute(query).scalar_one())


def carry_out(
    connection: Connection, order: FundOrder, at: Micros, whom: Sequence[MemberId], *, more: bool
) -> Move | None:
    """Pay these, who are next, and write down how far it has come; `more`: there are others behind
    them. They are told. None: there was nobody left."""
    assert len(whom) <= AT_ONCE, "a movement has so many lines"
    now = msgspec.structs.replace(
        order,
        after=whom[-1] if whom else order.after,
        paid=order.paid + len(whom),
        status=RUNNING if more else DONE,
    )
    change(connection, now)
    if not whom:
        return None
    issues = order.kind == "ISSUE"
    given = order.amount if issues else -order.amount
    for member in whom:
        if issues:
            cents = order.amount // CENT
            title = "You were given play money"
            notifications.tell(
                connection, at, member, "FUNDS_ISSUED", title, url="/wallet", amountCents=cents
            )
    lines = [(ledger.cash(account_id(member)), given) for member in whom]
    return Move(
        ((BONUS, -given * len(whom)), *lines),
        f"{CAUSE}{order.id}:{order.after}",
        "admin_issue" if issues else "admin_burn",
        audit=order.audit,
    )


def _row(order: FundOrder) -> kept.Row:
    return msgspec.structs.asdict(order) | {"whom": msgspec.json.encode(order.whom).decode()}


def _read(connection: Connection, query: Select[tuple[object, ...]]) -> list[FundOrder]:
    return [
        FundOrder(**(row | {"whom": tuple(msgspec.json.decode(row["whom"]))}))
        for row in kept.read(connection, query, fund_orders)
    ]
