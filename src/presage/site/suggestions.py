"""Markets that members suggest, and what operators made of them."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Text, func, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

PENDING: Final = "PENDING"
APPROVED: Final = "APPROVED"
REJECTED: Final = "REJECTED"
NEEDS_CHANGES: Final = "NEEDS_CHANGES"
DUPLICATE: Final = "DUPLICATE"

suggestions = kept.kept_table(
    "suggestions",
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("close_at", BigInteger, nullable=False),
    Column("resolution_source", Text, nullable=False),
    Column("source_urls", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("review_note", Text, nullable=False),
    Column("duplicate_of", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("decided_by", BigInteger, nullable=False),
)
_s = suggestions.c
Index("suggestions_by_member", _s.member, _s.id)
Index("suggestions_by_status", _s.status, _s.id)


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """`close_at` 0: it was not said. `event` is the row of the draft that it became, `duplicate_of`
    that of the event that there was already."""

    id: str
    member: MemberId
    title: str
    description: str
    category: str
    options: tuple[str, ...]
    close_at: Micros = 0
    resolution_source: str = ""
    source_urls: tuple[str, ...] = ()
    status: str = PENDING
    review_note: str = ""
    duplicate_of: str = ""
    event: str = ""
    created_at: Micros
    decided_at: Micros = 0
    decided_by: MemberId = 0


def add(connection: Connection, one: Suggestion) -> None:
    """Write a new one."""
    kept.insert(connection, suggestions, _row(one))


def change(connection: Connection, one: Suggestion) -> None:
    """Write one over its row."""
    kept.replace(connection, suggestions, _row(one))


def find(connection: Connection, id: str) -> Suggestion | None:
    """By id."""
    query = select(suggestions).where(_s.id == id)
    return next(iter(_read(connection, query)), None)


def last_with(connection: Connection, member: MemberId, title: str) -> Suggestion | None:
    """The newest of a member with this title."""
    query = select(suggestions).where(_s.member == member, _s.title == title)
    return next(iter(_read(connection, query.order_by(_s.id.desc()).limit(1))), None)


def pending(connection: Connection, member: MemberId) -> int:
    """How many of a member wait for a decision."""
    where = (_s.member == member) & (_s.status == PENDING)
    return connection.execute(select(func.count()).where(where)).scalar() or 0


def page(
    connection: Connection, member: MemberId, status: str, before: str, limit: int
) -> list[Suggestion]:
    """Newest first, older than the id `before`; of a member (0: all), of a status ("": any)."""
    query = select(suggestions)
    if member:
        query = query.where(_s.member == member)
    if status:
        query = query.where(_s.status == status)
    if before:
        query = query.where(_s.id < before)
    return _read(connection, query.order_by(_s.id.desc()).limit(limit))


def _read(connection: Connection, query: Any) -> list[Suggestion]:
    return [_suggestion(row) for row in kept.read(connection, query, suggestions)]


def _row(one: Suggestion) -> kept.Row:
    lists = {
        name: msgspec.json.encode(getattr(one, name)).decode()
        for name in ("options", "source_urls")
    }
    return msgspec.structs.asdict(one) | lists


def _suggestion(row: kept.Row) -> Suggestion:
    lists = {
        name: tuple(msgspec.json.decode(row[name], type=list[str]))
        for name in ("options", "source_urls")
    }
    return Suggestion(**row | lists)
