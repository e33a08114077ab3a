"""What a fact does to a public order book, level by level: the deltas that a book is made of.

`books.py` adds up the same changes; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from presage.domain.facts import (
    Fact,
    OrderAmended,
    OrderCanceled,
    OrderReduced,
    OrderRested,
    Traded,
)
from presage.domain.ids import AccountId, Id
from presage.domain.orders import Side
from presage.units import Count, Price


class Change(NamedTuple):
    """`by` contracts more (or fewer) rest at a price, because of an account's order."""

    side: Side
    price: Price
    by: Count
    account: AccountId
    order: Id


def changes(fact: Fact) -> tuple[Change, ...]:
    """In the order in which they happen; none of them is zero."""
    make = _CHANGES.get(type(fact))
    return () if make is None else tuple(change for change in make(fact) if change.by)


def _rested(fact: OrderRested) -> tuple[Change, ...]:
    return (Change(fact.side, fact.price, fact.remaining, fact.account, fact.order),)


def _traded(fact: Traded) -> tuple[Change, ...]:
    if fact.block:
        return ()
    taker = fact.taker
    return (Change(1 - fact.side, fact.price, -fact.count, taker.account, taker.order),)


def _reduced(fact: OrderReduced) -> tuple[Change, ...]:
    return (Change(fact.side, fact.price, -fact.by, fact.account, fact.order),)


def _canceled(fact: OrderCanceled) -> tuple[Change, ...]:
    return (Change(fact.side, fact.price, -fact.resting, fact.account, fact.order),)


def _amended(fact: OrderAmended) -> tuple[Change, ...]:
    whose = fact.account, fact.order
    left = Change(fact.side, fact.was_price, -fact.was_remaining, *whose)
    if not fact.kept:
        return (left,)
    if fact.price == fact.was_price:
        return (left._replace(by=fact.remaining - fact.was_remaining),)
    return left, Change(fact.side, fact.price, fact.remaining, *whose)


_CHANGES: Final[dict[type[Fact], Callable[[Any], tuple[Change, ...]]]] = {
    OrderRested: _rested,
    Traded: _traded,
    OrderReduced: _reduced,
    OrderCanceled: _canceled,
    OrderAmended: _amended,
}
