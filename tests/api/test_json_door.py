"""The strict JSON door: what is a readable body, and how a complaint names its field."""

from __future__ import annotations

import contextlib
import json
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.api import json_door
from presage.api.faults import BodyFault, Fault
from presage.api.json_door import JsonDoor, check_content_type


class Item(msgspec.Struct):
    ticker: str
    count: str = "1.00"


class Order(msgspec.Struct):
    ticker: str
    side: Literal["bid", "ask"] = "bid"
    number: int = 0
    post_only: bool = False
    size: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=3)] = "a"
    note: str | None = None
    items: list[Item] = []


DOOR = JsonDoor(Order)


def refusal(data: bytes) -> BodyFault:
    with pytest.raises(BodyFault) as caught:
        DOOR.decode(data)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        b'{"ticker":"A"}',
        b'{"ticker": "A", "side": "ask"}',
        b' {\n\t"ticker" : "A"\r\n} ',
        b'{"ticker":"A","unknown":{"deep":[1,2.5,null]}}',
        b'{"ticker":"A","items":[{"ticker":"B"},{"ticker":"C"}]}',
        b'{"ticker":"A","note":"a\\"b\\\\u0000 \\ud83d\\ude00"}',
        '{"ticker":"A","note":"grüße"}'.encode(),
        b'{"ticker":"A","note":":\\":","name":":"}',
        b'{"ticker":"A","note":"{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{["}',
        b'{"ticker":"A","number":9223372036854775807}',
        b'{"ticker":"A","number":-9223372036854775808}',
    ],
)
def test_readable_bodies_are_read(data: bytes) -> None:
    assert DOOR.decode(data).ticker == "A"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b'{"ticker":"A"', "invalid JSON"),
        (b'{"ticker":"A",}', "invalid JSON"),
        (b'{"ticker":"A"} x', "invalid JSON"),
        (b"\xef\xbb\xbf" + b'{"ticker":"A"}', "invalid JSON"),
        ('{"ticker":"A"}'.encode("utf-16"), "not UTF-8"),
        (b'{"ticker":"\xe4"}', "not UTF-8"),
        (b'{"ticker":"A","unknown":"\xff"}', "not UTF-8"),
        (b'{"ticker":"A","ticker":"A"}', 'key "ticker" stands twice'),
        (b'{"ticker":"A","\\u0074icker":"A"}', 'key "ticker" stands twice'),
        (b'{"ticker":"A","unknown":1, "unknown":1}', 'key "unknown" stands twice'),
        (b'{"ticker":"A","items":[{"ticker":"B","ticker":"C"}]}', "stands twice"),
        (b'{"ticker":":","note":":","note":":"}', 'key "note" stands twice'),
        (b'{"ticker":"A","number":NaN}', "NaN"),
        (b'{"ticker":"A","unknown":Infinity}', "Infinity"),
        (b'{"ticker":"A","unknown":-Infinity}', "Infinity"),
        (b'{"ticker":"A","number":-0}', "out of range"),
        (b'{"ticker":"A","number":9223372036854775808}', "out of range"),
        (b'{"ticker":"A","number":-9223372036854775809}', "out of range"),
        (b'{"ticker":"A","unknown":18446744073709551616}', "out of range"),
        (b'{"ticker":"A","number":' + b"1" * 5_000 + b"}", "out of range"),
        (b'{"ticker":"A","number":01}', "invalid JSON"),
        (b'{"ticker":"\\ud800"}', "surrogate"),
        (b'{"ticker":"A","unknown":"\\udc00\\ud800"}', "surrogate"),
        (b'{"ticker":"A\\u0000"}', "NUL"),
        (b'{"ticker":"A","un\\u0000known":1}', "NUL"),
        (b'{"ticker":"A\x00"}', "invalid JSON"),
        (b'{"ticker":"A\n"}', "invalid JSON"),
        (b'{"ticker":"A","unknown":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "32 levels"),
        (b'{"a":' * 100_000, "32 levels"),
    ],
)
def test_unreadable_bodies_are_refused(data: bytes, says: str) -> None:
    fault = refusal(data)
    assert fault.status == 400
    assert fault.code == "bad_request"
    assert says in fault.details


@pytest.mark.parametrize(("levels", "fine"), [(31, True), (32, False)])
def test_32_levels_are_allowed(levels: int, fine: bool) -> None:
    data = b'{"ticker":"A","unknown":' + b"[" * levels + b"]" * levels + b"}"
    if fine:
        assert DOOR.decode(data).ticker == "A"
    else:
        assert "32 levels" in refusal(data).details


def test_brackets_side_by_side_are_not_depth() -> None:
    data = b'{"ticker":"A","unknown":[' + b",".join([b"[{}]"] * 100) + b"]}"
    assert DOOR.decode(data).ticker == "A"


@pytest.mark.parametrize(
    ("data", "field", "expected", "got"),
    [
        (b'{"ticker":1}', "ticker", "str", "int"),
        (b'{"ticker":0.56}', "ticker", "str", "float"),
        (b'{"ticker":null}', "ticker", "str", "null"),
        (b'{"ticker":"A","number":"10"}', "number", "int", "str"),
        (b'{"ticker":"A","number":10.0}', "number", "int", "float"),
        (b'{"ticker":"A","number":true}', "number", "int", "bool"),
        (b'{"ticker":"A","note":3}', "note", "str", "int"),
        (b'{"ticker":"A","items":[{"ticker":"B"},{"ticker":2}]}', "items.ticker", "str", "int"),
        (b"[]", "", "object", "array"),
        (b'"x"', "", "object", "str"),
        (b"null", "", "object", "null"),
        (b"7", "", "object", "int"),
    ],
)
def test_a_wrong_type_names_field_and_types(
    data: bytes, field: str, expected: str, got: str
) -> None:
    fault = refusal(data)
    assert (fault.struct, fault.field, fault.expected, fault.got) == (
        "Order",
        field,
        expected,
        got,
    )


@pytest.mark.parametrize(
    ("data", "field", "tag"),
    [
        (b"{}", "ticker", "required"),
        (b'{"ticker":"A","items":[{}]}', "items.ticker", "required"),
        (b'{"ticker":"A","side":"Bid"}', "side", "oneof"),
        (b'{"ticker":"A","side":" bid"}', "side", "oneof"),
        (b'{"ticker":"A","size":0}', "size", "gte"),
        (b'{"ticker":"A","size":6}', "size", "lte"),
        (b'{"ticker":"A","name":""}', "name", "min"),
        (b'{"ticker":"A","name":"abcd"}', "name", "max"),
    ],
)
def test_a_broken_rule_names_field_and_rule(data: bytes, field: str, tag: str) -> None:
    fault = refusal(data)
    assert (fault.field, fault.tag) == (field, tag)


_LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=5).filter(lambda key: key != "ticker"), _VALUES, max_size=5),
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": ")]),
)
def test_every_sound_document_passes_and_every_doubled_key_does_not(
    extra: dict[str, Any], ascii_only: bool, separators: tuple[str, str]
) -> None:
    allowed = {key: value for key, value in extra.items() if key not in Order.__struct_fields__}
    members = [
        json.dumps(key, ensure_ascii=ascii_only)
        + separators[1]
        + json.dumps(value, ensure_ascii=ascii_only, separators=separators)
        for key, value in [("ticker", "A"), *allowed.items()]
    ]
    text = "{" + separators[0].join(members) + "}"
    if "\\u0000" in text:
        refusal(text.encode())
        return
    assert DOOR.decode(text.encode()).ticker == "A"
    doubled = "{" + separators[0].join([*members, members[-1]]) + "}"
    assert "twice" in refusal(doubled.encode()).details


_TEXTS = ['"a"', '"b"', '":"', '"a b"', '"\\u0061"', '"é"', '"\x7f"']
_NUMBERS = ["1", "-0", "0.5", "9223372036854775808"]
_PARTS = ['{"ticker":"A"', '"items":[{"ticker":"B"}', "true", "null", "\n", *"{}[],::  "]
_PIECES = st.sampled_from([*_TEXTS, *_NUMBERS, *_PARTS])


@given(st.lists(_PIECES, max_size=20).map("".join))
def test_the_short_way_in_admits_nothing_that_the_long_one_refuses(text: str) -> None:
    for body in (text.encode(), ('{"ticker":"A",' + text + "}").encode()):
        if json_door._is_plain(body):
            json_door._look_closely(body)


@given(st.binary(max_size=60))
def test_no_bytes_do_anything_but_a_fault(data: bytes) -> None:
    for body in (data, b'{"ticker":"' + data + b'"}', b'{"ticker":"A",' + data + b"}"):
        with contextlib.suppress(BodyFault):
            assert DOOR.decode(body).side in ("bid", "ask")


@pytest.mark.parametrize(
    "value",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
    ],
)
def test_json_content_types(value: str) -> None:
    check_content_type(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json, application/json",
        "application/jsonp",
        "application/json; charset=latin-1",
    ],
)
def test_other_content_types_are_refused(value: str) -> None:
    with pytest.raises(Fault) as caught:
        check_content_type(value)
    assert (caught.value.status, caught.value.code) == (400, "invalid_content_type")
