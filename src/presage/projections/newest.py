"""Pages of a history, newest first, that do not shift while new rows arrive.

A place in a history is the (time, id) of its last row that was read; the next page holds what is
older. One member's accounts are read one by one and merged, so that each read follows an index and
a page costs the same however long the history is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, select, tuple_

from presage.domain.ids import AccountId

Place = tuple[int, int]
"""(microseconds, id) of a row."""
T = TypeVar("T", bound=msgspec.Struct)


def columns(shape: type[msgspec.Struct], source: FromClause) -> list[ColumnElement[Any]]:
    """The columns that fill a struct, in the order of its fields."""
    return [source.c[name] for name in shape.__struct_fields__]


def newest(
    connection: Connection,
    shape: type[T],
    source: FromClause,
    key: tuple[str, str],
    accounts: Sequence[AccountId],
    where: Sequence[ColumnElement[bool]],
    limit: int,
    after: Place | None,
) -> list[T]:
    """Up to `limit` rows of these accounts as structs, newest first, older than `after`.

    `key` names the columns of time and id; `source` also has a column `account`.
    """
    at, id_ = source.c[key[0]], source.c[key[1]]
    query = select(*columns(shape, source)).where(*where)
    if after is not None:
        query = query.where(tuple_(at, id_) < after)
    query = query.order_by(at.desc(), id_.desc()).limit(limit)
    found: list[T] = []
    for account in accounts:
        rows = connection.execute(query.where(source.c.account == account))
        found += [shape(*row) for row in rows]
    if len(accounts) > 1:
        found.sort(key=lambda row: (getattr(row, key[0]), getattr(row, key[1])), reverse=True)
    return found[:limit]


def between(
    at: ColumnElement[Any], since: int | None, until: int | None
) -> list[ColumnElement[bool]]:
    """Conditions for a time range in microseconds, both ends included; None: open."""
    found: list[ColumnElement[bool]] = []
    if since is not None:
        found.append(at >= since)
    if until is not None:
        found.append(at <= until)
    return found
