"""Closing a position in one entry: what protections do.

The account's resting orders on the closing side go first, so that nothing of the position is
promised elsewhere; then one immediate reduce-only order takes what the book gives.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from presage.domain.commands import PlaceOrder
from presage.domain.markets import on_grid
from presage.domain.orders import BID, IOC, MAKER, Side
from presage.domain.rejects import Code, Refused
from presage.domain.site_commands import ClosePosition
from presage.domain.terms import FeeTerms
from presage.engine.cancel import cancel
from presage.engine.caps import over_cap
from presage.engine.collateral import covered, fee_terms, newest_reserve, side_reserve
from presage.engine.crossing import crosses_live
from presage.engine.decision import Decision
from presage.engine.lookup import find_account, find_market_of, require_open
from presage.engine.orders import accept
from presage.engine.state import Holding

MOST_CANCELS: Final = 500
"""Resting orders that one command ends; what an account has beyond that is no concern of the
order, which is reduce-only."""


def close_position(d: Decision, c: ClosePosition) -> None:
    """End the account's orders on that side, then sell at once what can be sold."""
    account = find_account(d, c.account)
    market = find_market_of(d, account, c.market)
    if not on_grid(market.structure, c.price):
        raise Refused(Code.INVALID_PRICE)
    require_open(d, market)
    holding = account.holdings.get(market.id)
    held = 0 if holding is None else holding.closing(c.side)
    if holding is None or not held:
        raise Refused(Code.NOTHING_TO_REDUCE)
    fees = fee_terms(market, account, d.at)
    crosses = crosses_live(d, market, c.side, c.price)
    _require_money(d, holding, c, fees, crosses)
    for order in list(islice(holding.orders(c.side), MOST_CANCELS)):
        cancel(d, order, "ProtectionCancel")
    accept(
        d,
        PlaceOrder(
            account.id,
            market.id,
            c.side,
            c.price,
            held,
            IOC,
            reduce_only=True,
            stp=MAKER,
            action="sell",
            outcome=_outcome(c.side),
            source=c.source,
        ),
        fees,
    )


def _outcome(side: Side) -> str:
    """What is sold: bids close NO."""
    return "no" if side == BID else "yes"


def _require_money(
    d: Decision, holding: Holding, c: ClosePosition, fees: FeeTerms, crosses: bool
) -> None:
    """Only who got collateral back early needs any: closing NO gives it back. What the cancelled
    orders had set aside counts as free. Raises: Refused."""
    account, side, held = holding.account, c.side, holding.closing(c.side)
    cover = covered(holding, side, holding.count)
    need = newest_reserve(side, c.price, held, fees, crosses, cover)
    freed = side_reserve(holding, side, cover)
    have = account.available + freed
    if need > have:
        raise Refused(Code.INSUFFICIENT_BALANCE, "", need, have)
    if over_cap(d, account, need, account.reserved - freed):
        raise Refused(Code.DAILY_CAP_EXCEEDED)
