"""The dispatcher: the same steps in the same order for every request, and no surprise leaves it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from presage.api import faults
from presage.api.auth import ANONYMOUS
from presage.api.dispatch import Dispatcher, Mount
from presage.api.http import MAX_BODY, ClientGone, Incoming, Request
from presage.api.kalshi.errors import ERRORS, ErrorBody
from presage.api.limits import AddressLimits, Budget, RateLimits
from presage.api.registry import Api
from tests.api.asking import JSON_TYPE, ask, request, send
from tests.api.sample import API, APP, Ticks, app, by_name, public, who


def test_shapes_of_answers() -> None:
    created = send(APP, "POST", "/v2/echo", b'{"ticker":"A"}')
    assert (created.status, created.headers["content-type"]) == (201, "application/json")
    gone = send(APP, "DELETE", "/v2/nothing")
    assert (gone.status, gone.body) == (204, b"")
    assert "content-type" not in gone.headers
    assert "content-length" not in gone.headers
    chosen = send(APP, "GET", "/v2/teapot")
    assert (chosen.status, chosen.body) == (418, b"a,b\n")
    assert (chosen.headers["content-type"], chosen.headers["x-brew"]) == ("text/csv", "tea")


def test_a_rule_s_refusal_is_printed_as_the_handler_wants() -> None:
    answer = send(APP, "GET", "/v2/refuse")
    assert answer.status == 409
    assert answer.json == {"error": {"code": "market_closed", "message": "market closed"}}


def test_an_unknown_exception_is_logged_and_tells_the_client_nothing() -> None:
    with capture_logs() as logs:
        answer = send(APP, "GET", "/v2/crash?token=abc")
    assert answer.status == 500
    assert answer.json == {"error": {"code": "internal_error", "message": "internal error"}}
    assert [line["operation"] for line in logs] == ["Crash"]
    assert logs[0]["request_id"] == answer.headers["x-request-id"]
    assert "12345" in str(logs[0]["exc_info"])
    assert "token" not in str(logs)


def test_an_outage_is_503() -> None:
    with capture_logs():
        answer = send(APP, "GET", "/v2/outage")
    assert answer.status == 503
    assert answer.json["error"]["code"] == "service_unavailable"


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ((), b'{"ticker":"A"}', 400, "invalid_content_type"),
        ((), None, 400, "invalid_content_type"),
        (((b"content-type", b"text/plain"),), b"{}", 400, "invalid_content_type"),
        ((JSON_TYPE, JSON_TYPE), b"{}", 400, "invalid_content_type"),
        ((JSON_TYPE,), b"", 400, "bad_request"),
        ((JSON_TYPE,), b"[]", 400, "bad_request"),
        ((JSON_TYPE,), b'{"ticker":1}', 400, "bad_request"),
        ((JSON_TYPE, (b"content-encoding", b"gzip")), b"{}", 415, "unsupported_content_encoding"),
        ((JSON_TYPE, (b"content-encoding", b"br")), b"{}", 415, "unsupported_content_encoding"),
        ((JSON_TYPE, (b"content-length", b"1048577")), b"{}", 413, "request_too_large"),
        ((JSON_TYPE, (b"content-length", b"-1")), b"{}", 400, "bad_request"),
        ((JSON_TYPE, (b"content-length", b"+2")), b"{}", 400, "bad_request"),
        (
            (JSON_TYPE, (b"content-length", b"2"), (b"content-length", b"3")),
            b"{}",
            400,
            "bad_request",
        ),
        ((JSON_TYPE, (b"content-length", b"9" * 5_000)), b"{}", 400, "bad_request"),
        ((JSON_TYPE,), b" " * (MAX_BODY + 1), 413, "request_too_large"),
    ],
)
def test_bodies_that_do_not_get_in(
    headers: tuple[tuple[bytes, bytes], ...], body: bytes | None, status: int, code: str
) -> None:
    answer = send(APP, "POST", "/v2/echo", body, headers)
    assert (answer.status, answer.json["code"]) == (status, code)


def test_a_body_may_arrive_in_chunks_and_is_bounded_all_the_same() -> None:
    assert send(APP, "POST", "/v2/echo", [b'{"tick', b'er":', b'"A"}']).status == 201
    assert send(APP, "POST", "/v2/echo", [b" " * 600_000, b" " * 600_000]).status == 413
    assert send(APP, "POST", "/v2/echo", [b" " * (MAX_BODY - 2), b"{}"]).status == 201


def unfinished(*chunks: bytes) -> Request:
    asked = request("POST", "/v2/echo", (JSON_TYPE,), list(chunks))
    asked.incoming = Incoming()
    for chunk in chunks:
        asked.incoming.add(chunk)
    return asked


def test_nobody_is_answered_after_hanging_up() -> None:
    for asked in (unfinished(b'{"tick'), unfinished()):
        assert asked.incoming is not None
        asked.incoming.fail(ClientGone())
        with pytest.raises(ClientGone):
            asyncio.run(ask(APP, asked))


def test_a_body_that_never_comes_is_a_408() -> None:
    asked = unfinished(b'{"tick')
    assert asked.incoming is not None
    asked.incoming.fail(faults.body_too_slow())
    assert asyncio.run(ask(APP, asked)).status == 408


def test_a_body_may_come_later_than_its_head() -> None:
    async def run() -> int:
        asked = unfinished(b'{"tick')
        assert asked.incoming is not None
        answer = asyncio.create_task(ask(APP, asked))
        await asyncio.sleep(0)
        assert asked.incoming.wanted
        asked.incoming.add(b'er":"A"}')
        asked.incoming.finish()
        return (await answer).status

    assert asyncio.run(run()) == 201


def test_a_body_is_not_asked_for_before_its_caller_is_known() -> None:
    asked = request("POST", "/v2/orders", (JSON_TYPE,))
    asked.incoming = Incoming()
    assert asyncio.run(ask(APP, asked)).status == 401
    assert not asked.incoming.wanted


def test_an_optional_body_may_be_missing_but_not_wrong() -> None:
    assert send(APP, "PUT", "/v2/maybe").status == 200
    assert send(APP, "PUT", "/v2/maybe", b"", (JSON_TYPE,)).status == 200
    assert send(APP, "PUT", "/v2/maybe", b"{}").status == 200
    assert send(APP, "PUT", "/v2/maybe", b"{}", ()).json["code"] == "invalid_content_type"
    assert send(APP, "PUT", "/v2/maybe", b"[]").status == 400
    text = ((b"content-type", b"text/plain"),)
    assert send(APP, "PUT", "/v2/maybe", None, text).json["code"] == "invalid_content_type"


def test_an_unread_body_hurts_nobody() -> None:
    assert send(APP, "GET", "/v2/markets", b"\xff{", ()).status == 200


def test_a_query_is_refused_in_the_recorded_words() -> None:
    answer = send(APP, "GET", "/v2/markets?limit=1001")
    assert answer.status == 400
    assert answer.json == {
        "msg": "Parameter validation failed for GetMarkets: Key: 'GetMarketsParams.Limit' "
        "Error:Field validation for 'Limit' failed on the 'lte' tag"
    }


def test_an_address_has_a_length() -> None:
    assert send(APP, "GET", "/v2/markets?x=" + "a" * 110_000).status == 414


def test_public_operations_ignore_credentials() -> None:
    assert send(APP, "GET", "/v2/markets", headers=who("nobody")).json["member"] == 0


def test_private_operations_know_their_caller() -> None:
    assert send(APP, "GET", "/v2/orders", headers=who("trader")).json["member"] == 7
    assert send(APP, "GET", "/v2/orders").status == 401


def test_scopes_roles_and_locked_keys() -> None:
    order = b'{"ticker":"A"}'
    refused = send(APP, "POST", "/v2/orders", order, who("reader"))
    assert refused.status == 403
    assert refused.json["error"]["message"] == "this API key lacks the scope write::trade"
    assert send(APP, "POST", "/v2/orders", order, who("trader")).status == 201
    assert send(APP, "GET", "/v2/orders", headers=who("locked")).status == 403
    assert send(APP, "GET", "/v2/orders/1", headers=who("locked")).status == 200
    assert send(APP, "POST", "/v2/halt", headers=who("trader")).status == 403
    assert send(APP, "POST", "/v2/halt", headers=who("boss")).status == 200


def test_checks_come_in_order() -> None:
    """Each request breaks a rule and all later ones; the first rule answers."""
    clock = Ticks()
    strict = app(
        limits=RateLimits(clock, lambda member: "basic"),
        address_limits=AddressLimits(clock, Budget(1, 6)),
    )
    bad = b'{"ticker":1}'
    text = (b"content-type", b"text/plain")
    assert send(strict, "POST", "/v2/nope", bad, (text,)).status == 404
    assert send(strict, "PUT", "/v2/orders", bad, (text,)).status == 405
    assert send(strict, "POST", "/v2/orders", bad, (text,)).status == 400
    assert send(strict, "POST", "/v2/orders", bad).status == 401
    assert send(strict, "POST", "/v2/orders", bad, who("reader")).status == 403
    assert send(strict, "POST", "/v2/orders", bad, who("trader")).status == 400
    for _ in range(3):
        send(strict, "GET", "/v2/markets")
    assert send(strict, "POST", "/v2/orders", bad).status == 429
    assert send(strict, "POST", "/v2/orders", bad, host="192.0.2.2").status == 401


def test_a_member_s_budget_runs_out_and_flows_back() -> None:
    clock = Ticks()
    limited = app(limits=RateLimits(clock, lambda member: "basic"))

    def order() -> Any:
        return send(limited, "POST", "/v2/orders", b"{}", who("trader"))

    assert [order().status for _ in range(11)] == [201] * 10 + [429]
    refused = order()
    assert refused.body == b'{"error":"too many requests"}'
    # As on the exchange that was recorded, it names no time to wait.
    assert not [name for name in refused.headers if "retry" in name or "ratelimit" in name]
    assert send(limited, "GET", "/v2/orders", headers=who("trader")).status == 200
    assert send(limited, "GET", "/v2/markets", headers=who("trader")).status == 200
    clock.now += 100_000_000
    assert [order().status for _ in range(2)] == [201, 429]


def test_a_batch_pays_for_each_item() -> None:
    clock = Ticks()
    limited = app(limits=RateLimits(clock, lambda member: "basic"))

    def batch(size: int) -> int:
        body = msgspec.json.encode({"orders": [{"ticker": "A"}] * size})
        return send(limited, "POST", "/v2/orders/batched", body, who("trader")).status

    assert [batch(11), batch(6), batch(5), batch(4), batch(1)] == [429, 200, 429, 200, 429]


def test_two_apis_stand_side_by_side() -> None:
    other = Api(
        title="Other",
        version="1",
        prefix="/v2/inner",
        operations=(public("Inner", "/markets"),),
        errors=msgspec.structs.replace(
            ERRORS, render=lambda fault, operation: ErrorBody(fault.code, "other words")
        ),
    )
    both = Dispatcher([Mount(API, "outer", by_name), Mount(other, "inner")], clock=lambda: 0)
    assert send(both, "GET", "/v2/inner/markets").json["service"] == "inner"
    assert send(both, "GET", "/v2/markets").json["service"] == "outer"
    assert send(both, "GET", "/v2/inner/nope").json["message"] == "other words"
    assert send(both, "GET", "/v2/nope").json["error"]["message"] == "not found"


def test_a_private_operation_needs_someone_who_authenticates() -> None:
    with pytest.raises(ValueError, match="GetOrders is private"):
        Dispatcher([Mount(API)], clock=lambda: 0)


def test_anonymous_callers_hold_nothing() -> None:
    assert (ANONYMOUS.member, ANONYMOUS.scopes) == (0, frozenset())
