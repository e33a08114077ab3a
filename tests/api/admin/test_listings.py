"""Listing series, events and markets, and what trading in them costs."""

from __future__ import annotations

import pytest

from tests.api.admin.world import DAY, World, rfc3339

TRADE = "/trade-api/v2"


def test_what_is_listed_is_printed_with_its_words(world: World) -> None:
    sources = [{"name": "Office", "url": "https://example.org"}]
    world.admin("POST", "/series", ticker="SNOW", title="Snow", category="Weather", tags=["cold"])
    world.admin(
        "POST",
        "/events",
        event_ticker="SNOW-26",
        series_ticker="SNOW",
        title="How much snow?",
        mutually_exclusive=True,
        collateral_return_type="MECNET",
        settlement_sources=sources,
    )
    world.admin(
        "POST",
        "/markets",
        ticker="SNOW-26-A",
        event_ticker="SNOW-26",
        close_time="2026-06-01T12:00:00+02:00",
        yes_sub_title="Some",
        rules_primary="Yes if it snows.",
        floor_strike=0.5,
        strike_type="greater",
        settlement_timer_seconds=60,
        price_level_structure="deci_cent",
    )
    event = world.call("GET", f"{TRADE}/events/SNOW-26").json["event"]
    assert event["title"] == "How much snow?"
    assert event["settlement_sources"] == sources
    assert event["collateral_return_type"] == "MECNET"
    market = world.call("GET", f"{TRADE}/markets/SNOW-26-A").json["market"]
    assert market["status"] == "active"
    assert market["close_time"] == "2026-06-01T10:00:00Z"
    assert (market["yes_sub_title"], market["floor_strike"]) == ("Some", 0.5)
    assert market["price_level_structure"] == "deci_cent"
    assert world.call("GET", f"{TRADE}/series/SNOW").json["series"]["category"] == "Weather"


def test_a_ticker_is_used_once_in_its_kind(world: World) -> None:
    world.list_market("ONCE")
    assert world.refused("POST", "/series", ticker="ONCE-S") == (409, "ticker_exists")
    taken = {"event_ticker": "ONCE-E", "series_ticker": "ONCE-S"}
    assert world.refused("POST", "/events", **taken) == (409, "ticker_exists")
    market = {"ticker": "ONCE", "event_ticker": "ONCE-E", "close_time": "2027-01-01T00:00:00Z"}
    assert world.refused("POST", "/markets", **market) == (409, "ticker_exists")


def test_series_event_and_market_may_share_a_ticker(world: World) -> None:
    world.admin("POST", "/series", ticker="SAME")
    world.admin("POST", "/events", event_ticker="SAME", series_ticker="SAME")
    world.add_market("SAME", "SAME")
    assert world.call("GET", f"{TRADE}/markets/SAME").status == 200


def test_a_refused_market_leaves_no_words_behind(world: World) -> None:
    world.list_market("WORDS")
    market = {"ticker": "WORDS-2", "event_ticker": "WORDS-E"}
    past = world.refused("POST", "/markets", **market, open_time=rfc3339(2), close_time=rfc3339(1))
    assert past == (400, "invalid_times")
    world.add_market("WORDS-2", "WORDS-E")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/series", {"ticker": "lower"}),
        ("/series", {"ticker": "A/B"}),
        ("/series", {"ticker": "A" * 65}),
        ("/series", {"ticker": "FEE", "fee_type": "free"}),
        ("/series", {"ticker": "FEE", "fee_multiplier": "half"}),
        ("/series", {"ticker": "FEE", "fee_multiplier": 0.5}),
        ("/events", {"event_ticker": "E", "series_ticker": "S", "strike_date": "2026-01-01"}),
        ("/markets", {"ticker": "M", "event_ticker": "E"}),
        ("/markets", {"ticker": "M", "event_ticker": "E", "close_time": "tomorrow"}),
        ("/markets", {"ticker": "M", "event_ticker": "E", "close_time": "2026-06-01T00:00:00"}),
        ("/markets", {"ticker": "M", "event_ticker": "E", "close_tim": "2026-06-01T00:00:00Z"}),
    ],
)
def test_what_cannot_be_listed_is_refused(world: World, path: str, body: dict[str, object]) -> None:
    assert world.refused("POST", path, **body) == (400, "validation_failed")


def test_rules_refuse_what_the_door_lets_through(world: World) -> None:
    world.list_market("RULES")
    market = {"ticker": "RULES-2", "event_ticker": "RULES-E", "close_time": rfc3339(DAY * 40_000)}
    odd = world.refused("POST", "/markets", **market, price_level_structure="penny")
    assert odd == (400, "invalid_value")
    event = {"event_ticker": "RULES-E2", "series_ticker": "RULES-S"}
    netting = world.refused("POST", "/events", **event, collateral_return_type="MECNET")
    assert netting == (400, "invalid_value")
    assert world.refused("POST", "/series", ticker="R3", fee_multiplier="101")[0] == 400
    orphan = world.refused("POST", "/events", event_ticker="X", series_ticker="NONE")
    assert orphan == (404, "not_found")


def test_fees_are_changed_for_a_series_and_overridden_for_an_event(world: World) -> None:
    world.list_market("FEES")
    series, event = "/series/FEES-S/fees", "/events/FEES-E/fees"
    assert world.admin("GET", series)["fee_type"] == "quadratic"
    changed = world.admin("PATCH", series, fee_type="flat", fee_multiplier="0.25")
    assert changed["fees"] == world.admin("GET", series)
    assert changed["fees"]["fee_multiplier"] == "0.25"
    assert world.admin("GET", event)["fee_type"] == ""
    world.admin("PATCH", event, fee_type="quadratic_with_maker_fees")
    assert world.admin("GET", event)["fee_type"] == "quadratic_with_maker_fees"
    world.admin("PATCH", event, fee_type="")
    assert world.admin("GET", event)["fee_type"] == ""
    assert world.refused("PATCH", "/series/NONE/fees", fee_type="flat") == (404, "not_found")
