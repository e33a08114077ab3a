"""What clients say becomes one command in every generation, or a sentence that says why not."""

from __future__ import annotations

from typing import Any

import pytest

from presage.api.faults import ApiError
from presage.api.kalshi import translate
from presage.api.kalshi.errors import NestedError
from presage.domain.orders import ASK, BID
from presage.wire.kalshi.orders import AmendOrderRequest, CreateOrderRequest


def v1(**fields: Any) -> CreateOrderRequest:
    return CreateOrderRequest(**{"ticker": "T", "side": "yes", "action": "buy"} | fields)


def why(error: pytest.ExceptionInfo[ApiError]) -> tuple[int, str, str]:
    body = error.value.body
    assert isinstance(body, NestedError)
    return error.value.status, body.error.code, body.error.details


@pytest.mark.parametrize(
    ("action", "side", "book_side"),
    [("buy", "yes", BID), ("sell", "no", BID), ("buy", "no", ASK), ("sell", "yes", ASK)],
)
def test_directions(action: str, side: str, book_side: int) -> None:
    assert translate.v1_side(action, side) == book_side


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({"yes_price": 35}, 3_500),
        ({"no_price": 35}, 6_500),
        ({"yes_price_dollars": "0.3512"}, 3_512),
        ({"no_price_dollars": "0.3512"}, 6_488),
        ({"yes_price": 35, "yes_price_dollars": "0.35"}, 3_500),
        ({"no_price": 35, "no_price_dollars": "0.3500"}, 6_500),
        ({}, None),
    ],
)
def test_one_price_in_yes_terms(fields: dict[str, Any], price: int | None) -> None:
    assert translate.v1_price(v1(**fields)) == price
    body = AmendOrderRequest(ticker="T", side="yes", action="buy", **fields)
    assert translate.v1_price(body) == price


@pytest.mark.parametrize(
    "fields",
    [
        {"yes_price": 35, "no_price": 65},
        {"yes_price": 35, "no_price": 35},
        {"yes_price": 35, "yes_price_dollars": "0.36"},
        {"yes_price_dollars": "0.35", "no_price_dollars": "0.65"},
        {"yes_price_dollars": "a"},
        {"yes_price_dollars": "-0.35"},
        {"yes_price_dollars": "0.35001"},
        {"yes_price_dollars": ""},
        {"yes_price_dollars": "1e-1"},
        {"yes_price_dollars": "\uff11"},
    ],
)
def test_prices_that_cannot_be_meant(fields: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as error:
        translate.v1_price(v1(**fields))
    status, code, details = why(error)
    assert (status, code) == (400, "invalid_order")
    assert "price" in details


@pytest.mark.parametrize(
    ("whole", "text", "count"),
    [(3, None, 300), (None, "3", 300), (None, "3.25", 325), (3, "3.00", 300), (None, None, None)],
)
def test_one_count(whole: int | None, text: str | None, count: int | None) -> None:
    assert translate.twin_count(whole, text, "count") == count


@pytest.mark.parametrize(("whole", "text"), [(3, "3.01"), (None, "3.001"), (None, "three")])
def test_counts_that_cannot_be_meant(whole: int | None, text: str) -> None:
    with pytest.raises(ApiError) as error:
        translate.twin_count(whole, text, "count")
    assert why(error)[:2] == (400, "invalid_order")


@pytest.mark.parametrize("text", ["a", "A-b_c:d+e=f/9", "x" * 64])
def test_names_of_orders(text: str) -> None:
    assert translate.client_order_id(text) == text


@pytest.mark.parametrize("text", ["x" * 65, "a b", "a.b", "\u00e9", "a\n", "\U0001f600"])
def test_names_that_orders_cannot_have(text: str) -> None:
    with pytest.raises(ApiError) as error:
        translate.client_order_id(text)
    assert why(error)[:2] == (400, "invalid_parameters")


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_order_need_not_have_a_name(nothing: str | None) -> None:
    assert translate.client_order_id(nothing) == ""


def test_an_unchanged_name_is_no_new_name() -> None:
    assert translate.new_client_order_id("a", "a") == ""
    assert translate.new_client_order_id("a", "b") == "b"
    assert translate.new_client_order_id("a", None) == ""


def test_times() -> None:
    assert translate.expires_at(None, "f") == 0
    assert translate.expires_at(1_790_000_000, "f") == 1_790_000_000_000_000
    assert translate.micros(None) is None
    assert translate.micros(2**62) == translate.LAST_SECOND * 1_000_000
    assert translate.micros(-(2**62)) == 0


@pytest.mark.parametrize("seconds", [0, -1, 1_790_000_000_000])
def test_times_that_are_none(seconds: int) -> None:
    with pytest.raises(ApiError) as error:
        translate.expires_at(seconds, "expiration_ts")
    assert "expiration_ts" in why(error)[2]
