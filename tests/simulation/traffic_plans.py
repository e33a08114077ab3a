"""Random plans: short pauses that overlap, fees that change soon, cutoffs that move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from presage.domain import commands as c
from presage.domain import plan_commands as p
from presage.domain.cutoffs import SetCutoffs
from presage.domain.hours import MINUTE, Offset, Session, SetHours
from presage.units import SECOND

FEE_TYPES = ("quadratic", "quadratic_with_maker_fees", "flat", "free")
"""The last is none."""


def plan(traffic: Any) -> c.Command:
    """Plan something, take something back, move a cutoff or set hours."""
    kinds = (_pause, _pause, _drop_pause, _fees, _fees, _drop_fees, _cutoffs, _hours)
    wish: Callable[[Any], c.Command] = traffic.random.choice(kinds)
    return wish(traffic)


def _pause(traffic: Any) -> c.Command:
    r = traffic.random
    known = traffic.twin.plans.pauses
    window = r.choice(list(known)) if known and r.random() < 0.05 else r.randint(1, 10**6)
    start = traffic.at + r.randint(-2_000_000, 10_000_000)
    end = start + r.choice([0, 1, SECOND, SECOND, 4 * SECOND])
    return p.PlanPause(window, start, end, r.random() < 0.3)


def _drop_pause(traffic: Any) -> c.Command:
    known = list(traffic.twin.plans.pauses)
    if known or traffic.random.random() < 0.1:
        return p.DropPause(traffic.random.choice(known or [7]))
    start = traffic.at + 300 * SECOND
    return p.PlanPause(traffic.random.randint(1, 10**6), start, start + SECOND)


def _fees(traffic: Any) -> c.Command:
    r = traffic.random
    due = traffic.at + r.randint(-SECOND, 30 * SECOND)
    fee_type, times = r.choice(FEE_TYPES), r.choice([0, 5_000, 10_000, -1])
    if r.random() < 0.5:
        return p.PlanFees(r.choice([1, 2, 99]), 0, fee_type, times, due)
    event = r.choice([*list(traffic.twin.events)[-4:], 10**9])
    return p.PlanFees(0, event, fee_type if r.random() < 0.7 else "", max(times, 0), due)


def _drop_fees(traffic: Any) -> c.Command:
    known = list(traffic.twin.plans.fees)
    if known or traffic.random.random() < 0.1:
        return p.DropFees(traffic.random.choice(known or [7]))
    return p.PlanFees(1, 0, "flat", 10_000, traffic.at + 300 * SECOND)


def _cutoffs(traffic: Any) -> c.Command:
    r = traffic.random
    markets, trades, orders, positions = (
        r.choice([0, traffic.at, traffic.at - r.randint(-3, 60) * SECOND]) for _ in range(4)
    )
    return SetCutoffs(markets, trades, orders, positions, r.choice([-1, 0, 1, 90]))


def _hours(traffic: Any) -> c.Command:
    """Closed for a minute soon, every day; or never."""
    r = traffic.random
    if traffic.twin.plans.hours.sessions or r.random() < 0.2:
        return SetHours()
    zone = r.choice([-5, 0, 9])
    now = (traffic.at // MINUTE + zone * 60) % 1_440
    minute = min(max(now + r.randint(-1, 4), 1), 1_438)
    spans = ((0, minute), (minute + 1, 1_440))
    sessions = [Session(0, 1 << 60, day, *span) for day in range(7) for span in spans]
    return SetHours(tuple(sessions), (Offset(0, zone * 3_600),))
