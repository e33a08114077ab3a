"""What becomes due with time: plans, opening, closing, settlement, expiry, quotes, work left over.

All plans that are due come first, however many timers wait: whoever trades at a time trades under
what was planned for it. Timers run in (due, kind, id) order. They are only reminders: each looks at
the state again and does nothing when the market or order has moved on.
"""

from __future__ import annotations

from heapq import heappop

from presage.engine import block_trades, executions
from presage.engine.cancel import cancel
from presage.engine.decision import Decision
from presage.engine.markets import by_clock
from presage.engine.plans import carry_out
from presage.engine.settlement import by_timer
from presage.engine.state import CLOSE, EXPIRE, OPEN, QUOTE, SETTLE, State
from presage.engine.work import UNITS, run
from presage.units import Micros


def tick(d: Decision) -> None:
    """Run what is due, at most so many units of it, then go on with pending work."""
    carry_out(d)
    timers = d.state.timers
    units = UNITS
    while units > 0 and timers and timers[0][0] <= d.at:
        _, kind, id_ = heappop(timers)
        if kind == EXPIRE:
            order = d.state.orders.get(id_)
            if order is not None and order.expires_at <= d.at:
                cancel(d, order, "ExpiryCancel")
                units -= 1
        elif kind in (OPEN, CLOSE):
            by_clock(d, d.state.markets[id_])
            units -= 1
        elif kind == SETTLE:
            by_timer(d, d.state.markets[id_])
            units -= 1
        elif kind == QUOTE:
            executions.by_timer(d, id_)
            units -= 1
        else:
            block_trades.by_timer(d, id_)
            units -= 1
    run(d, units)


def next_due(state: State) -> Micros | None:
    """When the next Tick has something to look at; 0 when work is waiting."""
    if state.work:
        return 0
    timers, agenda = state.timers, state.agenda
    if not agenda:
        return timers[0][0] if timers else None
    return min(agenda[0][0], timers[0][0]) if timers else agenda[0][0]
