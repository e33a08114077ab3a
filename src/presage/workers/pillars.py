"""Counts the minutes in which members keep both sides of a market quoted, close together.

It looks once a minute, at the orders nearest to the best prices; a minute in which nobody looked
counts for nobody. Members of the house are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Final

from sqlalchemy import Connection

from presage.domain.ids import MarketId, MemberId
from presage.domain.orders import ASK, BID
from presage.engine.engine import Engine
from presage.engine.state import Market
from presage.feeds.cards import MarketCard
from presage.feeds.markets import Markets
from presage.gateway import Gateway
from presage.site.tallies import Tally
from presage.units import SECOND, Micros, Price
from presage.workers.house import ROLE
from presage.workers.rewarding import reward

MINUTE: Final[Micros] = 60 * SECOND
CLOSE: Final[Price] = 500
_DEPTH: Final = 100
"""Orders of a side that are looked at."""
_MARKETS: Final = 100
"""Markets that are looked at between two batches of the writer."""
_MEMBERS: Final = 25


class Pillars:
    """A chore."""

    def __init__(self, gateway: Gateway, markets: Markets) -> None:
        self._gateway = gateway
        self._markets = markets
        self._counted = -1

    async def step(self, now: Micros) -> None:
        """Count this minute, once."""
        minute = now // MINUTE
        if minute == self._counted:
            return
        self._counted = minute
        events = self._markets.all_events()
        wanted = [card.id for event in events for card in event.markets if _has_both_sides(card)]
        quoting: set[MemberId] = set()
        for at in range(0, len(wanted), _MARKETS):
            look = partial(_quoting, markets=wanted[at : at + _MARKETS])
            quoting |= await self._gateway.inspect(look)
        members = sorted(quoting)
        for at in range(0, len(members), _MEMBERS):
            some = members[at : at + _MEMBERS]
            await self._gateway.submit(None, partial(_count, some, now))


def _has_both_sides(card: MarketCard) -> bool:
    return card.status == "active" and bool(card.bid_size and card.ask_size)


def _quoting(engine: Engine, markets: Sequence[MarketId]) -> set[MemberId]:
    found = {member for market in markets for member in _both(engine.state.markets[market])}
    return {member for member in found if engine.state.members[member].kind != ROLE}


def _both(market: Market) -> set[MemberId]:
    """Who has a bid and an ask not more than CLOSE apart."""
    bids, asks = (_best(market, side) for side in (BID, ASK))
    return {member for member in bids.keys() & asks.keys() if asks[member] - bids[member] <= CLOSE}


def _best(market: Market, side: int) -> dict[MemberId, Price]:
    found: dict[MemberId, Price] = {}
    for order in islice(market.book.walk(side), _DEPTH):
        found.setdefault(order.account.member.id, order.price)
    return found


def _count(members: Sequence[MemberId], now: Micros, connection: Connection) -> None:
    for member in members:
        reward(connection, member, now, _one_minute)


def _one_minute(tally: Tally) -> None:
    tally.quoted_minutes += 1
