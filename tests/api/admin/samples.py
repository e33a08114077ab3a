"""What an operator writes about the world, one of each kind, for tests that need such things."""

from __future__ import annotations

from typing import Any, Final

from presage.units import SECOND
from tests.api.admin.world import START, World, rfc3339

NOW: Final = START // SECOND
MILLIS: Final = (NOW // 60) * 60_000

GAME: Final[dict[str, Any]] = {
    "category": "Sports",
    "type": "football_game",
    "title": "Reds at Blues",
    "start_date": rfc3339(NOW + 3_600),
    "end_date": rfc3339(NOW + 7_200),
    "related_event_tickers": ["LADDER-E", "OTHER-E"],
    "primary_event_tickers": ["LADDER-E"],
    "notification_message": "Reds at Blues is about to start",
    "source_id": "feed-1",
    "source_ids": {"feed": "feed-1", "other": "o-9"},
    "details": {"league": "Pro Football", "home": "Blues"},
}
TEAM: Final[dict[str, Any]] = {
    "name": "Reds",
    "type": "football_team",
    "details": {"leagues": ["Pro Football", "Cup"], "short": "RED"},
    "source_id": "t-1",
    "source_ids": {"feed": "t-1"},
}
LIVE: Final[dict[str, Any]] = {
    "type": "football_game",
    "details": {"home_score": 7, "away_score": 3},
    "player_stats": {"p-1": {"passing_yards": 120}},
    "pbp": {"periods": [{"events": [{"clock": "12:00", "text": "Kick-off"}]}, {"events": []}]},
}
CHART: Final[dict[str, Any]] = {
    "type": "crypto",
    "details": {"timeseries": [{"t": (NOW - 7_200) * 1_000, "v": 1}, {"t": NOW * 1_000, "v": 2}]},
    "is_historical": False,
    "default_range": "1h",
    "range_options": ["1h", "1d"],
}
CITY: Final[dict[str, Any]] = {
    "name": "Miami",
    "calibrations": [
        {
            "config_version": "miami-v1",
            "effective_at_ms": MILLIS - 86_400_000,
            "city_reference_c": 27.5,
            "change_reason": "first",
            "stations": [{"station_id": "KMIA", "weight": 0.5, "offset_c": -0.25}],
        }
    ],
}
READING: Final = {"station_id": "KMIA", "code": "ok", "source": "hf_asos", "temp_f": 88.123}
POINTS: Final[dict[str, Any]] = {
    "config_version": "miami-v1",
    "timeseries": [
        {
            "t": MILLIS - 120_000,
            "status": "normal",
            "v": 88.12,
            "contributors": 3,
            "stations": [READING],
        },
        {"t": MILLIS - 60_000, "status": "degraded", "v": 88.5, "contributors": 2},
        {"t": MILLIS, "status": "incomplete", "receipt_basis": "wire"},
    ],
}
SPORT: Final[dict[str, Any]] = {
    "position": 1,
    "scopes": ["Games", "Futures"],
    "competitions": {"Pro Football": {"scopes": ["Games"]}},
}
PROGRAM: Final[dict[str, Any]] = {
    "market_ticker": "LADDER-2",
    "incentive_type": "liquidity",
    "incentive_description": "Tight books",
    "start_date": rfc3339(NOW - 60),
    "end_date": rfc3339(NOW + 60),
    "period_reward": 500_000,
    "max_reward_per_account": 100_000,
    "target_size_fp": "500.00",
    "discount_factor_bps": 5_000,
}


def ladder(world: World) -> None:
    """Three thresholds on one number, priced so that the middle one is even."""
    world.admin("POST", "/series", ticker="LADDER-S", category="Sports", tags=["Football", "Cup"])
    world.admin(
        "POST",
        "/events",
        event_ticker="LADDER-E",
        series_ticker="LADDER-S",
        settlement_sources=[{"name": "The league", "url": "https://example.com/results"}],
    )
    for strike, bid, ask in (
        (1, "0.7400", "0.7600"),
        (2, "0.4900", "0.5100"),
        (3, "0.2400", "0.2600"),
    ):
        ticker = world.add_market(
            f"LADDER-{strike}", "LADDER-E", strike_type="greater", floor_strike=strike * 10
        )
        world.order(world.one, ticker, "bid", bid)
        world.order(world.two, ticker, "ask", ask)
