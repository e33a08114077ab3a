"""What must be true of what is planned ahead, after every command."""

from __future__ import annotations

from presage.engine.markets import allowed
from presage.engine.state import State


def check(state: State) -> None:
    """Raise AssertionError naming the first thing that is not as it must be."""
    now = state.cutoffs
    latest = max(now.markets, now.trades, now.orders, now.positions)
    assert 0 <= latest <= state.at, f"a cutoff is in the future: {latest}"
    assert (state.rolls_at > 0) == (state.live_days > 0), "cutoffs roll by themselves or do not"
    on = [pause.id for pause in state.planned_pauses.values() if pause.on]
    assert (state.wished is not None) == bool(on), f"what is wished is not of pauses {on}"
    switches = (state.exchange_active, state.trading_active)
    assert switches == allowed(state), f"the switches are {switches}, not {allowed(state)}"
