"""The fee formulas, and the only rounding in the core.

A trade costs `rate x multiplier x contracts x p x (1 - p)`, rounded **up** to $0.0001, in the
exchange's favour. What an account's cash changes by is then floored to the account's grid ($0.0001
for direct members, $0.01 for others); what that takes is the rounding fee. An order adds its
rounding fees up and gets every whole cent above one cent back. The order keeps the terms it was
placed under.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from presage.domain.orders import BID, Side
from presage.domain.terms import DIRECT_GRID, FeeTerms
from presage.units import CENT, CONTRACT, DOLLAR_PRICE, SECOND, Count, Micros, Money, Price

FeeType = Literal[
    "quadratic", "quadratic_with_maker_fees", "quadratic_with_combo_maker_fees", "flat"
]

RATE_ONE: Final = 10_000
"""Rates and multipliers are in 1/10 000."""
TAKER_RATE: Final = 700
MAKER_RATES: Final[dict[str, int]] = {
    "quadratic": 0,
    "quadratic_with_maker_fees": 175,
    "quadratic_with_combo_maker_fees": 350,
    "flat": 0,
}
FLAT_FEE: Final[Money] = 2_500
"""A quarter of a cent a contract, taker and maker alike, times the multiplier."""
FEE_STEP: Final[Money] = 100
"""Trade fees are whole multiples of $0.0001."""
YOUNG: Final[Micros] = 5 * SECOND
"""In combos: who puts an order in the way of a quote that is about to be executed pays as its
taker. The windows of combos are shorter (3 s and 1 s)."""
HALF: Final[Price] = DOLLAR_PRICE // 2

_QUADRATIC_SCALE: Final = 10**14
"""1e-8 (rate x multiplier) x 1e-2 (count) x 1e-8 (p, 1 - p), seen from $0.0001."""


@cache
def terms(fee_type: str, multiplier: int, grid: Money = DIRECT_GRID) -> FeeTerms:
    """The terms of a fee type; `multiplier` in 1/10 000. Few differ, so orders share them."""
    if fee_type == "flat":
        return FeeTerms(0, 0, FLAT_FEE * multiplier // RATE_ONE, grid)
    young = YOUNG if fee_type == "quadratic_with_combo_maker_fees" else 0
    return FeeTerms(TAKER_RATE * multiplier, MAKER_RATES[fee_type] * multiplier, 0, grid, young)


def trade_fee(terms: FeeTerms, taker: bool, count: Count, price: Price) -> Money:
    """The fee of one fill before the cash grid: rounded up to $0.0001."""
    coefficient = terms.taker if taker else terms.maker
    if coefficient:
        product = coefficient * count * price * (DOLLAR_PRICE - price)
        return -(-product // _QUADRATIC_SCALE) * FEE_STEP
    if terms.flat:
        return -(-terms.flat * count // (CONTRACT * FEE_STEP)) * FEE_STEP
    return 0


def worst_fee(terms: FeeTerms, taker: bool, side: Side, count: Count, limit: Price) -> Money:
    """What an order sets aside for fees: those of one fill of `count` at the dearest price that its
    limit admits, up to the next step of the cash grid.

    A resting order trades at its limit, in combos maybe as the taker. An arriving one may do
    better, and p x (1 - p) is highest at one half.
    """
    worst = limit
    if side == BID:
        cost = count * limit
        if taker and limit > HALF:
            worst = HALF
    else:
        cost = count * (DOLLAR_PRICE - limit)
        if taker and limit < HALF:
            worst = HALF
    fee = trade_fee(terms, taker or terms.young > 0, count, worst)
    return fee + -(cost + fee) % terms.grid


def spend(terms: FeeTerms, count: Count, price: Price, paid: Money, received: Money) -> Money:
    """What taking `count` contracts counts against a cost limit: `paid` for those that open, and
    the fees of all of them; what closing ones bring (`received`) is not set off.

    Grows with `count`, so that the most contracts within a limit can be searched for: where
    something closes, the rounding fee is taken at its highest.
    """
    total = paid + trade_fee(terms, True, count, price)
    return total + (terms.grid - 1 if received else -total % terms.grid)


def charge(
    terms: FeeTerms, fee: Money, revenue: Money, carry: Money, cap: Money
) -> tuple[Money, Money, Money]:
    """What a fill of `revenue` (signed cash without fees) is charged, never more than `cap`: what
    leaves the account; how much of it (may be negative) belongs to the rounding account, the rest
    being the house's; the order's accumulator afterwards.

    What the cap takes away the exchange forgoes, and as little more as keeps cash on its grid.
    """
    grid = terms.grid
    rounding = (revenue - fee) % grid
    if carry + rounding > CENT:
        rebate = (carry + rounding) // CENT * CENT
        if fee + rounding >= rebate:
            rounding -= rebate
    net = fee + rounding
    if net > cap:
        net = cap - (cap - revenue) % grid
        if net < 0:
            net = max(cap, 0)
        rounding = min(rounding, net)
    return net, rounding, carry + rounding
