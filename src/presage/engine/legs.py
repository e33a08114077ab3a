"""What the legs of a combo say about it: its value, and whether that value may still change."""

from __future__ import annotations

from presage.domain.combos import ComboLeg, leg_value, product
from presage.engine.state import Market, State
from presage.units import Price

_KNOWN = frozenset({"determined", "amended", "finalized"})
"""The outcome of a disputed leg is not known."""


def worth(state: State, combo: Market) -> Price | None:
    """What YES of a combo is worth by what is known of its legs; None: that is open.

    One leg that counts nothing decides it whatever the others do.
    """
    values = [_count(state, leg) for leg in combo.legs]
    if 0 in values:
        return 0
    known = [value for value in values if value is not None]
    return product(known) if len(known) == len(values) else None


def _count(state: State, leg: ComboLeg) -> Price | None:
    market = state.markets[leg.market]
    if market.status not in _KNOWN:
        return None
    return leg_value(leg.side, market.result, market.value)


def is_certain(state: State, market: Market) -> bool:
    """Whether no redetermination can change what the market is worth: it is no combo, or those of
    its legs that decide it are being paid or have been."""
    if not market.legs:
        return True
    paid = [leg for leg in market.legs if _is_paid(state, leg)]
    return len(paid) == len(market.legs) or any(_count(state, leg) == 0 for leg in paid)


def _is_paid(state: State, leg: ComboLeg) -> bool:
    market = state.markets[leg.market]
    return market.settling or market.status == "finalized"
