"""Kalshi's JSON, old and new, becomes one plan."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from presage.app import importing
from presage.app.importing import Book, Plan
from tests.reference import SHARED

RECORDED = SHARED / "data" / "kalshi-2024-07"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

OLD_EVENTS = [
    {
        "_event_ticker": "HAIL-24",
        "_series_ticker": "HAIL",
        "_title": "Hail in 2024?",
        "_sub_title": "In 2024",
        "_category": "Weather",
        "_mutually_exclusive": True,
        "_strike_date": None,
        "discriminator": None,
    }
]
OLD_MARKETS = [
    {
        "HAIL-24": [
            {
                "_ticker": "HAIL-24-T5",
                "_event_ticker": "HAIL-24",
                "_title": "",
                "_subtitle": "More than 5 days",
                "_open_time": "2024-01-01T00:00:00Z",
                "_close_time": "2024-01-31T00:00:00Z",
                "_expiration_time": "2024-02-02T00:00:00Z",
                "_can_close_early": False,
                "_floor_strike": 5,
                "_custom_strike": {"yes": "x", "no": "y"},
                "_strike_type": "greater",
                "_status": "active",
                "discriminator": None,
            }
        ]
    }
]
OLD_BOOKS = [
    {"HAIL-24-T5": {"_yes": [[5, 100], [6, 50]], "_no": [[90, 10]], "discriminator": None}},
    {"WIND-24JUL14-B7": {"_yes": None, "_no": [[0, 5], [100, 5], [1, 0]]}},
]
OLD_HISTORY = [{"HAIL-24-T5": [{"_ts": 1, "_yes_bid": 0, "_volume": 0}]}]
NEW: dict[str, Any] = {
    "cursor": "",
    "events": [
        {
            "event_ticker": "KXFOG-26",
            "series_ticker": "KXFOG",
            "title": "Fog?",
            "sub_title": "In 2026",
            "category": "Weather",
            "mutually_exclusive": True,
            "collateral_return_type": "MECNET",
            "markets": [
                {
                    "ticker": "KXFOG-26-A",
                    "event_ticker": "KXFOG-26",
                    "yes_sub_title": "Thick",
                    "open_time": "2026-01-01T00:00:00Z",
                    "close_time": "2027-01-01T00:00:00Z",
                    "settlement_timer_seconds": 1800,
                    "price_level_structure": "deci_cent",
                    "rules_primary": "Yes if thick.",
                }
            ],
        }
    ],
}


def only(things: dict[str, Any]) -> Any:
    (thing,) = things.values()
    return thing


def test_recorded_files_of_2024_are_read() -> None:
    plan = importing.read([OLD_EVENTS, OLD_MARKETS, OLD_HISTORY])
    event = only(plan.events)
    assert event == {
        "event_ticker": "HAIL-24",
        "series_ticker": "HAIL",
        "title": "Hail in 2024?",
        "sub_title": "In 2024",
        "category": "Weather",
        "mutually_exclusive": True,
    }
    assert only(plan.series) == {"ticker": "HAIL", "title": "HAIL", "category": "Weather"}
    market = only(plan.markets)
    assert market["subtitle"] == "More than 5 days"
    assert "title" not in market
    assert (market["floor_strike"], market["can_close_early"]) == (5, False)
    assert market["latest_expiration_time"] == "2024-02-02T00:00:00Z"
    assert (plan.books, plan.unusable) == ({}, [])


def test_answers_with_nested_markets_are_read() -> None:
    plan = importing.read([NEW])
    assert only(plan.events)["collateral_return_type"] == "MECNET"
    market = only(plan.markets)
    assert (market["ticker"], market["event_ticker"]) == ("KXFOG-26-A", "KXFOG-26")
    assert (market["settlement_timer_seconds"], market["price_level_structure"]) == (
        1_800,
        "deci_cent",
    )


def test_markets_alone_bring_an_event_and_a_series_along() -> None:
    market = NEW["events"][0]["markets"][0]
    plan = importing.read([{"markets": [market], "cursor": ""}])
    assert only(plan.events)["series_ticker"] == "KXFOG"
    assert list(plan.series) == ["KXFOG"]


def test_series_are_read_with_their_words() -> None:
    series = {"ticker": "KXFOG", "title": "Fog", "category": "Weather", "frequency": "daily"}
    plan = importing.read([{"series": [series]}, NEW])
    assert only(plan.series) == {"ticker": "KXFOG", "title": "Fog", "category": "Weather"}


def test_books_are_levels_that_can_rest() -> None:
    plan = importing.read([OLD_BOOKS])
    assert plan.books["HAIL-24-T5"] == Book(
        "HAIL-24-T5", ((500, 10_000), (600, 5_000)), ((9_000, 1_000),)
    )
    assert plan.books["WIND-24JUL14-B7"] == Book("WIND-24JUL14-B7", (), ())
    paid = 500 * 10_000 + 600 * 5_000 + 9_000 * 1_000
    assert paid < plan.books["HAIL-24-T5"].cost < paid + 5_000_000


def test_books_without_a_market_get_one() -> None:
    plan = importing.with_books_only(importing.read([OLD_MARKETS, OLD_BOOKS]), NOW)
    market = plan.markets["WIND-24JUL14-B7"]
    assert market["event_ticker"] == "WIND-24JUL14"
    assert market["close_time"] == "2026-07-01T12:00:00Z"
    assert plan.events["WIND-24JUL14"]["series_ticker"] == "WIND"
    assert plan.markets["HAIL-24-T5"]["close_time"] == "2024-01-31T00:00:00Z"


def test_past_markets_run_from_now_as_long_as_they_did() -> None:
    plan = importing.read([OLD_MARKETS, NEW])
    moved = importing.shifted(plan, NOW)
    market = moved.markets["HAIL-24-T5"]
    assert market["open_time"] == "2026-06-01T12:00:00Z"
    assert importing.moment(market["close_time"]) == NOW + timedelta(days=30)
    assert importing.moment(market["latest_expiration_time"]) == NOW + timedelta(days=32)
    assert moved.markets["KXFOG-26-A"] == plan.markets["KXFOG-26-A"]


@pytest.mark.parametrize(
    "change",
    [
        {"close_time": None},
        {"close_time": "soon"},
        {"close_time": 5},
        {"settlement_timer_seconds": "x"},
    ],
)
def test_a_market_that_cannot_be_is_named(change: dict[str, Any]) -> None:
    market = NEW["events"][0]["markets"][0] | change
    plan = importing.read([{"markets": [market]}])
    assert plan.markets == {}
    assert plan.unusable[0].startswith("KXFOG-26-A: ")


@pytest.mark.parametrize("document", [None, 7, "text", [], {}, [[[]]], {"error": {"code": "x"}}])
def test_other_json_describes_nothing(document: Any) -> None:
    assert importing.read([document]) == Plan()


def test_the_recorded_data_is_read_whole() -> None:
    if not RECORDED.exists():
        pytest.skip("the recorded Kalshi data is not beside this checkout")
    documents = [json.loads(path.read_text()) for path in sorted(RECORDED.glob("*.json"))]
    plan = importing.read(documents)
    assert (len(plan.series), len(plan.events), len(plan.markets)) == (96, 100, 291)
    assert (len(plan.books), plan.unusable) == (100, [])
    shifted = importing.shifted(plan, NOW)
    assert all(importing.moment(m["close_time"]) > NOW for m in shifted.markets.values())
