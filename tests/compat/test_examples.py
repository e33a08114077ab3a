"""What a newcomer meets: a demo exchange whose market maker is at work, and the examples."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.compat.client import Member
from tests.compat.server import Server, environment
from tests.compat.test_official_sync import sdk_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("demo") / "data", "demo", market_maker="on")
    server.start()
    yield server
    assert server.stop() == 0, server.log()[-3_000:]
    assert "Traceback" not in server.log()


@pytest.fixture(scope="module")
def member(demo: Server) -> Iterator[Member]:
    member = Member.from_file(demo.port, demo.data / "members" / "one.env")
    yield member
    member.close()


def test_there_is_a_lot_to_see_and_all_of_it_trades(member: Member) -> None:
    sdk = sdk_of(member)
    events = sdk.get_events(limit=200, with_nested_markets=True).events
    assert len(events) >= 14
    assert len({event.category for event in events}) >= 6
    markets = sdk.get_markets(limit=1_000, status="open").markets
    quoted = [market for market in markets if market.event_ticker != "KXCOIN-PRACTICE"]
    assert len(quoted) > 50
    for market in quoted:
        bid, ask = market.yes_bid_dollars, market.yes_ask_dollars
        assert "0.0000" < bid < ask < "1.0000"
        assert market.volume > 0
    assert len(sdk.get_trades(limit=1_000).trades) > 200


def test_the_june_cut_is_offered_at_34_cents_or_less(member: Member) -> None:
    (event,) = [
        event
        for event in member.get("/events?limit=200")["events"]
        if event["product_metadata"]["slug"] == "fed-rate-cut-june"
    ]
    (market,) = member.get(f"/markets?event_ticker={event['event_ticker']}")["markets"]
    assert market["yes_sub_title"] == "Yes"
    bought = member.placed(
        market["ticker"], "bid", "0.3400", "10.00", time_in_force="immediate_or_cancel"
    )
    assert bought["fill_count"] == "10.00"


ORDER = (
    b'{"eventSlug":"fed-rate-cut-june","optionLabel":"Yes","side":"YES","action":"BUY",'
    b'"quantity":10,"priceCents":34}'
)
"""The body of the published `curl`, byte for byte."""


def ask(demo: Server, path: str, body: bytes | None = None) -> tuple[int, Any]:
    """What `curl` gets from the site with the first member's key."""
    key = environment(demo.data / "members" / "one.env")["PRESAGE_BEARER_KEY"]
    assert re.fullmatch(r"pred_[A-Za-z0-9]{40}", key)
    headers = {"Authorization": f"Bearer {key}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    with urlopen(Request(demo.url + path, body, headers)) as answer:
        return answer.status, json.load(answer)


def test_the_two_published_calls_of_the_site_work_as_printed(demo: Server, member: Member) -> None:
    status, answer = ask(demo, "/api/trades", ORDER)
    assert status == 201
    trade = answer["trade"]
    assert (trade["eventSlug"], trade["optionLabel"]) == ("fed-rate-cut-june", "Yes")
    assert (trade["filledQuantity"], trade["result"]) == (10, "FILLED")
    assert trade["averagePriceCents"] <= 34
    status, answer = ask(demo, "/api/positions")
    assert status == 200
    (held,) = [one for one in answer["positions"] if one["eventSlug"] == "fed-rate-cut-june"]
    assert (held["side"], held["optionLabel"]) == ("YES", "Yes")
    assert held["quantity"] >= 10
    # The same fill, seen from Kalshi's side.
    fills = member.get(f"/portfolio/fills?ticker={trade['marketTicker']}")["fills"]
    assert {fill["fillId"] for fill in trade["fills"]} <= {fill["fill_id"] for fill in fills}


def run(name: str, *arguments: str) -> str:
    """What an example prints; it must end well."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    return done.stdout


def test_the_official_sdk_trades_from_first_look_to_settlement(demo: Server) -> None:
    printed = run("official_sdk.py", "--data", str(demo.data))
    assert "bought 1 yes at" in printed, "the market maker was there"
    assert printed.endswith("Everything was as it should be.\n")


def test_it_can_be_run_again(demo: Server) -> None:
    run("official_sdk.py", "--data", str(demo.data))


def test_the_official_async_sdk_trades(demo: Server) -> None:
    printed = run("official_sdk_async.py", "--data", str(demo.data))
    assert printed.endswith("Everything was as it should be.\n")


def test_a_signed_request_needs_no_sdk(demo: Server) -> None:
    printed = run("raw_http.py", "--env", str(demo.data / "members" / "one.env"))
    assert "'reduced_by': '1.00'" in printed
