"""Wishes that only the site's workers have."""

from __future__ import annotations

from presage.domain.bases import CommandBase
from presage.domain.ids import AccountId, MarketId
from presage.domain.orders import Side
from presage.units import Price


class ClosePosition(CommandBase, frozen=True):
    """Sell what an account holds: its resting orders on that side of the book are cancelled, then
    one immediate reduce-only order takes what there is at `price` or better. `side` is the order's:
    ASK sells YES. `cause` names the step of the worker that wanted it."""

    account: AccountId
    market: MarketId
    side: Side
    price: Price
    source: str
    cause: str
