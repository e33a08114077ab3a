"""What a fact says about balances: the one list of facts after which an account's money is new.

The stored balances and the ones kept in memory both fold through here, so they cannot disagree
about which facts count. Nothing is computed: facts carry the amounts as they are afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

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
from presage.domain.member_facts import PositionTransferred
from presage.units import Money

_CASH = "cash:"


class Balance(NamedTuple):
    """An account's cash and reserve after a fact; None: this fact does not say."""

    account: AccountId
    cash: Money | None
    reserved: Money | None


def _of_trade(fact: Traded) -> tuple[Balance, ...]:
    taker, maker = fact.taker, fact.maker
    return (
        Balance(taker.account, taker.cash, taker.reserved),
        Balance(maker.account, maker.cash, maker.reserved),
    )


def _of_reserve(
    fact: OrderRested | OrderReduced | OrderCanceled | OrderAmended | NettingSet,
) -> tuple[Balance, ...]:
    return (Balance(fact.account, None, fact.reserved),)


def _of_cash(fact: AdvanceSet | PositionPaid) -> tuple[Balance, ...]:
    return (Balance(fact.account, fact.cash, None),)


def _of_transfer(fact: PositionTransferred) -> tuple[Balance, ...]:
    return tuple(
        Balance(share.account, share.cash, share.reserved) for share in (fact.source, fact.target)
    )


def _of_movement(fact: MoneyMoved) -> tuple[Balance, ...]:
    return tuple(
        Balance(int(line.account.removeprefix(_CASH)), line.after, None)
        for line in fact.lines
        if line.account.startswith(_CASH)
    )


_STATED: Final[dict[type, Callable[[Any], tuple[Balance, ...]]]] = {
    Traded: _of_trade,
    OrderRested: _of_reserve,
    OrderReduced: _of_reserve,
    OrderCanceled: _of_reserve,
    OrderAmended: _of_reserve,
    NettingSet: _of_reserve,
    AdvanceSet: _of_cash,
    PositionPaid: _of_cash,
    MoneyMoved: _of_movement,
    PositionTransferred: _of_transfer,
}


BALANCE_FACTS: Final = frozenset(_STATED)
"""The kinds of facts after which an account's money is new."""


def balances(fact: Fact) -> tuple[Balance, ...]:
    """Every balance that the fact states, in the order in which it states them."""
    stated = _STATED.get(type(fact))
    return () if stated is None else stated(fact)
