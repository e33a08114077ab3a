"""What can have happened to a member's accounts beside orders and money.

The rest of the facts, and the union of all, stand in `domain/facts.py`.
"""

from __future__ import annotations

import msgspec

from presage.domain.bases import FactBase
from presage.domain.ids import AccountId, Id, MarketId, MemberId
from presage.domain.orders import Side
from presage.units import Count, Money, Price


class DailyCapSet(FactBase, frozen=True):
    """`limit` -1: the subtrader has no cap and may place nothing."""

    member: MemberId
    limit: Money


class AccountLocked(FactBase, frozen=True):
    """`lock` names this state of the account to the outside."""

    account: AccountId
    lock: Id


class AccountUnlocked(FactBase, frozen=True):
    account: AccountId


class Share(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One account's side of a position transfer, as `Leg` is of a trade; there are no fees."""

    account: AccountId
    closed: Count
    paid: Money
    received: Money
    realized: Money
    position: Count
    cost: Money
    cash: Money
    reserved: Money


class PositionTransferred(FactBase, frozen=True):
    """`source` gave, `target` took `count` contracts at `price` (of YES). `side` is the target's: a
    bid takes YES, an ask NO. Not a trade: nobody else took part, no volume, no last price."""

    id: Id
    market: MarketId
    price: Price
    count: Count
    side: Side
    source: Share
    target: Share
    open_interest: Count
    transfer: str
