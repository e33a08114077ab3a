"""What is planned ahead and then happens by itself: other fees, pauses with a beginning and an end,
trading hours, cutoffs that follow at midnight.

A plan takes effect in the Tick of its time, before anything else of that time is decided. It never
undoes what an operator has switched off: a pause gives back only what it held off.
"""

from __future__ import annotations

from heapq import heappop

from presage.domain.facts import EventFeesSet, SeriesFeesSet
from presage.domain.hours import (
    DAY,
    MAX_OFFSETS,
    MAX_SESSIONS,
    MINUTE,
    HoursSet,
    SetHours,
    next_closing,
)
from presage.domain.plan_commands import DropFees, DropPause, PlanFees, PlanPause
from presage.domain.plan_facts import (
    FeesDropped,
    FeesPlanned,
    PauseBegan,
    PauseDropped,
    PauseEnded,
    PausePlanned,
)
from presage.domain.rejects import Code, Refused
from presage.engine import cutoffs
from presage.engine.decision import Decision
from presage.engine.lookup import find_event, find_series
from presage.engine.markets import allowed, check_fees, switch
from presage.engine.state import BEGIN, FEES, ROLL, PlannedPause
from presage.units import SECOND

MAX_PLANS = 10_000
"""Of each kind, waiting at the same time."""
HOURS = 0
"""The window of the pause between two sessions: the next one is always planned."""


def plan_fees(d: Decision, c: PlanFees) -> None:
    """Other fees from a time on."""
    if c.event:
        find_event(d, c.event)
    else:
        find_series(d, c.series)
    if c.fee_type or not c.event:
        check_fees(c.fee_type, c.multiplier)
    if c.due <= d.at:
        raise Refused(Code.INVALID_TIMES, "scheduled_ts is in the past")
    if len(d.state.planned_fees) >= MAX_PLANS:
        raise Refused(Code.TOO_MANY_PLANS)
    series = 0 if c.event else c.series
    d.emit(FeesPlanned(d.new_id(), series, c.event, c.fee_type, c.multiplier, c.due))


def drop_fees(d: Decision, c: DropFees) -> None:
    """Forget fees to come."""
    plan = d.state.planned_fees.get(c.change)
    if plan is None:
        raise Refused(Code.PLAN_NOT_FOUND, "there is no such change to come")
    d.emit(FeesDropped(plan.id, plan.series, plan.event))


def plan_pause(d: Decision, c: PlanPause) -> None:
    """A pause with a beginning and an end; one whose beginning has passed begins now."""
    if c.window in d.state.planned_pauses or c.window == HOURS:
        raise Refused(Code.INVALID_VALUE, "this pause is planned already")
    if not max(c.start, d.at) < c.end:
        raise Refused(Code.INVALID_TIMES, "a pause ends after it starts, and in the future")
    if len(d.state.planned_pauses) >= MAX_PLANS:
        raise Refused(Code.TOO_MANY_PLANS)
    d.emit(PausePlanned(c.window, c.start, c.end, c.exchange))
    if c.start <= d.at:
        _begin(d, d.state.planned_pauses[c.window])


def drop_pause(d: Decision, c: DropPause) -> None:
    """Forget a pause to come, or end one that is on."""
    plan = d.state.planned_pauses.get(c.window)
    if plan is None or plan.id == HOURS:
        raise Refused(Code.PLAN_NOT_FOUND, "there is no such pause to come")
    if plan.on:
        _end(d, plan)
    else:
        d.emit(PauseDropped(plan.id))


def set_hours(d: Decision, c: SetHours) -> None:
    """Open and close trading by other hours, or by none."""
    _check_hours(c)
    d.emit(HoursSet(c.sessions, c.offsets))
    plan = d.state.planned_pauses.get(HOURS)
    if plan is not None and plan.on:
        _end(d, plan)
        return
    if plan is not None:
        d.emit(PauseDropped(HOURS))
    _plan_closing(d)


def _check_hours(c: SetHours) -> None:
    if len(c.sessions) > MAX_SESSIONS or len(c.offsets) > MAX_OFFSETS:
        raise Refused(Code.INVALID_VALUE, "too many trading hours")
    for one in c.sessions:
        if not (0 <= one.weekday <= 6 and 0 <= one.opens < one.closes <= DAY // MINUTE):
            raise Refused(Code.INVALID_TIMES, "a session is a part of a day")
        if one.from_at >= one.until_at:
            raise Refused(Code.INVALID_TIMES, "hours and weeks end after they begin")
    since = [one.since for one in c.offsets]
    if since != sorted(set(since)) or any(abs(one.seconds) * SECOND >= DAY for one in c.offsets):
        raise Refused(Code.INVALID_VALUE, "offsets follow each other and are less than a day")


def _plan_closing(d: Decision) -> None:
    """The next pause that the hours bring, which may be on already."""
    closing = next_closing(d.state.hours, d.at)
    if closing is not None:
        d.emit(PausePlanned(HOURS, closing[0], closing[1], False))
        if closing[0] <= d.at:
            _begin(d, d.state.planned_pauses[HOURS])


def carry_out(d: Decision) -> None:
    """Everything that is due, in (due, kind, id) order."""
    agenda, state = d.state.agenda, d.state
    while agenda and agenda[0][0] <= d.at:
        due, kind, id_ = heappop(agenda)
        if kind == FEES:
            _set_fees(d, id_)
            continue
        if kind == ROLL:
            cutoffs.roll(d, due)
            continue
        pause = state.planned_pauses.get(id_)
        if pause is None:
            continue
        if kind == BEGIN and not pause.on and pause.start <= d.at:
            _begin(d, pause)
        elif kind != BEGIN and pause.end <= d.at:
            _end(d, pause)


def _set_fees(d: Decision, change: int) -> None:
    plan = d.state.planned_fees.get(change)
    if plan is None:
        return
    if plan.event:
        d.emit(EventFeesSet(plan.event, plan.fee_type, plan.multiplier, plan.id))
    else:
        d.emit(SeriesFeesSet(plan.series, plan.fee_type, plan.multiplier, plan.id))


def _begin(d: Decision, pause: PlannedPause) -> None:
    d.emit(PauseBegan(pause.id))
    _follow(d)


def _end(d: Decision, pause: PlannedPause) -> None:
    d.emit(PauseEnded(pause.id))
    _follow(d)
    if pause.id == HOURS:
        _plan_closing(d)


def _follow(d: Decision) -> None:
    """Bring the switches to what is allowed now."""
    switch(d, *allowed(d.state))
