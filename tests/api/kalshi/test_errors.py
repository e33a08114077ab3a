"""Kalshi's four error shapes, byte for byte where a reply was recorded."""

from __future__ import annotations

import msgspec
import pytest

from presage.api import faults
from presage.api.faults import BodyFault, Fault, QueryFault
from presage.api.json_door import JsonDoor
from presage.api.kalshi.errors import not_found, render


class CreateOrderV2Request(msgspec.Struct):
    ticker: str
    count: str
    expiration_ts: int | None = None


class Batch(msgspec.Struct):
    orders: list[CreateOrderV2Request]


def printed(fault: Fault, operation: str = "") -> str:
    return msgspec.json.encode(render(fault, operation)).decode()


def body_fault(struct: type[msgspec.Struct], data: bytes) -> BodyFault:
    with pytest.raises(BodyFault) as caught:
        JsonDoor(struct).decode(data)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "body"),
    [
        (
            faults.not_authenticated("NOT_FOUND"),
            '{"error":{"code":"authentication_error","message":"authentication_error",'
            '"details":"NOT_FOUND"}}',
        ),
        (
            faults.expired_timestamp(),
            '{"error":{"code":"header_timestamp_expired","message":"header timestamp expired"}}',
        ),
        (
            faults.missing_header("signature"),
            '{"error":{"code":"signature_is_missing_from_headers",'
            '"message":"signature is missing from headers"}}',
        ),
        (
            faults.wrong_content_type(),
            '{"code":"invalid_content_type","message":"invalid_content_type"}',
        ),
        (faults.too_many_requests(), '{"error":"too many requests"}'),
        (
            faults.unavailable(),
            '{"error":{"code":"service_unavailable","message":"service unavailable"}}',
        ),
    ],
)
def test_recorded_bodies(fault: Fault, body: str) -> None:
    assert printed(fault) == body


def test_a_number_for_a_text_is_told_in_the_recorded_words() -> None:
    fault = body_fault(CreateOrderV2Request, b'{"ticker":"A","count":1,"price":0.01}')
    assert printed(fault, "CreateOrderV2") == (
        '{"code":"bad_request","message":"bad request","details":"json: cannot unmarshal number '
        'into Go struct field CreateOrderV2Request.count of type string"}'
    )


def test_a_limit_over_its_bound_is_told_in_the_recorded_words() -> None:
    assert printed(QueryFault("limit", "", "lte"), "GetMarkets") == (
        '{"msg":"Parameter validation failed for GetMarkets: Key: \'GetMarketsParams.Limit\' '
        "Error:Field validation for 'Limit' failed on the 'lte' tag\"}"
    )


@pytest.mark.parametrize(
    ("struct", "data", "details"),
    [
        (
            Batch,
            b'{"orders":[{"ticker":"A","count":true}]}',
            "json: cannot unmarshal bool into Go struct field Batch.orders.count of type string",
        ),
        (
            CreateOrderV2Request,
            b'{"ticker":"A","count":"1","expiration_ts":"x"}',
            "json: cannot unmarshal string into Go struct field "
            "CreateOrderV2Request.expiration_ts of type int",
        ),
        (Batch, b"[]", "json: cannot unmarshal array into Go value of type Batch"),
        (
            Batch,
            b'{"orders":[{"count":"1"}]}',
            "Key: 'Batch.Orders.Ticker' Error:Field validation for 'Ticker' failed on the "
            "'required' tag",
        ),
        (Batch, b"{", "invalid JSON: "),
    ],
)
def test_details_of_other_bodies(struct: type[msgspec.Struct], data: bytes, details: str) -> None:
    reply = msgspec.json.decode(printed(body_fault(struct, data)))
    assert reply["code"] == "bad_request"
    assert reply["details"].startswith(details)


def test_a_query_that_cannot_be_read() -> None:
    fault = QueryFault("event_ticker", "given more than once")
    assert printed(fault, "GetMarkets") == (
        '{"msg":"Invalid format for parameter event_ticker: given more than once"}'
    )


def test_unknown_objects() -> None:
    error = not_found()
    assert error.status == 404
    assert msgspec.json.encode(error.body) == (
        b'{"error":{"code":"not_found","message":"not found","service":"exchange"}}'
    )
