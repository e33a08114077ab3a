"""Wishes about a member's accounts: a subtrader's daily cap, the settlement-advance lock, positions
moved between subaccounts.

The rest of the commands, and the union of all, stand in `domain/commands.py`.
"""

from __future__ import annotations

from presage.domain.bases import CommandBase
from presage.domain.ids import AccountId, MarketId, MemberId
from presage.units import Count, Money, Price


class SetDailyCap(CommandBase, frozen=True):
    """How much premium a subtrader of `fcm` may deploy in a day (-1: no cap, nothing may be
    placed)."""

    fcm: MemberId
    subtrader: MemberId
    limit: Money


class LockAccount(CommandBase, frozen=True):
    """Stop an account's trading while somebody computes what to advance on its positions."""

    account: AccountId


class UnlockAccount(CommandBase, frozen=True):
    account: AccountId


class TransferPosition(CommandBase, frozen=True):
    """Hand `count` YES contracts (with `no`: NO contracts) to another account of the same member,
    as if sold to it at `price`, which is the price of YES. `transfer` is used once for ever."""

    source: AccountId
    target: AccountId
    market: MarketId
    count: Count
    price: Price
    transfer: str
    no: bool = False
    seen: int = 0
