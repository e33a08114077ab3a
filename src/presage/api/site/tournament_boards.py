"""Who stands where in a tournament: made from rows and marks, and kept for a minute when it is
large. One that is over has its ranks in the rows.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from presage.api.kalshi.services import Services
from presage.api.site.cache import Ladder, Seat
from presage.domain.ids import MarketId
from presage.feeds.paper import worth
from presage.site import entries, paper
from presage.site.paper import Standing, Worth
from presage.site.tournaments import FINISHED, Tournament
from presage.units import Micros

SMALL: Final = 200
"""Players of a tournament that is ranked anew for everybody who looks."""
_PAGE: Final = 200


async def board(services: Services, one: Tournament, now: Micros) -> Ladder:
    """The ranking, not older than a minute."""
    make = partial(_make, services, one, now)
    if one.players <= SMALL and one.status != FINISHED:
        return await make()
    site = services.site
    return await site.rankings.contests.get((one.id, one.status), site.monotonic_ns(), make)


def worths(services: Services) -> paper.Worths:
    """What options are worth now."""

    def of(market: MarketId) -> Worth:
        return worth(services.markets.by_id(market))

    return of


async def _make(services: Services, one: Tournament, now: Micros) -> Ladder:
    found: list[Standing] = []
    after, value = 0, worths(services)
    while True:
        if one.status == FINISHED:
            read = partial(_over, tournament=one, after=after)
        else:
            read = partial(
                paper.standings,
                tournament=one.id,
                after=after,
                limit=_PAGE,
                worths=value,
                min_trades=one.min_trades,
            )
        page = await services.reader.run(read)
        found += page
        if len(page) < _PAGE:
            break
        after = page[-1].entry.rank if one.status == FINISHED else page[-1].entry.number
    if one.status != FINISHED:
        found.sort(key=lambda standing: standing.key)
    seats = [Seat(at + 1, standing) for at, standing in enumerate(found)]
    return Ladder(now, seats, {seat.standing.entry.member: seat for seat in seats})


def _over(connection: Any, tournament: Tournament, after: int) -> list[Standing]:
    rows = entries.ranked(connection, tournament.id, after, _PAGE)
    least = tournament.min_trades
    return [
        Standing(row, row.equity, row.cash, row.realized - row.fees, row.trades >= least)
        for row in rows
    ]
