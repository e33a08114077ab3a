"""The words of scenarios for what is planned ahead: pauses, fees, weekly hours.

Each is a method of the scenario (`tests/scenarios/steps.py`); its docstring shows the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from presage.domain import facts as f
from presage.domain import plan_commands as p
from presage.domain.hours import Offset, Session, SetHours
from tests.scenarios.words import duration, options

if TYPE_CHECKING:
    from tests.scenarios.steps import Scenario

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def plan(s: Scenario, words: list[str]) -> None:
    """plan p1 pause in=1h for=2h exchange   or   plan p1 fees S in=1h fees=flat times=2"""
    name, kind, chosen = words[0], words[1], options(words[2:])
    due = s.at + duration(chosen["in"])
    if kind == "pause":
        window = s.ids[name] = 1_000_000 + len(s.ids)
        s.tables.names[window] = name
        end = due + duration(chosen["for"])
        s.execute(p.PlanPause(window, due, end, "exchange" in chosen))
        return
    subject, terms = s.ids[words[2]], s.terms(chosen)
    if s.kinds[words[2]] is f.SeriesCreated:
        s.execute(p.PlanFees(subject, 0, *terms, due), name)
    else:
        s.execute(p.PlanFees(0, subject, *terms, due), name)


def hours(s: Scenario, words: list[str]) -> None:
    """hours -5h mon-fri=06:00-16:00 sat=08:00-12:00   or   hours none   (local time)"""
    sessions = []
    for days, span in options(words[1:]).items():
        first, _, last = days.partition("-")
        opens, closes = (int(text[:2]) * 60 + int(text[3:]) for text in span.split("-"))
        for day in range(DAYS.index(first), DAYS.index(last or first) + 1):
            sessions.append(Session(0, 1 << 60, day, opens, closes))
    zone = 0 if words[0] == "none" else int(words[0].removesuffix("h")) * 3_600
    s.execute(SetHours(tuple(sessions), (Offset(0, zone),)))


def drop(s: Scenario, words: list[str]) -> None:
    """drop p1 pause   or   drop p1 fees"""
    kind = p.DropPause if words[1] == "pause" else p.DropFees
    s.execute(kind(s.ids[words[0]]))
