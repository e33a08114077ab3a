"""Ends challenges: those that nobody took in time, and those whose option has been finalised.

It follows markets, and looks every half minute at what time alone decides, or what waits for a
suspended member. Each end is one submission of row and money; who wins is the option's value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from presage.domain.commands import Move
from presage.domain.facts import Fact, MarketDetermined, MarketFinalized, MarketStatusChanged
from presage.domain.ids import MarketId, MemberId
from presage.feeds.cards import MarketCard
from presage.feeds.markets import Markets
from presage.gateway import Gateway, Reader
from presage.identity import members, people
from presage.projections.projection import Entry
from presage.site import challenge_ends, challenges
from presage.site.challenges import ACTIVE, OPEN, Challenge
from presage.units import SECOND, Micros
from presage.workers.following import Item, Step

EVERY: Final[Micros] = 30 * SECOND
PAGE: Final = 100
_TRADABLE: Final = frozenset({"initialized", "active", "inactive"})


class Challenges:
    """A follower, and what the clock starts."""

    name = "challenges"
    facts = frozenset({MarketStatusChanged, MarketDetermined, MarketFinalized})
    topics: frozenset[str] = frozenset()
    from_start = False

    def __init__(self, gateway: Gateway, reader: Reader, markets: Markets) -> None:
        self._gateway = gateway
        self._reader = reader
        self._markets = markets

    async def steps(self, item: Item) -> Sequence[Step]:
        """One for each challenge there ever was about the option: what is over is left alone."""
        assert isinstance(item, Entry), "it follows no topic"
        found: list[Step] = []
        for market in dict.fromkeys(_over(fact) for fact in item.facts):
            if market:
                read = partial(challenges.ids_in, market=market)
                ids = await self._reader.run(read)
                found += [Step(self._end(id, item.at)) for id in ids]
        return found

    async def sweep(self, now: Micros) -> None:
        """End what time has ended, and what could not be ended before."""
        while rows := await self._reader.run(partial(challenges.due, at=now, limit=PAGE)):
            for one in rows:
                await self._submit(one.id, now)
        for status in (OPEN, ACTIVE):
            markets = await self._reader.run(partial(challenges.markets_at_stake, status=status))
            for market in markets:
                if self._may_end(self._markets.by_id(market), status):
                    await self._sweep_market(market, status, now)

    async def _sweep_market(self, market: MarketId, status: str, now: Micros) -> None:
        after, ids = "", [""]
        while ids:
            read = partial(
                challenges.ids_at_stake, market=market, status=status, after=after, limit=PAGE
            )
            ids = await self._reader.run(read)
            for id in ids:
                await self._submit(id, now)
            after = ids[-1] if ids else after

    async def _submit(self, id: str, now: Micros) -> None:
        end = self._end(id, now)
        await self._gateway.submit(None, lambda connection: end(connection, ""))

    def _may_end(self, card: MarketCard, status: str) -> bool:
        if status == OPEN:
            return card.status not in _TRADABLE
        return card.status == "finalized"

    def _end(self, id: str, now: Micros) -> Callable[[Connection, str], Move | None]:
        def do(connection: Connection, cause: str) -> Move | None:
            one = challenges.find(connection, id)
            if one is None:
                return None
            card = self._markets.by_id(one.market)
            if one.status == OPEN:
                if now < one.expires_at and not self._may_end(card, OPEN):
                    return None
                return challenge_ends.expire(connection, one, now)
            if one.status != ACTIVE or not self._may_end(card, ACTIVE):
                return None
            return _settle(connection, one, card, now)

        return do


def _settle(connection: Connection, one: Challenge, card: MarketCard, now: Micros) -> Move | None:
    if any(_waits(connection, member) for member in (one.creator, one.opponent)):
        return None
    if card.result in ("", "void"):
        return challenge_ends.void(connection, one, "The option was voided.", now)
    if one.accepted_at > card.close_at:
        why = "It was accepted after the option had closed."
        return challenge_ends.void(connection, one, why, now)
    return challenge_ends.decide(connection, one, card.value, now)


def _waits(connection: Connection, member: MemberId) -> bool:
    """Nothing is paid while it is open what becomes of a suspended member; a ban has decided it."""
    row, profile = members.find(connection, member), people.find(connection, member)
    suspended = row is not None and row.status == "suspended"
    return suspended and not (profile is not None and profile.banned)


def _over(fact: Fact) -> MarketId:
    match fact:
        case MarketStatusChanged(status="closed") | MarketDetermined() | MarketFinalized():
            return fact.market
        case _:
            return 0
