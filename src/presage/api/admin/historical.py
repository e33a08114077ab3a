"""Where history begins: the operator moves it, or lets it follow the calendar.

What a cutoff may be is the engine's rule.
"""

from __future__ import annotations

from datetime import datetime

from presage.api.admin.errors import invalid
from presage.api.admin.read import micros
from presage.api.admin.writing import services_of, write
from presage.api.registry import Call
from presage.domain.cutoffs import Cutoffs, CutoffsMoved, SetCutoffs
from presage.units import Micros
from presage.wire.admin import historical as wire
from presage.wire.kalshi.times import rfc3339


async def get_historical_cutoff(call: Call[None, None]) -> wire.HistoricalCutoff:
    """Show the cutoffs and whether they move by themselves."""
    now, days = await services_of(call).gateway.inspect(
        lambda engine: (engine.state.cutoffs, engine.state.live_days)
    )
    return _shown(now, days)


async def set_historical_cutoff(
    call: Call[None, wire.SetHistoricalCutoff],
) -> wire.HistoricalCutoffDone:
    """Move cutoffs forward, now or every midnight."""
    body = call.body
    every = body.before
    given = (
        body.market_settled_ts or every,
        body.trades_created_ts or every,
        body.orders_updated_ts or every,
        body.market_positions_last_updated_ts or every,
    )
    days = -1 if body.live_days is None else body.live_days
    if days < 0 and not any(given):
        raise invalid(call, "before", "name a cutoff, or live_days")
    markets, trades, orders, positions = (_cutoff(one) for one in given)
    written = await write(
        call,
        "historical.cutoff",
        "exchange",
        lambda _, audit: SetCutoffs(markets, trades, orders, positions, days, audit),
    )
    fact = next(fact for fact in written.receipt.facts if isinstance(fact, CutoffsMoved))
    now = Cutoffs(fact.markets, fact.trades, fact.orders, fact.positions)
    return wire.HistoricalCutoffDone(
        seq=written.seq,
        audit_id=written.audit_id,
        historical_cutoff=_shown(now, fact.live_days),
    )


def _cutoff(moment: datetime | None) -> Micros:
    """0: not named. What was before 1970 is as good as the first moment of it."""
    return 0 if moment is None else max(micros(moment), 1)


def _shown(now: Cutoffs, days: int) -> wire.HistoricalCutoff:
    return wire.HistoricalCutoff(
        market_settled_ts=rfc3339(now.markets),
        trades_created_ts=rfc3339(now.trades),
        orders_updated_ts=rfc3339(now.orders),
        market_positions_last_updated_ts=rfc3339(now.positions),
        live_days=days,
    )
