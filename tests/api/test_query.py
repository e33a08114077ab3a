"""Binding of query strings: one rule for each kind of parameter."""

from __future__ import annotations

import contextlib
from enum import Enum
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.api.faults import QueryFault
from presage.api.query import QueryBinder


class Sort(Enum):
    UP = "up"
    DOWN = "down"


class Query(msgspec.Struct):
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    cursor: str = ""
    status: Literal["open", "closed"] | None = None
    interval: Literal[1, 60, 1440] = 60
    sort: Sort = Sort.UP
    nested: bool = False
    min_ts: int | None = None
    tickers: Annotated[list[str], msgspec.Meta(max_length=3)] = []
    kinds: tuple[int, ...] = ()
    name: Annotated[str, msgspec.Meta(max_length=5, pattern="^[a-z]*$")] = ""


class Needy(msgspec.Struct):
    ids: Annotated[list[str], msgspec.Meta(min_length=1)]
    limit: Annotated[int, msgspec.Meta(gt=0, lt=9)]


BIND = QueryBinder(Query).bind


def refusal(query_string: bytes) -> QueryFault:
    with pytest.raises(QueryFault) as caught:
        BIND(query_string)
    return caught.value


@pytest.mark.parametrize(
    ("query_string", "expected"),
    [
        (b"", Query()),
        (b"&&", Query()),
        (b"limit=5&cursor=abc", Query(limit=5, cursor="abc")),
        (
            b"status=open&interval=1440&sort=down",
            Query(status="open", interval=1440, sort=Sort.DOWN),
        ),
        (b"status=&cursor=&sort=", Query()),
        (b"nested=true", Query(nested=True)),
        (b"nested=1", Query(nested=True)),
        (b"nested=0", Query(nested=False)),
        (b"min_ts=-1", Query(min_ts=-1)),
        (b"tickers=A&tickers=B", Query(tickers=["A", "B"])),
        (b"tickers=A,B", Query(tickers=["A,B"])),
        (b"kinds=1,2,3", Query(kinds=(1, 2, 3))),
        (b"kinds=", Query(kinds=())),
        (b"cursor=a%2Cb+c%26d", Query(cursor="a,b c&d")),
        (b"cursor=%C3%BC", Query(cursor="ü")),
        (b"cursor='%3B--%25_%5C%22", Query(cursor="';--%_\\\"")),
        (b"unknown=1&unknown=2&__proto__=x&limit=7", Query(limit=7)),
    ],
)
def test_readable_queries(query_string: bytes, expected: Query) -> None:
    assert BIND(query_string) == expected


@pytest.mark.parametrize(
    ("query_string", "field", "tag"),
    [
        (b"limit=0", "limit", "gte"),
        (b"limit=-1", "limit", "gte"),
        (b"limit=1001", "limit", "lte"),
        (b"limit=1000000000", "limit", "lte"),
        (b"limit=abc", "limit", ""),
        (b"limit=", "limit", ""),
        (b"limit=1.0", "limit", ""),
        (b"limit=%2B1", "limit", ""),
        (b"limit=+1", "limit", ""),
        (b"limit=1_0", "limit", ""),
        (b"limit=%EF%BC%91", "limit", ""),
        (b"limit=0x1", "limit", ""),
        (b"limit=1&limit=1", "limit", ""),
        (b"min_ts=9223372036854775808", "min_ts", ""),
        (b"min_ts=" + b"9" * 5_000, "min_ts", ""),
        (b"status=Open", "status", "oneof"),
        (b"status=open%20", "status", "oneof"),
        (b"interval=7", "interval", "oneof"),
        (b"sort=password", "sort", "oneof"),
        (b"nested=yes", "nested", ""),
        (b"tickers=A&tickers=B&tickers=C&tickers=D", "tickers", "max"),
        (b"kinds=1,x", "kinds", ""),
        (b"kinds=1&kinds=2", "kinds", ""),
        (b"name=abcdef", "name", "max"),
        (b"name=A", "name", ""),
        (b"cursor=%FF", "query", ""),
        (b"cursor=%00", "query", ""),
        (b"cursor=" + b"a" * 10_000, "query", ""),
        (b"&" * 5_000, "query", ""),
    ],
)
def test_unreadable_queries_name_the_parameter(query_string: bytes, field: str, tag: str) -> None:
    fault = refusal(query_string)
    assert (fault.status, fault.field, fault.tag) == (400, field, tag)


@pytest.mark.parametrize(
    ("query_string", "field", "tag"),
    [
        (b"", "ids", "required"),
        (b"ids=a", "limit", "required"),
        (b"ids=a&limit=0", "limit", "gt"),
        (b"ids=a&limit=9", "limit", "lt"),
    ],
)
def test_required_parameters(query_string: bytes, field: str, tag: str) -> None:
    with pytest.raises(QueryFault) as caught:
        QueryBinder(Needy).bind(query_string)
    assert (caught.value.field, caught.value.tag) == (field, tag)


def test_each_query_gets_its_own_lists() -> None:
    BIND(b"").tickers.append("A")
    assert BIND(b"").tickers == []


def test_a_type_that_no_parameter_can_have_is_refused_at_once() -> None:
    class Wrong(msgspec.Struct):
        price: float = 0.0

    with pytest.raises(TypeError, match="cannot be"):
        QueryBinder(Wrong)


@given(st.binary(max_size=80))
def test_no_bytes_do_anything_but_a_fault(data: bytes) -> None:
    for query_string in (data, b"limit=" + data, b"tickers=" + data):
        with contextlib.suppress(QueryFault):
            assert 1 <= BIND(query_string).limit <= 1000
