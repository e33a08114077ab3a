"""Quotes: what makers have answered to RFQs, and what became of each answer.

A row repeats what its RFQ said, so that it can be read after the RFQ is forgotten. Cancelled quotes
are forgotten after a week; accepted, confirmed and executed ones stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)

from presage.domain.desk_facts import (
    QuoteAccepted,
    QuoteCanceled,
    QuoteConfirmed,
    QuoteCreated,
    QuoteExecuted,
    RfqClosed,
)
from presage.domain.facts import Fact
from presage.domain.ids import AccountId, Id, MarketId, MemberId, account_id
from presage.projections.newest import between, columns
from presage.projections.projection import Moment, Row, Rows, Statement, render
from presage.projections.rfqs import FORGOTTEN_AT_ONCE, KEPT
from presage.storage.schema import BigKey, projected
from presage.units import Count, Micros, Money, Price

quotes = Table(
    "quotes",
    projected,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("rfq", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("requester", BigInteger, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("yes_bid", Integer, nullable=False),
    Column("no_bid", Integer, nullable=False),
    Column("yes_contracts", BigInteger, nullable=False),
    Column("no_contracts", BigInteger, nullable=False),
    Column("contracts", BigInteger, nullable=False),
    Column("target_cost", BigInteger, nullable=False),
    Column("excludes_fees", Boolean, nullable=False),
    Column("rest_remainder", Boolean, nullable=False),
    Column("post_only", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger, nullable=False),
    Column("executed_at", BigInteger, nullable=False),
    Column("canceled_at", BigInteger, nullable=False),
    Column("maker_order", BigInteger, nullable=False),
    Column("requester_order", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
_CANCELED: Final[ColumnElement[str]] = literal_column("'cancelled'")
_IS_CANCELED = quotes.c.status == _CANCELED
Index("quotes_by_rfq", quotes.c.rfq, quotes.c.id)
for _role, _column in (("maker", quotes.c.account), ("requester", quotes.c.requester)):
    Index(f"quotes_by_{_role}", _column, quotes.c.id)
    Index(f"quotes_by_{_role}_and_status", _column, quotes.c.status, quotes.c.id)
    Index(f"quotes_by_{_role}_and_change", _column, quotes.c.updated_at)
Index(
    "quotes_cancelled",
    quotes.c.updated_at,
    sqlite_where=_IS_CANCELED,
    postgresql_where=_IS_CANCELED,
)

_INSERT = render(insert(quotes))
_THIS = quotes.c.id == bindparam("which")
_AT: Final[BindParameter[int]] = bindparam("at")
_ACCEPT = render(
    update(quotes)
    .where(_THIS)
    .values(
        status=literal_column("'accepted'"),
        side=bindparam("taken"),
        accepted=bindparam("many"),
        accepted_at=_AT,
        updated_at=_AT,
    )
)
_CONFIRM = render(
    update(quotes)
    .where(_THIS)
    .values(status=literal_column("'confirmed'"), confirmed_at=_AT, updated_at=_AT)
)
_EXECUTE = render(
    update(quotes)
    .where(_THIS)
    .values(
        status=literal_column("'executed'"),
        maker_order=bindparam("made"),
        requester_order=bindparam("asked"),
        executed_at=_AT,
        updated_at=_AT,
    )
)
_CANCEL = render(
    update(quotes)
    .where(_THIS)
    .values(status=_CANCELED, reason=bindparam("why"), canceled_at=_AT, updated_at=_AT)
)
_LIVING: Final[list[ColumnElement[str]]] = [
    literal_column(f"'{word}'") for word in ("open", "accepted", "confirmed")
]
_CANCEL_ALL = render(
    update(quotes)
    .where(quotes.c.rfq == bindparam("which"), quotes.c.status.in_(_LIVING))
    .values(
        status=_CANCELED, reason=literal_column("'rfq_closed'"), canceled_at=_AT, updated_at=_AT
    )
)
# Written out, as in `rfqs.py`.
_FORGET = Statement(
    "DELETE FROM quotes WHERE id IN (SELECT id FROM quotes WHERE status = 'cancelled' "
    "AND updated_at < ? ORDER BY updated_at LIMIT ?)",
    ("before", "some"),
)


class QuoteRow(msgspec.Struct, frozen=True):
    """`account` is the maker's, `requester` the RFQ's. Times 0, orders 0, side empty: not so far.
    `accepted` counts the contracts of the side that was taken."""

    id: Id
    rfq: Id
    account: AccountId
    requester: AccountId
    market: MarketId
    yes_bid: Price
    no_bid: Price
    yes_contracts: Count
    no_contracts: Count
    contracts: Count
    target_cost: Money
    excludes_fees: bool
    rest_remainder: bool
    post_only: bool
    status: str
    reason: str
    side: str
    accepted: Count
    accepted_at: Micros
    confirmed_at: Micros
    executed_at: Micros
    canceled_at: Micros
    maker_order: Id
    requester_order: Id
    created_at: Micros
    updated_at: Micros


class Quotes:
    """Writes the table."""

    name = "quotes"
    tables = (quotes,)
    handles = frozenset(
        {QuoteAccepted, QuoteCanceled, QuoteConfirmed, QuoteCreated, QuoteExecuted, RfqClosed}
    )

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                _write(fact, moment.at, rows)


def _write(fact: Fact, at: Micros, rows: Rows) -> None:
    match fact:
        case QuoteCreated():
            rows.add(_INSERT, _created(fact, at))
        case QuoteAccepted():
            taken = {"taken": fact.side, "many": fact.accepted}
            rows.add(_ACCEPT, {"which": fact.quote, "at": at} | taken)
        case QuoteConfirmed():
            rows.add(_CONFIRM, {"which": fact.quote, "at": at})
        case QuoteExecuted():
            orders = {"made": fact.maker_order, "asked": fact.requester_order}
            rows.add(_EXECUTE, {"which": fact.quote, "at": at} | orders)
        case QuoteCanceled():
            rows.add(_CANCEL, {"which": fact.quote, "at": at, "why": fact.reason})
        case RfqClosed():
            rows.add(_CANCEL_ALL, {"which": fact.rfq, "at": at})
            rows.add(_FORGET, {"before": at - KEPT, "some": FORGOTTEN_AT_ONCE})
        case _:
            pass


def _created(fact: QuoteCreated, at: Micros) -> Row:
    said = msgspec.structs.asdict(fact)
    said["id"] = said.pop("quote")
    nothing: dict[str, Any] = dict.fromkeys(
        (
            "accepted",
            "accepted_at",
            "confirmed_at",
            "executed_at",
            "canceled_at",
            "maker_order",
            "requester_order",
        ),
        0,
    )
    words = {"status": "open", "reason": "", "side": ""}
    return said | nothing | words | {"created_at": at, "updated_at": at}


def find(connection: Connection, quote: Id) -> QuoteRow | None:
    """One quote, whoever made it."""
    query = select(*columns(QuoteRow, quotes)).where(quotes.c.id == quote)
    row = connection.execute(query).first()
    return None if row is None else QuoteRow(*row)


def page(
    connection: Connection,
    limit: int,
    before: Id | None = None,
    *,
    makers: Sequence[AccountId] = (),
    requesters: Sequence[AccountId] = (),
    maker: MemberId | None = None,
    requester: MemberId | None = None,
    rfq: Id | None = None,
    status: str = "",
    markets: Sequence[MarketId] | None = None,
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[QuoteRow]:
    """Quotes that one of `makers` made or that answer one of `requesters`, newest first, older than
    `before`. `maker` and `requester` narrow it to a member; times are those of the last change."""
    where: list[ColumnElement[bool]] = between(quotes.c.updated_at, since, until)
    if maker is not None:
        where.append(_of(quotes.c.account, maker))
    if requester is not None:
        where.append(_of(quotes.c.requester, requester))
    if rfq is not None:
        where.append(quotes.c.rfq == rfq)
    if status:
        where.append(quotes.c.status == status)
    if markets is not None:
        where.append(quotes.c.market.in_(markets))
    if before is not None:
        where.append(quotes.c.id < before)
    query = select(*columns(QuoteRow, quotes)).where(*where)
    query = query.order_by(quotes.c.id.desc()).limit(limit)
    found: list[QuoteRow] = []
    # One account at a time, so that each read follows an index. Nobody quotes himself: no doubles.
    for column, accounts in ((quotes.c.account, makers), (quotes.c.requester, requesters)):
        for account in accounts:
            found += [QuoteRow(*row) for row in connection.execute(query.where(column == account))]
    found.sort(key=lambda row: row.id, reverse=True)
    return found[:limit]


def _of(column: ColumnElement[Any], member: MemberId) -> ColumnElement[bool]:
    """Whether an account is one of the member's."""
    return column.between(account_id(member), account_id(member + 1) - 1)
