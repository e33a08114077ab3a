"""What a command can have changed, so that what is true of that can be looked at after each.

The rest is looked at now and then, whole. Only the ids that facts and twin name are read here;
which of them are right is for the judges to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from presage.domain import commands as c
from presage.domain.facts import Fact, MoneyMoved, Traded
from presage.domain.ids import AccountId, EventId, MarketId
from presage.domain.member_facts import PositionTransferred
from presage.engine import invariants
from presage.engine.state import State
from presage.units import Money
from tests.simulation.twin import Twin


class Touched(NamedTuple):
    accounts: set[AccountId]
    markets: set[MarketId]
    events: set[EventId]


def touched(state: State, command: c.Command, facts: Iterable[Fact], twin: Twin) -> Touched:
    """By the facts, by the twin, and by the command's own words."""
    accounts = {getattr(command, "account", 0), *(order.account for order in twin.ended)}
    markets = {getattr(command, "market", 0), *(order.market for order in twin.ended)}
    events = {getattr(command, "event", 0)}
    for fact in facts:
        accounts.add(getattr(fact, "account", 0))
        markets.add(getattr(fact, "market", 0))
        events.add(getattr(fact, "event", 0))
        if isinstance(fact, Traded):
            accounts |= {fact.taker.account, fact.maker.account}
        elif isinstance(fact, PositionTransferred):
            accounts |= {fact.source.account, fact.target.account}
        elif isinstance(fact, MoneyMoved):
            names = (line.account for line in fact.lines)
            accounts |= {int(name[5:]) for name in names if name.startswith("cash:")}
    markets &= state.markets.keys()
    events |= {state.markets[market].event.id for market in markets}
    return Touched(accounts & state.accounts.keys(), markets, events & state.events.keys())


class Conservation:
    """All money, summed up once; after a command only what it touched is counted anew."""

    def __init__(self, state: State) -> None:
        self._parts: dict[tuple[str, int], Money] = {}
        self._total: Money = 0
        self.follow(state, Touched({*state.accounts}, {*state.markets}, {*state.events}))

    def follow(self, state: State, parts: Touched) -> None:
        """Raises: AssertionError when money has appeared or gone."""
        for account in parts.accounts:
            self._put("account", account, state.accounts[account].cash)
        for market in parts.markets:
            self._put("market", market, state.markets[market].escrow)
        for event in parts.events:
            advances = state.events[event].advances.values()
            self._put("event", event, -sum(advance.amount for advance in advances))
        total = self._total + sum(state.ledger.values())
        assert total == 0, f"money is not conserved: {total} appeared"

    def _put(self, kind: str, id: int, amount: Money) -> None:
        self._total += amount - self._parts.get((kind, id), 0)
        self._parts[kind, id] = amount


def check_touched(state: State, parts: Touched) -> None:
    """The invariants of these parts. Raises: AssertionError."""
    invariants.check_parts(
        state,
        [state.accounts[account] for account in parts.accounts],
        [state.markets[market] for market in parts.markets],
        [state.events[event] for event in parts.events],
    )
