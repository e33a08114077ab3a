"""Starts tournaments, ends them, pays the prizes, gives the fees of cancelled ones back.

It looks once a minute, and when an operator asks. Ranks are written first, player by player; the
prizes are one movement, in the submission that makes it FINISHED, so a crash at any point pays
nothing twice. Whoever plays is told afterwards, a few at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from presage.domain import accounts as ledger
from presage.domain.accounts import BONUS
from presage.domain.commands import Move
from presage.domain.contests import share_out
from presage.domain.ids import MarketId, MemberId, account_id
from presage.domain.rejects import Reject
from presage.feeds.cards import MarketCard
from presage.feeds.markets import Markets
from presage.feeds.marks import between
from presage.feeds.paper import worth
from presage.gateway import Gateway, Reader
from presage.projections import candles
from presage.projections.periods import MINUTE
from presage.site import entries, notifications, outbox, paper, paper_positions, tournaments
from presage.site.paper import Standing, Worth
from presage.site.tournaments import (
    CANCELLED,
    CAUSE,
    ENDED,
    FINISHED,
    OPEN,
    SETTLING,
    STARTED,
    Tournament,
)
from presage.units import CENT, DOLLAR_PRICE, SECOND, Micros, Price

EVERY: Final[Micros] = 60 * SECOND
BEGUN: Final = "tournament.started"
OVER: Final = "tournament.ended"
PODIUM: Final = 3
_HOUR: Final[Micros] = 3_600 * SECOND
_PAGE: Final = 100
_REFUNDS: Final = 50


class Tournaments:
    """What the clock starts."""

    name = "tournaments"

    def __init__(self, gateway: Gateway, reader: Reader, markets: Markets) -> None:
        self._gateway = gateway
        self._reader = reader
        self._markets = markets

    async def step(self, now: Micros) -> None:
        """Bring all of them as far as they can come now."""
        for one in await self._reader.run(partial(tournaments.to_start, now=now)):
            await self._submit(partial(_start, id=one.id, now=now))
        for one in await self._reader.run(partial(tournaments.to_end, now=now)):
            await self._end(one, now)
        for one in await self._reader.run(tournaments.cancelled):
            await self._refund(one, now)
        for one in await self._reader.run(tournaments.being_told):
            await self._tell(one, now)

    async def _submit(self, rows: Callable[[Connection], Move | None]) -> None:
        result = await self._gateway.submit(None, rows)
        assert not isinstance(result, Reject), f"a tournament's money is not there: {result}"

    async def _end(self, one: Tournament, now: Micros) -> None:
        """Rank it and pay, once every result is there or nobody waits for them any more."""
        await self._submit(partial(_set_settling, id=one.id))
        held = await self._held(one)
        waited = one.settle_now or now >= one.end_at + one.grace_hours * _HOUR
        if not waited and any(self._markets.by_id(m).status != "finalized" for m in held):
            return
        values = {market: await self._value(market, one.end_at) for market in held}
        ranked = sorted(await self._standings(one, values), key=lambda standing: standing.key)
        winners = sum(standing.qualified for standing in ranked)
        shares = share_out(one.pool, one.prizes, winners)
        prizes = dict(enumerate(shares, 1))
        places = [(rank, standing, prizes.get(rank, 0)) for rank, standing in enumerate(ranked, 1)]
        for at in range(0, len(places), _PAGE):
            await self._submit(partial(_write_ranks, places=places[at : at + _PAGE]))
        paid = [(rank, standing.entry.member, cents) for rank, standing, cents in places]
        await self._submit(partial(_finish, id=one.id, places=paid, winners=winners, now=now))

    async def _held(self, one: Tournament) -> set[MarketId]:
        found: set[MarketId] = set()
        after, page = 0, [0]
        while page:
            read = partial(_members, tournament=one.id, after=after)
            page, markets = await self._reader.run(read)
            found |= markets
            after = page[-1] if page else after
        return found

    async def _value(self, market: MarketId, end: Micros) -> Worth:
        """What an option is worth at the end: its value, else the mean mark of the last hour."""
        card = self._markets.by_id(market)
        if card.status == "finalized":
            return worth(card)
        return Worth(await self._reader.run(partial(_mean_mark, card=card, end=end)))

    async def _standings(
        self, one: Tournament, values: dict[MarketId, Worth]
    ) -> Sequence[Standing]:
        found: list[Standing] = []
        while True:
            read = partial(
                paper.standings,
                tournament=one.id,
                after=found[-1].entry.number if found else 0,
                limit=_PAGE,
                worths=lambda market: values[market],
                min_trades=one.min_trades,
            )
            page = await self._reader.run(read)
            found += page
            if len(page) < _PAGE:
                return found

    async def _refund(self, one: Tournament, now: Micros) -> None:
        """Fees back to those who paid them, what the house gave to the house."""
        done = False

        def rows(connection: Connection) -> Move | None:
            nonlocal done
            seen = tournaments.get(connection, one.id)
            owed = entries.to_refund(connection, one.id, _REFUNDS)
            done = not owed
            if done:
                tournaments.change(connection, seen, over_at=now, telling=ENDED, told=0)
                back = seen.fixed * CENT
                cause = f"{CAUSE}:{one.id}:returned"
                return Move(((one.pot, -back), (BONUS, back)), cause, CAUSE) if back else None
            for entry in owed:
                entries.change(connection, entry, refunded=True)
            fee, first = seen.entry_fee * CENT, owed[0].number
            lines = [(ledger.cash(account_id(entry.member)), fee) for entry in owed]
            if not fee:
                return None
            cause = f"{CAUSE}:{one.id}:refund:{first}"
            return Move(((one.pot, -fee * len(owed)), *lines), cause, "entry_fee")

        while not done:
            await self._submit(rows)

    async def _tell(self, one: Tournament, now: Micros) -> None:
        while one.telling:
            await self._submit(partial(_tell_some, id=one.id, now=now))
            one = await self._reader.run(partial(tournaments.get, id=one.id))


def _start(connection: Connection, id: str, now: Micros) -> None:
    one = tournaments.get(connection, id)
    if one.status == OPEN and not one.has_started:
        tournaments.change(connection, one, has_started=True, telling=STARTED, told=0)
        data = {"tournament": one.id, "slug": one.slug, "players": one.players}
        outbox.add(connection, now, BEGUN, 0, data)


def _set_settling(connection: Connection, id: str) -> None:
    one = tournaments.get(connection, id)
    if one.status == OPEN:
        tournaments.change(connection, one, status=SETTLING)


def _members(
    connection: Connection, tournament: str, after: int
) -> tuple[list[int], set[MarketId]]:
    """Numbers of some players, and the options in which they have something open."""
    found = entries.page(connection, tournament, after, _PAGE)
    members = [entry.member for entry in found]
    held = paper_positions.unpaid(connection, tournament, members)
    return [entry.number for entry in found], {one.market for one in held}


def _mean_mark(connection: Connection, card: MarketCard, end: Micros) -> Price | None:
    """The mean of the minutes' marks of the hour before the end, rounded down; None: none has one
    and positions count what they cost."""
    last = end // SECOND
    found: list[Price] = []
    for one in candles.read(connection, card.id, MINUTE, last - 3_600 + 60, last, carry=True):
        trade = one.price.close if one.price else one.previous or 0
        ask = one.ask.close if one.ask.close < DOLLAR_PRICE else 0
        mark = between(one.bid.close, ask, trade).price
        if mark is not None:
            found.append(mark)
    return sum(found) // len(found) if found else None


def _write_ranks(connection: Connection, places: Sequence[tuple[int, Standing, int]]) -> None:
    for rank, standing, cents in places:
        entries.change(connection, standing.entry, rank=rank, equity=standing.equity, prize=cents)


def _finish(
    connection: Connection,
    id: str,
    places: Sequence[tuple[int, MemberId, int]],
    winners: int,
    now: Micros,
) -> Move | None:
    one = tournaments.get(connection, id)
    if one.status != SETTLING:
        return None
    if not winners and one.pool:
        # Nobody has earned anything: it ends as if it had been cancelled.
        tournaments.change(connection, one, status=CANCELLED)
        return None
    tournaments.change(connection, one, status=FINISHED, over_at=now, telling=ENDED, told=0)
    told = [[member, rank, cents] for rank, member, cents in places if cents or rank <= PODIUM]
    data = {"tournament": one.id, "slug": one.slug, "players": one.players, "ranks": told}
    outbox.add(connection, now, OVER, 0, data)
    won = [(ledger.cash(account_id(member)), cents * CENT) for _, member, cents in places if cents]
    if not won:
        return None
    return Move(((one.pot, -one.pool * CENT), *won), f"{CAUSE}:{one.id}:prizes", "prize")


def _tell_some(connection: Connection, id: str, now: Micros) -> None:
    one = tournaments.get(connection, id)
    found = entries.page(connection, id, one.told, _PAGE)
    url = f"/tournaments/{one.slug}"
    for entry in found:
        kind, title, body = _words(one, entry.rank, entry.prize)
        notifications.tell(
            connection, now, entry.member, kind, title, body, url, slug=one.slug, rank=entry.rank
        )
    over = len(found) < _PAGE
    told = found[-1].number if found else one.told
    tournaments.change(connection, one, told=told, telling="" if over else one.telling)


def _words(one: Tournament, rank: int, prize: int) -> tuple[str, str, str]:
    if one.telling == STARTED:
        return "TOURNAMENT_STARTED", f"{one.title} has begun", ""
    if one.status == CANCELLED:
        fee = "Your entry fee is back." if one.entry_fee else ""
        return "TOURNAMENT_ENDED", f"{one.title} was called off", fee
    body = f"You came in at number {rank} of {one.players}."
    if not prize:
        return "TOURNAMENT_ENDED", f"{one.title} is over", body
    won = f"{body} You win {prize // 100}.{prize % 100:02d}."
    return "TOURNAMENT_PRIZE", f"A prize in {one.title}", won
