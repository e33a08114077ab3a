"""RFQs: who asked for a price on what, and what became of it.

Closed ones are forgotten after a week; a quote that was accepted keeps all that is worth keeping.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Table,
    Text,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)

from presage.domain.desk_facts import RfqClosed, RfqCreated
from presage.domain.facts import Fact
from presage.domain.ids import AccountId, Id, MarketId, MemberId, account_id
from presage.projections.newest import columns
from presage.projections.projection import Moment, Rows, Statement, render
from presage.storage.schema import BigKey, projected
from presage.units import SECOND, Count, Micros, Money

KEPT: Final = 7 * 86_400 * SECOND
"""How long closed RFQs and cancelled quotes can be read."""
FORGOTTEN_AT_ONCE: Final = 1_000
"""Rows that are deleted beside a change, so that forgetting never holds the writer up."""

OPEN: Final = "open"
CLOSED: Final = "closed"

rfqs = Table(
    "rfqs",
    projected,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("account", BigInteger, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("contracts", BigInteger, nullable=False),
    Column("target_cost", BigInteger, nullable=False),
    Column("excludes_fees", Boolean, nullable=False),
    Column("rest_remainder", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
_IS_CLOSED = rfqs.c.status == literal_column(f"'{CLOSED}'")
Index("rfqs_by_account", rfqs.c.account, rfqs.c.id)
Index("rfqs_by_market", rfqs.c.market, rfqs.c.id)
Index("rfqs_by_status", rfqs.c.status, rfqs.c.id)
Index(
    "rfqs_closed",
    rfqs.c.updated_at,
    sqlite_where=_IS_CLOSED,
    postgresql_where=_IS_CLOSED,
)

_INSERT = render(insert(rfqs))
_CLOSE = render(
    update(rfqs)
    .where(rfqs.c.id == bindparam("which"))
    .values(
        status=literal_column(f"'{CLOSED}'"), reason=bindparam("why"), updated_at=bindparam("at")
    )
)
# Written out: SQLAlchemy would add an OFFSET to a limit, and that as a constant.
_FORGET = Statement(
    "DELETE FROM rfqs WHERE id IN (SELECT id FROM rfqs WHERE status = 'closed' "
    "AND updated_at < ? ORDER BY updated_at LIMIT ?)",
    ("before", "some"),
)


class RfqRow(msgspec.Struct, frozen=True):
    """`reason` is why it is closed, empty while it is open."""

    id: Id
    account: AccountId
    market: MarketId
    contracts: Count
    target_cost: Money
    excludes_fees: bool
    rest_remainder: bool
    status: str
    reason: str
    created_at: Micros
    updated_at: Micros


class Rfqs:
    """Writes the table."""

    name = "rfqs"
    tables = (rfqs,)
    handles = frozenset({RfqClosed, RfqCreated})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                _write(fact, moment.at, rows)


def _write(fact: Fact, at: Micros, rows: Rows) -> None:
    match fact:
        case RfqCreated():
            row = RfqRow(
                fact.rfq,
                fact.account,
                fact.market,
                fact.contracts,
                fact.target_cost,
                fact.excludes_fees,
                fact.rest_remainder,
                OPEN,
                "",
                at,
                at,
            )
            rows.add(_INSERT, msgspec.structs.asdict(row))
        case RfqClosed():
            rows.add(_CLOSE, {"which": fact.rfq, "why": fact.reason, "at": at})
            rows.add(_FORGET, {"before": at - KEPT, "some": FORGOTTEN_AT_ONCE})
        case _:
            pass


def find(connection: Connection, rfq: Id) -> RfqRow | None:
    """One RFQ, whoever made it."""
    query = select(*columns(RfqRow, rfqs)).where(rfqs.c.id == rfq)
    row = connection.execute(query).first()
    return None if row is None else RfqRow(*row)


def page(
    connection: Connection,
    limit: int,
    before: Id | None = None,
    *,
    accounts: Sequence[AccountId] | None = None,
    member: MemberId | None = None,
    markets: Sequence[MarketId] | None = None,
    status: str = "",
) -> list[RfqRow]:
    """RFQs of everybody, of some accounts or of one member, newest first, older than `before`."""
    query = select(*columns(RfqRow, rfqs))
    if accounts is not None:
        query = query.where(rfqs.c.account.in_(accounts))
    if member is not None:
        query = query.where(rfqs.c.account.between(account_id(member), account_id(member + 1) - 1))
    if markets is not None:
        query = query.where(rfqs.c.market.in_(markets))
    if status:
        query = query.where(rfqs.c.status == status)
    if before is not None:
        query = query.where(rfqs.c.id < before)
    rows = connection.execute(query.order_by(rfqs.c.id.desc()).limit(limit))
    return [RfqRow(*row) for row in rows]
