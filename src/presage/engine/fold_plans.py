"""How facts about what is planned ahead change the state: fees, pauses and cutoffs to come.

The agenda only reminds: what is not planned any more is skipped when its time comes.
"""

from __future__ import annotations

from heapq import heappush

from presage.domain import plan_facts as p
from presage.domain.cutoffs import Cutoffs, CutoffsMoved
from presage.domain.hours import Hours, HoursSet
from presage.engine.state import BEGIN, END, FEES, ROLL, PlannedFees, PlannedPause, State
from presage.units import Micros


def plan_fees(state: State, plan: PlannedFees) -> None:
    """Remember fees to come."""
    state.planned_fees[plan.id] = plan
    heappush(state.agenda, (plan.due, FEES, plan.id))


def plan_pause(state: State, plan: PlannedPause) -> None:
    """Remember a pause to come, or one that is on."""
    state.planned_pauses[plan.id] = plan
    if not plan.on:
        heappush(state.agenda, (plan.start, BEGIN, plan.id))
    heappush(state.agenda, (plan.end, END, plan.id))


def fees_planned(state: State, fact: p.FeesPlanned) -> None:
    plan = PlannedFees(
        fact.change, fact.series, fact.event, fact.fee_type, fact.multiplier, fact.due
    )
    plan_fees(state, plan)


def fees_dropped(state: State, fact: p.FeesDropped) -> None:
    del state.planned_fees[fact.change]


def pause_planned(state: State, fact: p.PausePlanned) -> None:
    plan_pause(state, PlannedPause(fact.window, fact.start, fact.end, fact.exchange))


def pause_began(state: State, fact: p.PauseBegan) -> None:
    if state.wished is None:
        state.wished = (state.exchange_active, state.trading_active)
    state.planned_pauses[fact.window].on = True


def pause_gone(state: State, fact: p.PauseDropped | p.PauseEnded) -> None:
    """The wish is kept until the switches have been set: the fact that does so comes next."""
    del state.planned_pauses[fact.window]


def switches_wished(state: State, fact: p.SwitchesWished) -> None:
    state.wished = (fact.exchange, fact.trading)


def hours_set(state: State, fact: HoursSet) -> None:
    state.hours = Hours(fact.sessions, fact.offsets)


def cutoffs_moved(state: State, fact: CutoffsMoved) -> None:
    state.cutoffs = Cutoffs(fact.markets, fact.trades, fact.orders, fact.positions)
    plan_roll(state, fact.live_days, fact.rolls_at)


def plan_roll(state: State, live_days: int, rolls_at: Micros) -> None:
    """Remember when the cutoffs follow by themselves."""
    state.live_days, state.rolls_at = live_days, rolls_at
    if rolls_at:
        heappush(state.agenda, (rolls_at, ROLL, 0))
