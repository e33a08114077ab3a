"""What a fact says about balances: the one list of facts after which an account's money is new.

The stored balances and the ones kept in memory both fold through here, so they cannot disagree
about which facts count. Nothing is computed: facts carry the amounts as they are afterwards.
"""

from __future__ import annotations

from typing import NamedTuple

from presage.domain.facts import (
    AdvanceSet,
    Fact,
    MoneyMoved,
    NettingSet,
    OrderAmended,
    OrderCanceled,
    OrderReduced,
    OrderRested,
    PositionPaid,
    Traded,
)
from presage.domain.ids import AccountId
from presage.units import Money

_CASH = "cash:"


class Balance(NamedTuple):
    """An account's cash and reserve after a fact; None: this fact does not say."""

    account: AccountId
    cash: Money | None
    reserved: Money | None


def balances(fact: Fact) -> tuple[Balance, ...]:
    """Every balance that the fact states, in the order in which it states them."""
    match fact:
        case Traded():
            taker, maker = fact.taker, fact.maker
            return (
                Balance(taker.account, taker.cash, taker.reserved),
                Balance(maker.account, maker.cash, maker.reserved),
            )
        case OrderRested() | OrderReduced() | OrderCanceled() | OrderAmended():
            return (Balance(fact.account, None, fact.reserved),)
        case MoneyMoved():
            return tuple(
                Balance(int(line.account.removeprefix(_CASH)), line.after, None)
                for line in fact.lines
                if line.account.startswith(_CASH)
            )
        case AdvanceSet() | PositionPaid():
            return (Balance(fact.account, fact.cash, None),)
        case NettingSet():
            return (Balance(fact.account, None, fact.reserved),)
        case _:
            return ()
