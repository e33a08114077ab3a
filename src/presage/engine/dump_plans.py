"""What is planned ahead in the canonical form of `engine/dump.py`, and back."""

from __future__ import annotations

from typing import Any, Final

from presage.domain.cutoffs import Cutoffs
from presage.domain.hours import Hours, Offset, Session
from presage.engine.fold_plans import plan_fees, plan_pause, plan_roll
from presage.engine.state import PlannedFees, PlannedPause, State

_FEES: Final = ("id", "series", "event", "fee_type", "multiplier", "due")
_PAUSE: Final = ("id", "start", "end", "exchange", "on")


def dump_plans(state: State) -> list[Any]:
    """Fees and pauses to come, how the switches are wished to be after a pause that is on, the
    cutoffs and how they move, the trading hours."""
    fees, pauses, now = state.planned_fees, state.planned_pauses, state.cutoffs
    return [
        [_take(fees[id_], _FEES) for id_ in sorted(fees)],
        [_take(pauses[id_], _PAUSE) for id_ in sorted(pauses)],
        state.wished,
        [now.markets, now.trades, now.orders, now.positions],
        [state.live_days, state.rolls_at],
        list(state.hours),
    ]


def load_plans(
    state: State,
    fees: list[list[Any]],
    pauses: list[list[Any]],
    wished: list[bool] | None,
    cutoffs: list[int],
    roll: list[int],
    hours: list[list[list[int]]],
) -> None:
    """Fill the state's plans and its agenda."""
    for values in fees:
        plan_fees(state, PlannedFees(*values))
    for values in pauses:
        plan_pause(state, PlannedPause(*values))
    state.wished = (wished[0], wished[1]) if wished else None
    state.cutoffs = Cutoffs(*cutoffs)
    plan_roll(state, *roll)
    sessions, offsets = hours
    state.hours = Hours(
        tuple(Session(*one) for one in sessions), tuple(Offset(*one) for one in offsets)
    )


def _take(thing: object, names: tuple[str, ...]) -> list[Any]:
    return [getattr(thing, name) for name in names]
