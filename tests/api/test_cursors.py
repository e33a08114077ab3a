"""Cursors: good for the same question of the same caller, and for nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.api.auth import ANONYMOUS, Caller
from presage.api.cursors import Cursors
from presage.api.faults import QueryFault
from presage.api.registry import Call, Operation
from tests.api.asking import request


class Query(msgspec.Struct):
    limit: int = 100
    cursor: str = ""
    status: str | None = None
    tickers: list[str] = []


async def handler(call: Call[Any, Any]) -> None:
    """Unused."""


def call(
    query: Query | None = None,
    member: int = 0,
    operation: str = "GetOrders",
    lenient: bool = False,
    path: dict[str, str] | None = None,
) -> Call[Any, Any]:
    about = Operation(
        id=operation, method="GET", path="/x", handler=handler, scope="read", lenient_cursor=lenient
    )
    caller = msgspec.structs.replace(ANONYMOUS, member=member)
    return Call(None, about, request("GET", "/x"), caller, path or {}, query or Query(), None, 0)


CURSORS = Cursors(b"s" * 32)


@given(st.integers(-(2**63), 2**63 - 1), st.text(max_size=20))
def test_a_cursor_comes_back_as_it_went(number: int, text: str) -> None:
    sealed = CURSORS.seal(call(), (number, text))
    assert CURSORS.open(call(), sealed, int, str) == (number, text)
    assert sealed.isascii()
    assert not set(sealed) & set("=+/&?")


@pytest.mark.parametrize("text", ["", None])
def test_no_cursor_is_the_first_page(text: str | None) -> None:
    assert CURSORS.open(call(), text, int) is None


def test_the_page_size_may_change() -> None:
    sealed = CURSORS.seal(call(Query(limit=5)), (7,))
    assert CURSORS.open(call(Query(limit=9, cursor=sealed)), sealed, int) == (7,)


@pytest.mark.parametrize(
    "other",
    [
        call(member=2),
        call(Query(status="open"), member=1),
        call(Query(tickers=["A"]), member=1),
        call(operation="GetFills", member=1),
        call(path={"ticker": "A"}, member=1),
    ],
)
def test_another_question_or_caller_cannot_use_it(other: Call[Any, Any]) -> None:
    sealed = CURSORS.seal(call(member=1), (7,))
    assert CURSORS.open(call(member=1), sealed, int) == (7,)
    with pytest.raises(QueryFault) as caught:
        CURSORS.open(other, sealed, int)
    assert (caught.value.status, caught.value.field) == (400, "cursor")


def test_another_secret_or_shape_is_not_ours() -> None:
    sealed = CURSORS.seal(call(), (7,))
    for cursors, shape in ((Cursors(b"t" * 32), (int,)), (CURSORS, (str,)), (CURSORS, (int, int))):
        with pytest.raises(QueryFault):
            cursors.open(call(), sealed, *shape)


def _garbage() -> list[str]:
    sealed = CURSORS.seal(call(), (7, "abc"))
    flipped = ("B" if sealed[0] == "A" else "A") + sealed[1:]
    return [
        "garbage-cursor-fixture", "A", "!!!!", "ü", sealed[:-1], sealed + "A",
        flipped, sealed * 2, "A" * 1_000_000,
    ]  # fmt: skip


@pytest.mark.parametrize("text", _garbage())
def test_garbage_is_refused_or_ignored_by_the_operation_s_rule(text: str) -> None:
    with pytest.raises(QueryFault):
        CURSORS.open(call(), text, int, str)
    assert CURSORS.open(call(lenient=True), text, int, str) is None


def test_a_secret_has_a_length() -> None:
    for secret in (b"", b"s" * 15, b"s" * 65):
        with pytest.raises(ValueError, match="16 to 64"):
            Cursors(secret)


def test_callers_differ_by_member_alone() -> None:
    mine = call(member=1)
    sealed = CURSORS.seal(mine, (7,))
    mine.caller = Caller(1, "u", "another key", frozenset({"read"}), None, "member")
    assert CURSORS.open(mine, sealed, int) == (7,)
