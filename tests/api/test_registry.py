"""The tables themselves: an API that contradicts itself does not start."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from presage.api.dispatch import Dispatcher, Mount
from presage.api.kalshi.errors import ERRORS
from presage.api.registry import Api, Call, Operation


class Loose(msgspec.Struct):
    name: str = ""


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""


async def handler(call: Call[Any, Any]) -> None:
    """Do nothing at all.

    And say no more.
    """


def operation(**changes: Any) -> Operation:
    base: dict[str, Any] = {
        "id": "DoNothing", "method": "POST", "path": "/a", "handler": handler, "scope": "write",
    }  # fmt: skip
    return Operation(**(base | changes))


def api(*operations: Operation, **changes: Any) -> Api:
    return Api(title="T", version="1", prefix="/p", operations=operations, errors=ERRORS, **changes)


def test_what_an_operation_says_of_itself() -> None:
    one = operation(path="/a/{order_id}/b/{ticker}")
    assert one.summary == "Do nothing at all."
    assert one.path_names == ("order_id", "ticker")
    assert (one.cost, one.bucket) == (10, "write")
    assert operation(method="GET").bucket == "read"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"path": "a"}, "not a path"),
        ({"path": "/a/"}, "not a path"),
        ({"path": "/a//b"}, "not a path"),
        ({"path": "/{Bad}"}, "not a path"),
        ({"scope": ""}, "names the scope"),
        ({"items": len}, "only a body"),
        ({"body": Strict}, "may not forbid"),
    ],
)
def test_contradictions_are_found_at_once(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        api(operation(**changes))


def test_names_and_places_are_unique() -> None:
    with pytest.raises(ValueError, match="two operations are called DoNothing"):
        api(operation(), operation(path="/b"))
    twice = api(
        operation(auth="public", path="/{x}"),
        operation(auth="public", path="/{y}", id="Other"),
    )
    with pytest.raises(ValueError, match="two operations answer POST /p"):
        Dispatcher([Mount(twice)], clock=lambda: 0)


def test_unknown_fields_are_an_api_s_choice() -> None:
    assert api(operation(body=Loose)).operations[0].body is Loose
    assert api(operation(body=Strict), strict_bodies=True).operations[0].body is Strict
    with pytest.raises(ValueError, match="must forbid"):
        api(operation(body=Loose), strict_bodies=True)
