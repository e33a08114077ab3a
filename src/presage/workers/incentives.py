"""Counts what members earn in incentive programs, and pays it when a program is over.

Resting orders are looked at once a second, trades are counted as they come; what was counted, and
until when, is written in one submission, so that a restart goes on where it stopped. A payment's
cause is used once for ever, so that a payment that was interrupted is finished and never doubled.
Members of the house earn nothing. A second in which nobody looked (the exchange was down) counts
for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from heapq import nlargest
from typing import Final

from presage.catalog import incentives
from presage.catalog.incentives import CENTI_CENT, Program
from presage.domain import accounts as ledger
from presage.domain.accounts import BONUS
from presage.domain.commands import Move
from presage.domain.ids import AccountId, MarketId
from presage.domain.incentives import order_score, reward_share
from presage.domain.orders import ASK, BID
from presage.domain.rejects import Code, Reject
from presage.engine.engine import Engine
from presage.engine.state import Market
from presage.feeds.markets import Markets
from presage.gateway import Busy, Gateway, OutcomeUnknown, Reader, Stopped
from presage.projections import fills
from presage.units import SECOND, Count, Micros, Money, Price
from presage.workers.house import ROLE

MAX_PROGRAMS: Final = 500
"""Programs that are counted, or paid, in one step."""
MAX_ACCOUNTS: Final = 900
"""Accounts that one look at one program counts, the largest first: a submission writes only so many
rows."""

Scores = dict[AccountId, int]


class Incentives:
    """One per exchange: `run` it, or `step` as often as wished."""

    def __init__(
        self, gateway: Gateway, reader: Reader, markets: Markets, clock: Callable[[], Micros]
    ) -> None:
        self._gateway = gateway
        self._reader = reader
        self._markets = markets
        self._clock = clock

    async def run(self) -> None:
        """Step once a second until cancelled or the exchange stops."""
        try:
            while True:
                await self.step(self._clock())
                await asyncio.sleep(1)
        except (Stopped, OutcomeUnknown):
            return

    async def step(self, now: Micros) -> None:
        """Count what was earned before `now`, then pay what is over. Raises: Stopped,
        OutcomeUnknown."""
        try:
            await self._count(now)
            await self._pay(now)
        except Busy:
            return  # others have more to do; the next step goes on

    async def _count(self, now: Micros) -> None:
        programs = await self._reader.run(
            lambda connection: incentives.accruing(connection, now, MAX_PROGRAMS)
        )
        programs = [one for one in programs if _is_new(one, now)]
        if not programs:
            return
        # Whatever is stamped before `now` is committed once the writer has let us look.
        wanted = [(one, self._market(one)) for one in programs if one.type == "liquidity"]
        resting = await self._gateway.inspect(lambda engine: _look(engine, wanted))
        for program in programs:
            scores = await self._earned(program, resting, now)
            kept = dict(nlargest(MAX_ACCOUNTS, scores.items(), key=lambda item: item[1]))
            until = min(now, program.end_at)
            await self._gateway.submit(
                None, partial(incentives.count, program=program, scores=kept, until=until)
            )

    def _market(self, program: Program) -> MarketId:
        card = self._markets.by_ticker(program.market_ticker)
        assert card is not None, "a program is for a market, and markets stay"
        return card.id

    async def _earned(self, program: Program, resting: dict[str, Scores], now: Micros) -> Scores:
        """What each account earned since the program was last counted."""
        if program.type == "liquidity":
            return resting[program.id] if now < program.end_at else {}
        market = self._market(program)
        since = max(program.sampled_at, program.start_at)
        until = min(now, program.end_at)
        return await self._reader.run(
            lambda connection: fills.traded(connection, market, since, until)
        )

    async def _pay(self, now: Micros) -> None:
        programs = await self._reader.run(
            lambda connection: incentives.owed(connection, MAX_PROGRAMS)
        )
        for program in programs:
            scores = await self._reader.run(partial(incentives.earned, program=program.id))
            grids = await self._gateway.inspect(partial(_grids, accounts=scores.keys()))
            for account, share in _shares(program, scores, grids).items():
                lines = ((BONUS, -share), (ledger.cash(account), share))
                move = Move(lines, f"incentive:{program.id}:{account}", "incentive")
                result = await self._gateway.submit(move)
                paid = not isinstance(result, Reject) or result.code is Code.TRANSFER_EXISTS
                assert paid, f"the house can always pay: {result}"
            await self._gateway.submit(None, partial(incentives.mark_paid, id=program.id, at=now))


def _is_new(program: Program, now: Micros) -> bool:
    """Is there a second, or an end, that was not counted yet?"""
    return now >= program.end_at or now // SECOND > program.sampled_at // SECOND


def _shares(
    program: Program, scores: Mapping[AccountId, int], grids: Mapping[AccountId, Money]
) -> dict[AccountId, Money]:
    """What is to be paid to whom; `grids` names those who can earn."""
    total = sum(scores[account] for account in grids)
    reward = program.reward * CENTI_CENT
    most = None if program.max_reward is None else program.max_reward * CENTI_CENT
    shares = {
        account: reward_share(reward, scores[account], total, most, grid)
        for account, grid in grids.items()
        if scores[account]
    }
    return {account: share for account, share in shares.items() if share}


def _grids(engine: Engine, accounts: Iterable[AccountId]) -> dict[AccountId, Money]:
    """The cash grids of those accounts that are not the house's."""
    members = {account: engine.state.accounts[account].member for account in accounts}
    return {account: member.grid for account, member in members.items() if member.kind != ROLE}


def _look(engine: Engine, wanted: Iterable[tuple[Program, MarketId]]) -> dict[str, Scores]:
    """By program, what each account's resting orders count now."""
    state = engine.state
    if not (state.exchange_active and state.trading_active):
        return {program.id: {} for program, _ in wanted}
    return {program.id: _resting(state.markets[market], program) for program, market in wanted}


def _resting(market: Market, program: Program) -> Scores:
    """The orders near the best prices of both sides, in the order of their priority."""
    scores: Scores = {}
    if market.status != "active":
        return scores
    for side in (BID, ASK):
        best: Price | None = None
        room: Count | None = program.target_size
        for order in market.book.walk(side):
            best = order.price if best is None else best
            away = abs(order.price - best)
            if away > program.distance or room == 0:
                break
            size = order.remaining if room is None else min(order.remaining, room)
            room = None if room is None else room - size
            score = order_score(size, away, program.discount_bps)
            scores[order.account.id] = scores.get(order.account.id, 0) + score
    return scores
