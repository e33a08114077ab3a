"""Pages of lists: as many as asked for, and a cursor that only fits the same question.

A handler reads one row more than it shows; whether there is that one says whether there is a page
behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from presage.api.cursors import Keyset
from presage.api.site.services import AnyCall, services_of

T = TypeVar("T")


class Cut(NamedTuple):
    """One page of rows and the cursor of the next, None on the last."""

    rows: Sequence[Any]
    next_cursor: str | None


def after(call: AnyCall, *shape: type[int] | type[str]) -> Keyset | None:
    """Where the page before ended, None on the first page. Raises: a 400 bad_cursor fault."""
    return services_of(call).cursors.open(call, call.query.cursor, *shape)


def wanted(call: AnyCall) -> int:
    """How many rows to read: one more than the page shows."""
    return int(call.query.limit) + 1


def cut(call: AnyCall, rows: Sequence[T], keyset: Callable[[T], Keyset]) -> Cut:
    """The page of `rows`, read with `wanted`; `keyset` says what a row is sorted by."""
    limit = call.query.limit
    shown = rows[:limit]
    if len(rows) <= limit:
        return Cut(shown, None)
    return Cut(shown, services_of(call).cursors.seal(call, keyset(shown[-1])))
