"""Where a request goes: paths, methods, slashes, and what other web pages may read."""

from __future__ import annotations

import pytest

from presage.api.routing import RouteTree
from tests.api.asking import send
from tests.api.sample import APP, who


@pytest.mark.parametrize(
    ("target", "operation", "path"),
    [
        ("/v2/markets", "GetMarkets", {}),
        ("/v2/markets?limit=3", "GetMarkets", {}),
        ("/v2/%6Darkets", "GetMarkets", {}),
        ("/v2/markets/orderbooks", "GetOrderbooks", {}),
        ("/v2/markets/KX-1", "GetMarket", {"ticker": "KX-1"}),
        ("/v2/markets/K%58-1", "GetMarket", {"ticker": "KX-1"}),
        ("/v2/markets/a;x=1", "GetMarket", {"ticker": "a;x=1"}),
        ("/v2/markets/%2561", "GetMarket", {"ticker": "%61"}),
        ("/v2/markets/orderbooks/orderbook", "GetMarketOrderbook", {"ticker": "orderbooks"}),
        ("/v2/series/A/markets/B/candles", "GetCandles", {"series_ticker": "A", "ticker": "B"}),
    ],
)
def test_routes_lead_to_their_operation(target: str, operation: str, path: dict[str, str]) -> None:
    answer = send(APP, "GET", target)
    assert answer.status == 200
    assert answer.json == {
        "operation": operation,
        "at": 1_700_000_000_000_000,
        "member": 0,
        "path": path,
        "service": "the services",
    }


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "",
        "*",
        "/v2",
        "/v2/",
        "/v1/markets",
        "/v2/nothing-here",
        "//v2/markets",
        "/v2//markets",
        "/v2/markets/..",
        "/v2/markets/%2e%2e",
        "/v2/markets/.",
        "/v2/markets/%00",
        "/v2/markets/a%0Ab",
        "/v2/markets/a%2Fb",
        "/v2/markets/%C0%AF",
        "/v2/markets/\xff",
        "/v2/markets/" + "a" * 600,
        "/v2/markets/../../etc/passwd",
        "/.env",
        "//evil.example/",
        "/%2f%2fevil.example/",
    ],
)
def test_other_paths_are_unknown(target: str) -> None:
    answer = send(APP, "GET", target)
    assert answer.status == 404
    assert answer.json == {"error": {"code": "not_found", "message": "not found"}}


def test_a_method_the_path_does_not_know_is_told_which_ones_it_does() -> None:
    answer = send(APP, "POST", "/v2/markets", b"{}")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json["error"]["code"] == "method_not_allowed"
    assert send(APP, "TRACE", "/v2/orders").headers["allow"] == "GET, HEAD, POST"
    assert send(APP, "PATCH", "/v2/nope").status == 404


def test_a_literal_path_knows_its_own_methods_only() -> None:
    refused = send(APP, "GET", "/v2/orders/batched", headers=who("trader"))
    assert refused.status == 405
    assert refused.headers["allow"] == send(APP, "PUT", "/v2/orders/batched").headers["allow"]
    assert "GET" not in refused.headers["allow"]


def test_head_is_get_without_the_body() -> None:
    full = send(APP, "GET", "/v2/markets/KX-1")
    head = send(APP, "HEAD", "/v2/markets/KX-1")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(full.body)) == full.headers["content-length"]


def test_a_trailing_slash_moves_to_the_bare_path() -> None:
    answer = send(APP, "GET", "/v2/markets/?limit=3&cursor=a%2Fb")
    assert (answer.status, answer.body) == (301, b"")
    assert answer.headers["location"] == "/v2/markets?limit=3&cursor=a%2Fb"
    assert send(APP, "GET", "/v2/markets/KX-1/orderbook/").headers["location"] == (
        "/v2/markets/KX-1/orderbook"
    )
    assert send(APP, "GET", "/v2/nothing-here/").status == 404
    assert send(APP, "GET", "/v2/markets//").status == 404


def test_any_page_may_ask_for_public_reads_only() -> None:
    preflight = send(APP, "OPTIONS", "/v2/markets")
    assert (preflight.status, preflight.body) == (204, b"")
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert send(APP, "OPTIONS", "/v2/orders").status == 405
    assert send(APP, "GET", "/v2/markets").headers["access-control-allow-origin"] == "*"
    signed = send(APP, "GET", "/v2/orders", headers=who("trader"))
    assert "access-control-allow-origin" not in signed.headers
    assert signed.headers["cache-control"] == "no-store"


def test_a_blind_alley_leaves_nothing_behind() -> None:
    tree: RouteTree[str] = RouteTree()
    tree.add("GET", "/a/fixed/{x}/end", "one")
    tree.add("GET", "/a/{y}/{z}/other", "two")
    assert tree.find("GET", "/a/fixed/1/end") == ("one", {"x": "1"}, frozenset())
    assert tree.find("GET", "/a/fixed/1/other") == ("two", {"y": "fixed", "z": "1"}, frozenset())
    assert tree.find("GET", "/a/fixed/1/nothing") == (None, {}, frozenset())
