"""All demo content together, and which of its markets the house quotes."""

from __future__ import annotations

from typing import Final

from presage.app.demo import culture, economics, politics, science, sports, weather
from presage.app.demo.shapes import Event, Outcome, Series
from presage.units import CONTRACT
from presage.workers.market_maker import Line

CONTENT: Final[tuple[Series, ...]] = (
    *economics.SERIES,
    *politics.SERIES,
    *sports.SERIES,
    *weather.SERIES,
    *science.SERIES,
    *culture.SERIES,
)


def market_ticker(event: Event, outcome: Outcome) -> str:
    """The ticker of an outcome's market."""
    return f"{event.ticker}-{outcome.name}"


def house_lines() -> tuple[Line, ...]:
    """What the market maker quotes: every outcome with a fair price to begin with."""
    return tuple(
        Line(market_ticker(event, outcome), outcome.fair, event.size * CONTRACT, outcome.ask_limit)
        for series in CONTENT
        for event in series.events
        for outcome in event.outcomes
        if outcome.fair
    )
