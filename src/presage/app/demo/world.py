"""What the demo knows about the world: milestones, teams, live data, weather, programs, sports,
combos.

Everything is dated from the start of the exchange; nothing here knows how it is stored.
"""

from __future__ import annotations

from typing import Any, Final

from presage.catalog.collections import AssociatedEvent, Collection
from presage.catalog.exchange import Announcement, Window
from presage.catalog.incentives import Program
from presage.catalog.live_data import EventLiveData, LiveData
from presage.catalog.milestones import Milestone
from presage.catalog.sports import SportFilter
from presage.catalog.targets import Target
from presage.catalog.weather import City, Point
from presage.units import CONTRACT, SECOND, Micros

HOUR: Final[Micros] = 3_600 * SECOND
DAY: Final[Micros] = 24 * HOUR
CITY: Final = "new-york"
CONFIG: Final = "new-york-temperature-v1.0"
FINAL: Final = "0b6d3f0e-5a0f-7c11-9d52-2f1a4c9e7b01"
HIGH: Final = "0b6d3f0e-5a0f-7c11-9d52-2f1a4c9e7b02"
_TEAMS: Final = (
    ("Spain", "ESP"),
    ("France", "FRA"),
    ("England", "ENG"),
    ("Brazil", "BRA"),
    ("Argentina", "ARG"),
    ("Germany", "GER"),
)
_POINTS: Final = 180
"""Minutes of weather before the start."""
_MINUTE: Final = 60_000


def milestones(at: Micros) -> list[Milestone]:
    return [
        Milestone(
            id=FINAL,
            category="Sports",
            type="soccer_tournament_multi_leg",
            title="Final of the men's football world championship",
            start_at=at + 1_320 * DAY,
            end_at=at + 1_330 * DAY,
            related_event_tickers=("KXWORLDCUP-NEXT",),
            primary_event_tickers=("KXWORLDCUP-NEXT",),
            notification_message="The final is about to begin",
            source_id="demo-final",
            source_ids={"demo": "demo-final"},
            details={"competition": "World championship", "stage": "final"},
            updated_at=at,
        ),
        Milestone(
            id=HIGH,
            category="Climate and Weather",
            type="weather_reading",
            title="Daily climate report of Central Park",
            start_at=at + DAY,
            related_event_tickers=("KXHIGHPARK-TMRW",),
            primary_event_tickers=("KXHIGHPARK-TMRW",),
            notification_message="The report is out",
            details={"station": "KNYC"},
            updated_at=at,
        ),
    ]


def targets(at: Micros) -> list[Target]:
    return [
        Target(
            id=f"0b6d3f0e-5a0f-7c11-9d52-{number:012x}",
            name=name,
            type="soccer_team",
            details={"short_name": short, "leagues": ["World championship"]},
            source_id=f"demo-{short.lower()}",
            source_ids={"demo": f"demo-{short.lower()}"},
            updated_at=at,
        )
        for number, (name, short) in enumerate(_TEAMS, start=1)
    ]


def live_data(at: Micros) -> list[LiveData]:
    kick_off: dict[str, Any] = {"clock": "00:00", "team": "ESP", "text": "Kick-off"}
    return [
        LiveData(
            milestone_id=FINAL,
            type="soccer_tournament_multi_leg",
            details={"status": "scheduled", "home_score": 0, "away_score": 0},
            players={"demo-1": {"name": "To be announced", "goals": 0}},
            periods=[{"events": [kick_off]}],
            updated_at=at,
        ),
        LiveData(
            milestone_id=HIGH,
            type="weather_reading",
            details={"status": "pending", "unit": "fahrenheit"},
            updated_at=at,
        ),
    ]


def event_live_data(at: Micros) -> list[EventLiveData]:
    series = [{"t": point.at, "v": (point.value or 0) / 100} for point in points(at)]
    return [
        EventLiveData(
            event_ticker="KXHIGHPARK-TMRW",
            type="weather",
            details={"unit": "fahrenheit", "timeseries": series[::15]},
            is_historical=False,
            default_range="1h",
            range_options=("1h", "1d"),
            updated_at=at,
        )
    ]


def cities(at: Micros) -> list[City]:
    effective = (at - 30 * DAY) // 1_000
    return [
        City(
            id=CITY,
            name="New York",
            calibrations=(
                {
                    "config_version": CONFIG,
                    "published_at_ms": effective,
                    "effective_at_ms": effective,
                    "change_reason": "First configuration",
                    "city_reference_c": 9.5,
                    "stations": [
                        {"station_id": "KNYC1M", "weight": 0.5, "offset_c": 0.0},
                        {"station_id": "KLGA1M", "weight": 0.5, "offset_c": -0.4},
                    ],
                },
            ),
            updated_at=at,
        )
    ]


def points(at: Micros) -> list[Point]:
    """A mild afternoon: it warms up a little, minute by minute."""
    last = at // 1_000 // _MINUTE * _MINUTE
    return [
        Point(
            at=last - (_POINTS - number) * _MINUTE,
            status="normal",
            value=4_650 + number,
            contributors=2,
            config_version=CONFIG,
            stations=[{"station_id": "KNYC1M", "code": "ok", "source": "hf_asos"}],
        )
        for number in range(_POINTS)
    ]


def sports(at: Micros) -> list[SportFilter]:
    return [
        SportFilter(
            sport="Football",
            position=1,
            scopes=("Games", "Futures"),
            competitions={"World championship": ["Games", "Futures"]},
            updated_at=at,
        ),
        SportFilter(
            sport="Athletics",
            position=2,
            scopes=("Season",),
            competitions={"World Athletics": ["Season"]},
            updated_at=at,
        ),
    ]


def programs(at: Micros) -> list[Program]:
    return [
        Program(
            id="0b6d3f0e-5a0f-7c11-9d52-2f1a4c9e7b11",
            market_ticker="KXRAINSEA-WEEK-YES",
            type="liquidity",
            description="Resting orders near the best price",
            start_at=at,
            end_at=at + DAY,
            reward=500_000,
            distance=300,
            target_size=1_000 * CONTRACT,
            max_reward=250_000,
            updated_at=at,
        ),
        Program(
            id="0b6d3f0e-5a0f-7c11-9d52-2f1a4c9e7b12",
            market_ticker="KXRAINSEA-WEEK-YES",
            type="volume",
            description="Contracts traded",
            start_at=at,
            end_at=at + DAY,
            reward=500_000,
            updated_at=at,
        ),
    ]


def collections(at: Micros) -> list[Collection]:
    tickers = ("KXWORLDCUP-NEXT", "KX100M-SEASON")
    return [
        Collection(
            ticker="KXMVESPORTS-R",
            series_ticker="KXMVESPORTS",
            title="Combos of sports",
            description="Any two of the sporting questions of the demo in one market",
            functional_description="Pays the product of what the selected markets pay on the "
            "selected sides: a dollar if all of them come true.",
            open_at=at,
            close_at=at + 365 * DAY,
            associated_events=tuple(AssociatedEvent(ticker=ticker) for ticker in tickers),
            updated_at=at,
        )
    ]


def announcement(at: Micros) -> Announcement:
    return Announcement("info", "This is a demo exchange: all money is play money.", at)


def window(at: Micros) -> Window:
    """An hour of maintenance a month from now."""
    start = (at + 30 * DAY) // HOUR * HOUR
    return Window(start, start + HOUR)


def fees_due(at: Micros) -> Micros:
    """When the demo's one series with a change of fees to come gets it."""
    return (at + 60 * DAY) // HOUR * HOUR
