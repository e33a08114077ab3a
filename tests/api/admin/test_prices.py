"""Feeding prices of the outside world to the streams."""

from __future__ import annotations

from presage.api.stream.prices import FeedName, PriceTick
from tests.api.admin.world import World


def test_prices_are_told_counted_and_noted(world: World) -> None:
    told: list[tuple[FeedName, PriceTick]] = []
    world.running.services.prices.listeners.append(lambda feed, tick: told.append((feed, tick)))
    prices = [
        {"id": "BRTI", "value": "68000.12", "source_ts_ms": 1_710_000_000_000},
        {"id": "BRTI", "value": "68000.13", "source_ts_ms": 1_710_000_000_000},
        {"id": "ETHUSD_RTI", "value": "3000"},
    ]
    done = world.admin("POST", "/prices", source="cfbenchmarks", prices=prices)
    assert (done["published"], done["ignored"]) == (2, 1)
    assert [(feed, tick.name, tick.text) for feed, tick in told] == [
        ("cfbenchmarks_value", "BRTI", "68000.12"),
        ("cfbenchmarks_value_5hz", "BRTI", "68000.12"),
        ("cfbenchmarks_value", "ETHUSD_RTI", "3000"),
        ("cfbenchmarks_value_5hz", "ETHUSD_RTI", "3000"),
    ]
    assert world.admin("GET", "/audit")["rows"][0]["action"] == "prices.publish"
