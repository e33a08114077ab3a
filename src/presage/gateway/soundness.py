"""Is the ledger as it must be? The sums that no rule may ever break, added up anew.

It looks at the engine's committed state a part at a time, so that orders go on in between; each
part is checked at one moment.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from presage.domain.accounts import may_be_negative
from presage.domain.payouts import payout
from presage.engine.engine import Engine
from presage.engine.state import Market, State
from presage.gateway.gateway import Gateway
from presage.units import DOLLAR_PRICE, Money

_PART = 200
"""Accounts or markets that are looked at while the writer waits."""


class Soundness(NamedTuple):
    """`total` is what all accounts sum to; `seq` the entry after which that was so."""

    problems: list[str]
    seq: int
    total: Money
    accounts: int
    markets: int


async def check_ledger(gateway: Gateway) -> Soundness:
    """Look at everything. Raises: Busy, Stopped."""
    seq, total, problems = await gateway.inspect(lambda engine: _sums(engine.state))
    ids = await gateway.inspect(
        lambda engine: (sorted(engine.state.accounts), sorted(engine.state.markets))
    )
    accounts, markets = ids
    for first in range(0, len(accounts), _PART):
        problems += await gateway.inspect(partial(_accounts, ids=accounts[first : first + _PART]))
    for first in range(0, len(markets), _PART):
        problems += await gateway.inspect(partial(_markets, ids=markets[first : first + _PART]))
    return Soundness(problems, seq, total, len(accounts), len(markets))


def _sums(state: State) -> tuple[int, Money, list[str]]:
    cash = sum(account.cash for account in state.accounts.values())
    escrow = sum(market.escrow for market in state.markets.values())
    advances = sum(one.amount for event in state.events.values() for one in event.advances.values())
    total = cash + escrow - advances + sum(state.ledger.values())
    problems = [f"all accounts sum to {total}, not to nothing"] if total else []
    problems += [
        f"{name} has {amount}"
        for name, amount in state.ledger.items()
        if amount < 0 and not may_be_negative(name)
    ]
    return state.seq, total, problems


def _accounts(engine: Engine, ids: list[int]) -> list[str]:
    found = []
    for id in ids:
        account = engine.state.accounts[id]
        if not 0 <= account.reserved <= account.cash:
            found.append(f"account {id} has {account.cash} and reserves {account.reserved}")
    return found


def _markets(engine: Engine, ids: list[int]) -> list[str]:
    return [problem for id in ids for problem in _market(engine.state.markets[id])]


def _market(market: Market) -> list[str]:
    counts = [holding.count for holding in market.holdings.values()]
    if market.settling:
        if market.result == "void":
            owed = sum(holding.spent for holding in market.holdings.values())
        else:
            owed = sum(payout(count, market.value) for count in counts)
        owes = market.escrow == owed
        return [] if owes else [f"market {market.ticker}: escrow is not what holders are owed"]
    found = []
    held = sum(count for count in counts if count > 0)
    if sum(counts):
        found.append(f"market {market.ticker}: YES and NO are not as many")
    if market.open_interest != held:
        found.append(f"market {market.ticker}: open interest is not what is held")
    if market.escrow != held * DOLLAR_PRICE:
        found.append(f"market {market.ticker}: escrow does not back what is held")
    return found
