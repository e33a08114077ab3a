"""The ledger outside trading, one row per line of a movement: what deposits, grants, stakes, bonds
and prizes did to every account it has.

What trading posted is told by fills and settlements.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Table,
    Text,
    insert,
    select,
    tuple_,
)

from presage.domain.accounts import UNDERWAY
from presage.domain.facts import MoneyMoved, Posting
from presage.domain.ids import Id, MemberId, member_of
from presage.projections.newest import columns
from presage.projections.projection import Moment, Rows, render
from presage.storage.schema import projected
from presage.units import Micros, Money

postings = Table(
    "postings",
    projected,
    Column("account", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("member", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
_p = postings.c
Index("postings_by_id", _p.id, _p.account)
Index("postings_by_member", _p.member, _p.id, _p.account)
Index("postings_by_kind", _p.kind, _p.id, _p.account)
Index("postings_by_cause", _p.cause)

_INSERT = render(insert(postings))
_CASH = "cash:"
Behind = tuple[Id, str]
"""(movement, account) of the last row that was read."""


class PostingRow(msgspec.Struct, frozen=True):
    """`amount` came to `account` (negative: went), which had `after` then. `member` is whom the
    line concerns, 0: nobody, or several. Rows with one `id` are one movement and sum to zero."""

    account: str
    id: Id
    at: Micros
    member: MemberId
    kind: str
    cause: str
    amount: Money
    after: Money


class Postings:
    """Writes the table."""

    name = "postings"
    tables = (postings,)
    handles = frozenset({MoneyMoved})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                if not isinstance(fact, MoneyMoved):
                    continue
                party = _party(fact.lines)
                for line in fact.lines:
                    row = PostingRow(
                        line.account,
                        fact.id,
                        moment.at,
                        _owner(line.account, party),
                        fact.kind,
                        fact.cause,
                        line.amount,
                        line.after,
                    )
                    rows.add(_INSERT, msgspec.structs.asdict(row))


def _party(lines: Sequence[Posting]) -> MemberId:
    """The one member whose cash, or money underway, a movement changes; 0: none, or several."""
    names = [line.account for line in lines if line.account.startswith((_CASH, UNDERWAY))]
    members = {member_of(int(name.rpartition(":")[2])) for name in names}
    return members.pop() if len(members) == 1 else 0


def _owner(name: str, party: MemberId) -> MemberId:
    """Whose a line is: a member's own account, else that of the one member who took part."""
    if name.startswith((_CASH, UNDERWAY)):
        return member_of(int(name.rpartition(":")[2]))
    return party


def page(
    connection: Connection,
    limit: int,
    after: Behind | None,
    *,
    account: str = "",
    member: MemberId = 0,
    kind: str = "",
    cause: str = "",
    since: Micros | None = None,
    until: Micros | None = None,
) -> list[PostingRow]:
    """Lines, newest first, that fit all that is named."""
    where: list[ColumnElement[bool]] = []
    if after is not None:
        where.append(tuple_(_p.id, _p.account) < after)
    for column, value in ((_p.account, account), (_p.kind, kind), (_p.cause, cause)):
        if value:
            where.append(column == value)
    if member:
        where.append(_p.member == member)
    if since is not None:
        where.append(_p.at >= since)
    if until is not None:
        where.append(_p.at <= until)
    query = select(*columns(PostingRow, postings)).where(*where)
    found = connection.execute(query.order_by(_p.id.desc(), _p.account.desc()).limit(limit))
    return [PostingRow(*row) for row in found]
