"""Keeps the house's markets alive: one member quotes both sides, another takes a little.

It wanders a fair price for each market, keeps a ladder of bids and asks around it, and lets the
crowd trade against whatever is best. What is in the book is asked of the engine before each step,
so a restart takes over what rests, and a refusal (paused, closed, no money) just means that nothing
happens this time. Given a seed and a clock it does the same thing again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, NamedTuple

import msgspec

from presage.catalog import house
from presage.domain.commands import AmendOrder, CancelOrder, Command, PlaceOrder
from presage.domain.ids import AccountId, MarketId
from presage.domain.orders import ASK, BID, IOC, MAKER
from presage.engine.engine import Engine
from presage.engine.state import Market
from presage.gateway import Busy, Gateway, OutcomeUnknown, Reader, Stopped, TablesBehind
from presage.storage.reader import ReadTooLong, TooManyReads
from presage.units import CONTRACT, SECOND, Count, Micros, Price
from presage.workers.house import HouseMember, join
from presage.workers.quoting import Change, Quote, Resting, changes, ladder, wander

HISTORY_ROUNDS: Final = 6
"""Trades that each market is given before anybody has come."""
_CROWD_POSITION: Final[Count] = 1_000 * CONTRACT
"""Contracts at which the crowd turns round."""
_FUND_EVERY: Final = 100
"""Steps between two looks at the money."""


class Line(msgspec.Struct, frozen=True):
    """A market that the house quotes: where its fair price begins, how many contracts stand at a
    price, and (0: none) a price at or below which `size` contracts are always offered."""

    ticker: str
    fair: Price
    size: Count
    ask_limit: Price = 0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How busy the house is. Every market is looked at once in `touch`, spread evenly; in
    `crowd_percent` of those looks the crowd trades. Lines with an `ask_limit`: every step."""

    touch: Micros = 20 * SECOND
    step: Micros = SECOND
    crowd_percent: int = 25


class Look(NamedTuple):
    """What the engine says about a market that is open."""

    structure: str
    position: Count
    crowd: Count
    resting: tuple[Resting, ...]


class Stall:
    """A line at work: its own randomness, its fair price, and when that moves next."""

    def __init__(self, line: Line, seed: int, due: Micros) -> None:
        self.line = line
        self.due = due
        self.market: MarketId = 0
        self._random = Random(f"{seed}/{line.ticker}")
        self._fair = 0
        self._quotes: list[Quote] = []

    def change(self, line: Line) -> None:
        """Quote otherwise from now on; another fair price begins anew."""
        if line.fair != self.line.fair:
            self._fair = line.fair
        self.line = line
        self.due = 0

    def requote(self, look: Look, move: bool) -> list[Change]:
        """What has to change in the book, after moving the fair price on if that is wished."""
        line = self.line
        if not self._fair:
            self._fair = _middle(look.resting) or line.fair
        if move:
            self._fair = wander(self._random, self._fair, line.fair)
        self._quotes = ladder(
            self._random, look.structure, self._fair, look.position, line.size, line.ask_limit
        )
        return changes(look.resting, self._quotes)

    def bite(self, look: Look, percent: int) -> Quote | None:
        """What the crowd takes of the best quote, in `percent` of the times it is asked: a few
        contracts, whichever way it does not already lean."""
        if self._random.randrange(100) >= percent:
            return None
        side = self._random.choice((BID, ASK))
        if abs(look.crowd) > _CROWD_POSITION:
            side = ASK if look.crowd > 0 else BID
        best = next((quote for quote in self._quotes if quote.side != side), None)
        if best is None:
            return None
        unit = CONTRACT if look.structure == "linear_cent" else CONTRACT // 4
        count = self.line.size * self._random.randint(5, 40) // 100
        return Quote(side, best.price, max(count - count % unit, unit))


class MarketMaker:
    """One per exchange: `run` it, or `prepare` once and `step` as often as wished.

    It quotes `lines` and, with a `reader`, what the rows of `catalog/house.py` say, as they change.
    """

    def __init__(
        self,
        gateway: Gateway,
        clock: Callable[[], Micros],
        lines: Sequence[Line],
        seed: int = 1,
        pace: Pace | None = None,
        reader: Reader | None = None,
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._seed = seed
        self._reader = reader
        self._pace = pace or Pace()
        now = clock()
        spacing = self._pace.touch // max(len(lines), 1)
        self._stalls = [Stall(line, seed, now + i * spacing) for i, line in enumerate(lines)]
        self._stopped: dict[str, bool] = {}
        """Markets that operators have switched off: what rested there was taken back."""
        self._steps = 0
        self._ids = 0
        self._prefix = ""
        self._maker: HouseMember | None = None
        self._crowd: HouseMember | None = None

    async def prepare(self) -> None:
        """Open the members, quote every market; the first time let the crowd make a little
        history. Raises: Stopped, OutcomeUnknown, Busy."""
        await self._follow_rows()
        if self._stalls or self._stopped:
            await self._begin()

    async def _begin(self) -> None:
        self._maker = await join(self._gateway, self._clock, "Market maker")
        self._crowd = await join(self._gateway, self._clock, "Crowd")
        # Client order ids are for ever: the journal's length tells this run from earlier ones.
        self._prefix = f"house-{self._gateway.seq}"
        await self._find_markets()
        await self._withdraw()
        await self._touch(self._stalls, (), 0)
        if self._maker.new:
            for _ in range(HISTORY_ROUNDS):
                await self._touch(self._stalls, (), 100)

    async def run(self) -> None:
        """Prepare, unless that was done, and step until cancelled or the exchange stops."""
        try:
            if self._maker is None:
                await self.prepare()
            while True:
                await asyncio.sleep(self._pace.step / SECOND)
                await self.step(self._clock())
        except (Stopped, OutcomeUnknown):
            return

    async def step(self, now: Micros) -> None:
        """Look at the markets whose turn it is. Raises: Stopped, OutcomeUnknown."""
        await self._follow_rows()
        if self._maker is None:
            if self._stalls:
                await self._begin()
            return
        await self._withdraw()
        due = [stall for stall in self._stalls if stall.due <= now]
        for stall in due:
            stall.due = now + self._pace.touch
        promised = [stall for stall in self._stalls if stall.line.ask_limit and stall not in due]
        try:
            await self._touch(due, promised, self._pace.crowd_percent)
            self._steps += 1
            if self._steps % _FUND_EVERY == 0:
                for member in self._members():
                    await member.fund()
        except Busy:
            return  # others have more to do; the next step looks again

    async def _follow_rows(self) -> None:
        """Take over what operators have switched since the last look."""
        if self._reader is None:
            return
        try:
            rows = await self._reader.run(house.every)
        except (TooManyReads, ReadTooLong, TablesBehind):
            return  # the next step looks again
        stalls = {stall.line.ticker: stall for stall in self._stalls}
        now = self._clock()
        for row in rows:
            line, stall = (
                Line(row.ticker, row.fair, row.size, row.ask_limit),
                stalls.get(row.ticker),
            )
            if not row.active:
                if row.ticker not in self._stopped:
                    self._stopped[row.ticker] = False
                if stall is not None:
                    self._stalls.remove(stall)
            elif stall is None:
                self._stopped.pop(row.ticker, None)
                self._stalls.append(Stall(line, self._seed, now))
            elif stall.line != line:
                stall.change(line)
        if len(self._stalls) > len(stalls):
            await self._find_markets()

    async def _withdraw(self) -> None:
        """Take back what rests in markets that are not quoted any more, once."""
        tickers = {ticker for ticker, done in self._stopped.items() if not done}
        if not tickers:
            return
        maker, crowd = (member.account for member in self._members())
        looks = await self._gateway.inspect(
            lambda engine: {
                market.id: _look_at(market, maker, crowd)
                for market in engine.state.markets.values()
                if market.ticker in tickers
            }
        )
        commands = [
            self._command(market, change)
            for market, look in looks.items()
            for change in changes(look.resting, [])
        ]
        await asyncio.gather(*(self._gateway.submit(command) for command in commands))
        self._stopped |= dict.fromkeys(tickers, True)

    async def _find_markets(self) -> None:
        """Lines without a market are given up."""
        tickers = {stall.line.ticker for stall in self._stalls}
        found = await self._gateway.inspect(
            lambda engine: {
                market.ticker: market.id
                for market in engine.state.markets.values()
                if market.ticker in tickers
            }
        )
        self._stalls = [stall for stall in self._stalls if stall.line.ticker in found]
        for stall in self._stalls:
            stall.market = found[stall.line.ticker]

    def _members(self) -> tuple[HouseMember, HouseMember]:
        assert self._maker is not None, "prepare comes first"
        assert self._crowd is not None, "prepare comes first"
        return self._maker, self._crowd

    async def _touch(
        self, moving: Sequence[Stall], still: Sequence[Stall], crowd_percent: int
    ) -> None:
        """Requote; where the fair price moves the crowd may come too."""
        ids = [stall.market for stall in (*moving, *still)]
        if not ids:
            return
        maker, crowd = (member.account for member in self._members())
        looks = await self._gateway.inspect(lambda engine: _look(engine, ids, maker, crowd))
        commands: list[Command] = []
        for stall in (*moving, *still):
            look = looks.get(stall.market)
            if look is None:
                continue
            changed = stall.requote(look, move=stall in moving)
            commands += [self._command(stall.market, change) for change in changed]
            bite = stall.bite(look, crowd_percent) if stall in moving else None
            if bite is not None:
                commands.append(self._take(stall.market, bite))
        # Together, so that they share a commit; refusals are answers like any other.
        await asyncio.gather(*(self._gateway.submit(command) for command in commands))

    def _command(self, market: MarketId, change: Change) -> Command:
        maker, _ = self._members()
        order, quote = change
        if order is None:
            assert quote is not None, "a change changes something"
            return PlaceOrder(
                maker.account,
                market,
                quote.side,
                quote.price,
                quote.count,
                client_order_id=self._new_id(),
                stp=MAKER,
                cancel_on_pause=True,
                action="buy",
                outcome="yes" if quote.side == BID else "no",
            )
        if quote is None:
            return CancelOrder(maker.member, order.id)
        return AmendOrder(maker.member, order.id, quote.price, order.filled + quote.count)

    def _take(self, market: MarketId, quote: Quote) -> Command:
        _, crowd = self._members()
        return PlaceOrder(
            crowd.account,
            market,
            quote.side,
            quote.price,
            quote.count,
            tif=IOC,
            client_order_id=self._new_id(),
            action="buy",
            outcome="yes" if quote.side == BID else "no",
        )

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._prefix}-{self._ids}"


def _middle(resting: Sequence[Resting]) -> Price:
    """Between an earlier run's best quotes; 0 unless there are some on both sides."""
    bid = max((order.price for order in resting if order.side == BID), default=0)
    ask = min((order.price for order in resting if order.side == ASK), default=0)
    return (bid + ask) // 2 if bid and ask else 0


def _look(
    engine: Engine, ids: Sequence[MarketId], maker: AccountId, crowd: AccountId
) -> dict[MarketId, Look]:
    """Those of the markets where orders are taken now."""
    state = engine.state
    if not (state.exchange_active and state.trading_active):
        return {}
    markets = [state.markets[id_] for id_ in ids]
    return {
        market.id: _look_at(market, maker, crowd) for market in markets if market.status == "active"
    }


def _look_at(market: Market, maker: AccountId, crowd: AccountId) -> Look:
    mine, theirs = market.holdings.get(maker), market.holdings.get(crowd)
    resting = (
        ()
        if mine is None
        else tuple(
            Resting(order.id, side, order.price, order.remaining, order.filled)
            for side in (BID, ASK)
            for order in mine.orders(side)
        )
    )
    return Look(
        market.structure,
        mine.count if mine else 0,
        theirs.count if theirs else 0,
        resting,
    )
