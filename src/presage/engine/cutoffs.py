"""How cutoffs move: forward only, never past the present.

Whoever reads the live lists and then the historical ones must not miss a row, and clients remember
the cutoff that they were told: so what was historical once stays so. What happens from now on is
live, because no cutoff lies in the future and time never falls.
"""

from __future__ import annotations

from presage.domain.cutoffs import (
    DAY,
    MAX_LIVE_DAYS,
    Cutoffs,
    CutoffsMoved,
    SetCutoffs,
    midnight,
)
from presage.domain.rejects import Code, Refused
from presage.engine.decision import Decision
from presage.units import Micros


def set_cutoffs(d: Decision, c: SetCutoffs) -> None:
    """Move some of them now, and perhaps all of them every midnight."""
    now = d.state.cutoffs
    wanted = Cutoffs(
        _moved(d, "market_settled_ts", now.markets, c.markets),
        _moved(d, "trades_created_ts", now.trades, c.trades),
        _moved(d, "orders_updated_ts", now.orders, c.orders),
        _moved(d, "market_positions_last_updated_ts", now.positions, c.positions),
    )
    if c.live_days > MAX_LIVE_DAYS:
        raise Refused(Code.INVALID_VALUE, f"live_days is at most {MAX_LIVE_DAYS}")
    _move(d, wanted, d.state.live_days if c.live_days < 0 else c.live_days)


def roll(d: Decision, due: Micros) -> None:
    """It is midnight; a reminder of an older wish does nothing."""
    if due == d.state.rolls_at:
        _move(d, d.state.cutoffs, d.state.live_days)


def _moved(d: Decision, name: str, now: Micros, wanted: Micros) -> Micros:
    if not wanted:
        return now
    if wanted < now:
        raise Refused(Code.INVALID_TIMES, f"the cutoff {name} only moves forward")
    if wanted > d.at:
        raise Refused(Code.INVALID_TIMES, f"the cutoff {name} is in the future")
    return wanted


def _move(d: Decision, wanted: Cutoffs, days: int) -> None:
    today = midnight(d.at)
    least = max(today - days * DAY, 0) if days else 0
    d.emit(
        CutoffsMoved(
            max(wanted.markets, least),
            max(wanted.trades, least),
            max(wanted.orders, least),
            max(wanted.positions, least),
            days,
            today + DAY if days else 0,
        )
    )
