"""Everything a client can get wrong: a clear refusal of a recorded shape, nothing half done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.compat.client import V2, Member, Operator, Reply
from tests.compat.conftest import MakeMarket

ORDERS = "/portfolio/events/orders"
V1 = "/portfolio/orders"
UNKNOWN = "5b1f2c6e-0d3a-4c55-9a7e-3f6f0c1d2e4b"


@pytest.fixture(scope="module")
def quiet(make_market: MakeMarket) -> str:
    """A market in which nothing may happen."""
    return make_market()


@pytest.fixture(autouse=True)
def _nothing_happens(one: Member, two: Member) -> Iterator[None]:
    """Whatever is refused leaves both members' money and resting orders as they were."""

    def standing(member: Member) -> tuple[int, int]:
        resting = member.get("/portfolio/orders?status=resting")["orders"]
        return member.balance(), len(resting)

    before = standing(one), standing(two)
    yield
    assert (standing(one), standing(two)) == before


def assert_refused(reply: Reply, *statuses: int) -> None:
    """A refusal with one of the statuses (any 4xx when none is named), in a recorded shape."""
    assert 400 <= reply.status < 500, reply
    assert not statuses or reply.status in statuses, reply
    body = reply.body
    assert isinstance(body, dict), reply
    error = body.get("error", body)
    assert {"code", "message"} <= set(error) or set(body) == {"msg"}, reply
    assert "Traceback" not in reply.raw.decode()


def v2(ticker: str, **more: Any) -> dict[str, Any]:
    return {
        "ticker": ticker,
        "side": "bid",
        "count": "1.00",
        "price": "0.1000",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    } | more


def v1(market: str, /, **more: Any) -> dict[str, Any]:
    body = {"ticker": market, "action": "buy", "side": "yes", "count": 1, "yes_price": 10} | more
    return {name: value for name, value in body.items() if value is not ...}


MALFORMED = {
    "nothing": b"",
    "half an object": b"{",
    "a list": b"[]",
    "null": b"null",
    "a text": b'"order"',
    "two values": b"{}{}",
    "a trailing comma": b'{"ticker": "A",}',
    "a comment": b'{/* */"ticker": "A"}',
    "single quotes": b"{'ticker': 'A'}",
    "not UTF-8": b'{"ticker": "\xff\xfe"}',
    "UTF-16": '{"ticker": "A"}'.encode("utf-16"),
    "half a surrogate": b'{"ticker": "\\ud800"}',
    "a NUL": b'{"ticker": "A\\u0000B"}',
    "not a number": b'{"ticker": "A", "count": NaN}',
    "infinity": b'{"ticker": "A", "count": Infinity}',
    "more than a float": b'{"ticker": "A", "count": 1e400}',
    "more than any integer": b'{"ticker": "A", "expiration_time": ' + b"9" * 400 + b"}",
    "depth": b'{"ticker": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "many keys": b"{" + b",".join(b'"k%d":1' % i for i in range(20_000)) + b"}",
}


@pytest.mark.parametrize(
    "path", [ORDERS, V1, "/portfolio/order_groups/create", f"{ORDERS}/batched"]
)
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_bodies(one: Member, path: str, name: str) -> None:
    assert_refused(one.send("POST", path, MALFORMED[name]), 400, 413)


def test_a_key_said_twice(one: Member, quiet: str) -> None:
    text = json.dumps(v2(quiet))
    twice = text[:-1] + ', "count": "5.00"}'
    assert_refused(one.send("POST", ORDERS, twice.encode()), 400)


def test_a_huge_body(one: Member, quiet: str) -> None:
    body = json.dumps(v2(quiet, client_order_id="x" * 3_000_000)).encode()
    with suppress(ConnectionError):  # it need not listen to all of it
        assert_refused(one.send("POST", ORDERS, body), 413)
    assert one.send("GET", "/exchange/status").status == 200


def test_another_content_type(one: Member, quiet: str) -> None:
    headers = one.headers("POST", V2 + ORDERS) | {"Content-Type": "text/plain"}
    assert_refused(one.send("POST", ORDERS, json.dumps(v2(quiet)).encode(), headers), 400, 415)


@pytest.mark.parametrize("value", [None, True, 1, 1.5, [], {}, ["1.00"]], ids=repr)
@pytest.mark.parametrize("field", list(v2("")))
def test_v2_fields_of_another_type(one: Member, quiet: str, field: str, value: Any) -> None:
    assert_refused(one.call("POST", ORDERS, v2(quiet) | {field: value}), 400)


@pytest.mark.parametrize("field", list(v2("")))
def test_v2_fields_left_out(one: Member, quiet: str, field: str) -> None:
    body = v2(quiet)
    del body[field]
    assert_refused(one.call("POST", ORDERS, body), 400)


WRONG_V2: list[dict[str, Any]] = [
    *({"count": text} for text in ("", "0", "0.00", "-1", "1.001", "1e3", "NaN", " 1", "+1")),
    *({"count": text} for text in ("１", "1_0", "0x1", "1.", ".5", "inf", "1,0", "9" * 30)),
    {"count": "1000000000.01"},
    *({"price": text} for text in ("", "0", "0.0000", "1", "1.0000", "1.01", "-0.1", "abc")),
    *({"price": text} for text in ("0.1050", "0.00001", "0.10000000", "NaN", "１", "1e-1", "10")),
    {"side": "yes"},
    {"side": "BID"},
    {"time_in_force": "gtc"},
    {"self_trade_prevention_type": "none"},
    {"expiration_time": 1},
    {"expiration_time": -1},
    {"expiration_time": "tomorrow"},
    {"expiration_time": 2**70},
    {"client_order_id": "x" * 65},
    {"client_order_id": "a\nb"},
    {"client_order_id": 7},
    {"post_only": "yes"},
    {"post_only": True, "time_in_force": "immediate_or_cancel"},
    {"reduce_only": True},
    {"subaccount": 64},
    {"subaccount": -1},
    {"subaccount": 62},
    {"order_group_id": UNKNOWN},
    {"order_group_id": "nothing"},
    {"ticker": "NOT-THERE"},
    {"ticker": ""},
    {"ticker": "x" * 5_000},
    {"ticker": "'; drop table orders; --"},
]


@pytest.mark.parametrize("wrong", WRONG_V2, ids=lambda wrong: str(wrong)[:60])
def test_v2_orders_with_one_thing_wrong(one: Member, quiet: str, wrong: dict[str, Any]) -> None:
    assert_refused(one.call("POST", ORDERS, v2(quiet) | wrong), 400, 404)


WRONG_V1: list[dict[str, Any]] = [
    *({"count": value} for value in (0, -1, 1.5, "1", None, True, 10**12, 10**40)),
    {"count": ...},
    {"count_fp": "2.00"},
    *({"yes_price": value} for value in (0, 100, -5, 10.5, "10", True, 10**40)),
    {"yes_price": ...},
    {"no_price": 90},
    {"no_price": 10},
    {"yes_price_dollars": "0.2000"},
    {"yes_price": ..., "yes_price_dollars": "0.1050"},
    {"yes_price": ..., "yes_price_dollars": "abc"},
    {"action": "hold"},
    {"action": ...},
    {"side": "maybe"},
    {"side": ...},
    {"type": "stop"},
    {"time_in_force": "day"},
    {"expiration_ts": 5},
    {"buy_max_cost": -1},
    {"buy_max_cost": 10**40},
    {"sell_position_floor": 3},
    {"reduce_only": True},
    {"client_order_id": "x" * 65},
    {"ticker": "NOT-THERE"},
    {"order_group_id": "nothing"},
]


@pytest.mark.parametrize("wrong", WRONG_V1, ids=lambda wrong: str(wrong)[:60])
def test_v1_orders_with_one_thing_wrong(one: Member, quiet: str, wrong: dict[str, Any]) -> None:
    assert_refused(one.call("POST", V1, v1(quiet, **wrong)), 400, 404)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"orders": []},
        {"orders": None},
        {"orders": {}},
        {"orders": [None]},
        {"orders": [[]]},
        {"orders": [{}] * 101},
    ],
    ids=lambda body: str(body)[:40],
)
@pytest.mark.parametrize("path", [f"{ORDERS}/batched", f"{V1}/batched"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_batches_that_are_none(one: Member, method: str, path: str, body: Any) -> None:
    assert_refused(one.call(method, path, body), 400)


@pytest.mark.parametrize(
    "query",
    [
        "/markets?limit=0x10",
        "/markets?limit=-1",
        "/markets?limit=1001",
        "/markets?limit=",
        "/markets?limit=1&limit=2",
        "/markets?limit=99999999999999999999",
        "/markets?status=nonsense",
        "/markets?status=open,closed",
        "/markets?min_close_ts=abc",
        "/markets?min_created_ts=1&status=closed",
        "/events?limit=201",
        "/events?with_nested_markets=perhaps",
        "/markets/trades?limit=1001",
        "/markets/trades?min_ts=1.5",
        "/portfolio/orders?limit=1001",
        "/portfolio/orders?status=lost",
        "/portfolio/fills?min_ts=yesterday",
        "/portfolio/orders/queue_positions",
        "/portfolio/settlements?limit=-5",
        "/markets/candlesticks?market_tickers=A&start_ts=1&end_ts=2&period_interval=5",
        "/markets/candlesticks?market_tickers=A&start_ts=x&end_ts=2&period_interval=1",
        "/markets/candlesticks?start_ts=1&end_ts=2&period_interval=1",
        "/portfolio/balance?subaccount=64",
        "/portfolio/balance?subaccount=-1",
    ],
)
def test_queries_that_make_no_sense(one: Member, query: str) -> None:
    assert_refused(one.send("GET", query), 400)


@pytest.mark.parametrize(
    "path",
    [
        "/markets/NOT-THERE",
        "/markets/NOT-THERE/orderbook",
        "/events/NOT-THERE",
        "/series/NOT-THERE",
        "/portfolio/orders/not-an-id",
        f"/portfolio/orders/{UNKNOWN}",
        f"/portfolio/orders/{UNKNOWN}/queue_position",
        f"/portfolio/order_groups/{UNKNOWN}",
        "/portfolio/orders/%00",
        "/markets/%ff",
        "/nowhere",
    ],
)
def test_what_is_not_there(one: Member, path: str) -> None:
    assert_refused(one.send("GET", path), 404, 400)


def test_somebody_elses_things_are_not_there(one: Member, two: Member, quiet: str) -> None:
    order = one.placed(quiet, "bid", "0.1000", "1.00")["order_id"]
    group = one.call("POST", "/portfolio/order_groups/create", {"contracts_limit": 5}).body
    amend = {"ticker": quiet, "side": "bid", "price": "0.1100", "count": "1.00"}
    attempts = [
        ("GET", f"{V1}/{order}", None),
        ("GET", f"{V1}/{order}/queue_position", None),
        ("DELETE", f"{V1}/{order}", None),
        ("DELETE", f"{ORDERS}/{order}", None),
        ("POST", f"{ORDERS}/{order}/amend", amend),
        ("POST", f"{ORDERS}/{order}/decrease", {"reduce_by": "1.00"}),
        ("POST", f"{V1}/{order}/decrease", {"reduce_by": 1}),
        ("GET", f"/portfolio/order_groups/{group['order_group_id']}", None),
        ("PUT", f"/portfolio/order_groups/{group['order_group_id']}/trigger", {}),
        ("DELETE", f"/portfolio/order_groups/{group['order_group_id']}", None),
        ("DELETE", f"/api_keys/{one.key_id}", None),
    ]
    for method, path, body in attempts:
        assert_refused(two.call(method, path, body), 404)
    assert two.place(
        quiet, "bid", "0.1000", "1.00", order_group_id=group["order_group_id"]
    ).status in (
        400,
        404,
    )
    assert one.order(order)["status"] == "resting"
    assert one.cancel(order).status == 200
    one.call("DELETE", f"/portfolio/order_groups/{group['order_group_id']}")


def test_a_repeated_signature_does_nothing_a_second_time(one: Member, quiet: str) -> None:
    headers = one.headers("POST", V2 + ORDERS)
    body = json.dumps(v2(quiet)).encode()
    first = one.send("POST", ORDERS, body, headers)
    assert first.status == 201
    assert_refused(one.send("POST", ORDERS, body, headers), 401)
    assert one.cancel(first.body["order_id"]).status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"KALSHI-ACCESS-TIMESTAMP": "now"},
        {"KALSHI-ACCESS-TIMESTAMP": ""},
        {"KALSHI-ACCESS-TIMESTAMP": "-1"},
        {"KALSHI-ACCESS-TIMESTAMP": "9" * 40},
        {"KALSHI-ACCESS-SIGNATURE": "not base64!"},
        {"KALSHI-ACCESS-SIGNATURE": "AAAA"},
        {"KALSHI-ACCESS-SIGNATURE": "A" * 50_000},
        {"KALSHI-ACCESS-KEY": "nobody"},
        {"KALSHI-ACCESS-KEY": ""},
    ],
    ids=lambda change: str(change)[:50],
)
def test_headers_that_prove_nothing(one: Member, quiet: str, change: dict[str, str]) -> None:
    headers = one.headers("POST", V2 + ORDERS) | change
    reply = one.send("POST", ORDERS, json.dumps(v2(quiet)).encode(), headers)
    assert_refused(reply, 401, 400, 431)


def test_no_headers_at_all(one: Member) -> None:
    assert_refused(one.send("GET", "/portfolio/balance", headers={}), 401)


@pytest.mark.parametrize("verb", ["close", "pause"])
def test_markets_that_take_no_orders(
    one: Member, operator: Operator, make_market: MakeMarket, verb: str
) -> None:
    market = make_market()
    order = one.placed(market, "bid", "0.1000", "2.00")["order_id"]
    operator.act("POST", f"/markets/{market}/{verb}")
    amend = {"ticker": market, "side": "bid", "price": "0.1100", "count": "2.00"}
    assert_refused(one.place(market, "bid", "0.1000", "1.00"), 409)
    assert_refused(one.call("POST", V1, v1(market)), 409)
    assert_refused(one.call("POST", f"{ORDERS}/{order}/amend", amend), 404, 409)
    if verb == "pause":
        assert one.cancel(order).status == 200
    else:
        assert_refused(one.cancel(order), 404, 409)


def test_a_pause_of_trading_stops_orders_and_not_cancels(
    one: Member, operator: Operator, quiet: str
) -> None:
    order = one.placed(quiet, "bid", "0.1000", "1.00")["order_id"]
    operator.act("POST", "/exchange/pause", trading_active=False)
    try:
        refused = one.place(quiet, "bid", "0.1000", "1.00")
        assert_refused(refused, 409)
        assert refused.body["error"]["code"] == "trading_is_paused"
        assert one.cancel(order).status == 200
        operator.act("POST", "/exchange/pause", exchange_active=False)
        assert_refused(one.place(quiet, "bid", "0.1000", "1.00"), 409)
    finally:
        operator.act("POST", "/exchange/pause", exchange_active=True, trading_active=True)


def test_no_money(one: Member, quiet: str) -> None:
    reply = one.place(quiet, "ask", "0.0100", "1000000.00")
    assert_refused(reply, 400)
    assert reply.body["error"]["code"] == "insufficient_balance"


def test_a_member_may_not_run_the_exchange(one: Member, server: Any, quiet: str) -> None:
    path = server.data / "members" / "one.env"
    intruder = Operator.from_file(server.port, path, "/api/admin")
    for method, where in (("GET", "/members"), ("POST", f"/markets/{quiet}/settle")):
        reply = intruder.call(method, where, None if method == "GET" else {"result": "yes"})
        assert reply.status == 403
    nobody = intruder.send("GET", "/members", headers={})
    assert nobody.status == 401
    intruder.close()
