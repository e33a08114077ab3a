"""What can have happened to an outcome after it was paid."""

from __future__ import annotations

from presage.domain.bases import FactBase
from presage.domain.ids import AccountId, MarketId
from presage.units import Count, Money, Price


class OutcomeCorrected(FactBase, frozen=True):
    """A finalized market came out otherwise than it was paid."""

    market: MarketId
    result: str
    value: Price


class PositionCorrected(FactBase, frozen=True):
    """What one holder's position pays by the corrected outcome: `revenue`, which is `added` more
    than it was paid before (negative: less). The money is in the entry's `MoneyMoved`, where what
    an account wins and loses in several markets is one line."""

    market: MarketId
    account: AccountId
    position: Count
    revenue: Money
    added: Money
    result: str
    value: Price
