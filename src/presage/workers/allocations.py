"""Keeps members' money shared out between shards as they have wished: every ten seconds.

What each shard has is asked of the engine; each movement is one submission, which counts it in the
member's row, so that it is made once. What was interrupted, or refused because the money was spent
meanwhile, is simply found again the next time. It never takes what a resting order holds back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from presage.catalog import shards as catalog
from presage.catalog.shards import Allocation
from presage.domain import accounts as ledger
from presage.domain.commands import Command, Move
from presage.domain.ids import MemberId, account_id, subaccount_of
from presage.domain.shards import TRANSFER, Pot, Sweep, sweeps
from presage.engine.collateral import largest_reserve
from presage.engine.engine import Engine
from presage.engine.state import Account
from presage.feeds.markets import Markets
from presage.gateway import Busy, Gateway, OutcomeUnknown, Reader, Stopped
from presage.units import Money

EVERY: Final = 10
"""Seconds between two sweeps."""
PAGE: Final = 100
"""Members that are looked at together: the writer waits while they are."""

Look = tuple[Money, dict[int, Pot]]
"""A member's cash grid, and what it has on each shard."""


class Allocations:
    """One per exchange: `run` it, or `step` as often as wished."""

    def __init__(self, gateway: Gateway, reader: Reader, markets: Markets) -> None:
        self._gateway = gateway
        self._reader = reader
        self._markets = markets

    async def run(self) -> None:
        """Step every ten seconds until cancelled or the exchange stops."""
        try:
            while True:
                await self.step()
                await asyncio.sleep(EVERY)
        except (Stopped, OutcomeUnknown):
            return

    async def step(self) -> None:
        """Bring everybody who wished so to their targets. Raises: Stopped, OutcomeUnknown."""
        if len(self._markets.shards) == 1 or not self._markets.exchange_active:
            return
        try:
            await self._sweep()
        except Busy:
            return  # others have more to do; the next step finds the same again

    async def _sweep(self) -> None:
        after: MemberId = 0
        while True:
            wished = await self._reader.run(partial(catalog.wished, after=after, limit=PAGE))
            if not wished:
                return
            looks = await self._gateway.inspect(partial(_look, wished=wished))
            for allocation, (grid, pots) in zip(wished, looks, strict=True):
                await self._bring(allocation, sweeps(pots, allocation.percents, grid))
            after = wished[-1].member

    async def _bring(self, allocation: Allocation, moves: Sequence[Sweep]) -> None:
        for number, sweep in enumerate(moves, allocation.sweeps):
            rows = partial(_make, allocation=allocation, sweep=sweep, number=number)
            await self._gateway.submit(None, rows)


def _make(
    connection: Connection, allocation: Allocation, sweep: Sweep, number: int
) -> Command | None:
    if not catalog.count_sweep(connection, allocation, number):
        return None
    member = allocation.member
    lines = (
        (ledger.cash(account_id(member, 0, sweep.source)), -sweep.amount),
        (ledger.cash(account_id(member, 0, sweep.destination)), sweep.amount),
    )
    return Move(lines, f"sweep:{member}:{number}", TRANSFER)


def _look(engine: Engine, wished: Sequence[Allocation]) -> list[Look]:
    found: list[Look] = []
    for allocation in wished:
        member = engine.state.members[allocation.member]
        primary = [account for account in member.accounts if not subaccount_of(account.id)]
        pots = {account.shard: _pot(account, allocation) for account in primary}
        found.append((member.grid, pots))
    return found


def _pot(account: Account, allocation: Allocation) -> Pot:
    kept = account.reserved if allocation.reservation == "sum" else largest_reserve(account)
    return Pot(account.cash - kept, account.available)
