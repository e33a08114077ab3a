"""Works off what is to be copied: everybody who copies a leader has a turn, in random order.

The order follows from the job's name and the relation's, so it is the same again after a crash, and
nobody can choose a place in it. A few relations at a time have their turns, each in a submission of
its own; between them orders go first. What a turn does is decided in `copy_turns.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import Connection

from presage.domain.fees import terms
from presage.domain.ids import MemberId, account_id
from presage.domain.rejects import Reject
from presage.domain.terms import FREE, FeeTerms
from presage.feeds.accounts import Accounts
from presage.feeds.cards import MarketCard
from presage.feeds.copying import Circle, obstacle, unrealized
from presage.feeds.markets import Markets
from presage.gateway import Gateway, Reader
from presage.site import copies, copy_jobs, copy_log, copy_lots
from presage.site.copies import ACTIVE, Relation
from presage.site.copy_jobs import PAUSE, Job
from presage.site.copy_lots import Lot
from presage.site.settings import Settings
from presage.units import CONTRACT, SECOND, Count, Micros, Money
from presage.workers.copy_outcomes import paused
from presage.workers.copy_turns import Sight, refused, turn
from presage.workers.feed import Feed

EVERY: Final[Micros] = SECOND // 4
LOSSES_EVERY: Final[Micros] = 5 * SECOND
PIECE: Final = 16
"""Relations that have their turns together."""
_JOBS: Final = 100
_PAUSED_AT_ONCE: Final = 100
_WATCHED_AT_ONCE: Final = 100
_FORGOTTEN_AT_ONCE: Final = 200


class Place(NamedTuple):
    """Where a relation stands in a job's queue."""

    rank: str
    relation: str
    copier: MemberId


class Copier:
    """One per exchange; `step` as often as wished."""

    name = "copy-orders"

    def __init__(
        self,
        gateway: Gateway,
        reader: Reader,
        feed: Feed,
        views: tuple[Markets, Accounts, Circle],
        settings: Settings,
    ) -> None:
        self._gateway = gateway
        self._reader = reader
        self._feed = feed
        self._markets, self._accounts, self._circle = views
        self._settings = settings
        self._queues: dict[str, list[Place]] = {}

    async def step(self, now: Micros) -> None:
        """Do all that is due, a piece of each leader's first job in turn.

        Raises: Busy, Stopped, OutcomeUnknown.
        """
        clock = asyncio.get_running_loop().time
        while self._circle:
            jobs = await self._reader.run(partial(copy_jobs.due, now=now, limit=_JOBS))
            if not jobs:
                self._queues.clear()
                return
            moved = False
            for job in {job.leader: job for job in reversed(jobs)}.values():
                begun = clock()
                moved = await self._piece(job, now) or moved
                await self._feed.give_way(clock() - begun)
            if not moved:
                return  # they wait for outcomes that are being noted

    async def _piece(self, job: Job, now: Micros) -> bool:
        """Go on with a job; False: it cannot begin yet."""
        if job.kind == PAUSE:
            await self._write(partial(_pause, job=job, at=now))
            return True
        if not job.begun:
            started: list[Job | None] = []
            await self._write(lambda rows: started.append(_begin(rows, job, now)))
            if started[-1] is None:
                return False
            job = started[-1]
        await self._turns(job, now)
        return True

    async def _turns(self, job: Job, now: Micros) -> None:
        queue = await self._queue(job)
        places = queue[:PIECE]
        if not places:
            await self._write(partial(copy_jobs.drop, id=job.id))
            self._queues.pop(job.id, None)
            return
        card = self._markets.by_id(job.market)
        turns = (self._turn(job, card, place, now) for place in places)
        failed = await asyncio.gather(*turns, return_exceptions=True)
        for error in failed:
            if error is not None:
                self._queues.pop(job.id, None)  # once more, from where it was written down
                raise error
        await self._write(partial(copy_jobs.go_on, id=job.id, cursor=places[-1].rank))
        del queue[:PIECE]

    async def _queue(self, job: Job) -> list[Place]:
        """Who still has to have a turn."""
        queue = self._queues.get(job.id)
        if queue is None:
            read = partial(copies.copiers, leader=job.leader, before=job.seq)
            found = await self._reader.run(read)
            places = (Place(_rank(job, id), id, copier) for id, copier in found)
            queue = sorted(place for place in places if place.rank > job.cursor)
            self._queues[job.id] = queue
        return queue

    async def _turn(self, job: Job, card: MarketCard, place: Place, now: Micros) -> None:
        sight = self._sight(card, place.copier, now)
        do = partial(turn, job=job, id=place.relation, sight=sight, at=now)
        result = await self._gateway.submit(None, do)
        if isinstance(result, Reject):
            write = partial(refused, job=job, id=place.relation, reject=result, at=now)
            await self._write(write)

    def _sight(self, card: MarketCard, copier: MemberId, now: Micros) -> Sight:
        account = self._accounts.find(account_id(copier, 0, card.shard))
        limit: Count = self._settings.number("POSITION_LIMIT") * CONTRACT
        return Sight(
            card.event,
            card.structure,
            fees_of(card, now),
            limit,
            account_id(copier, 0, card.shard),
            0 if account is None else account.available,
            0 if account is None else account.positions.get(card.id, 0),
        )

    async def _write(self, rows: Callable[[Connection], None]) -> None:
        await self._gateway.submit(None, rows)


def fees_of(card: MarketCard, now: Micros) -> FeeTerms:
    """What an order placed now will pay."""
    if now < card.fee_waiver_until:
        return FREE
    event = card.event
    if event.fee_type:
        return terms(event.fee_type, event.multiplier)
    return terms(event.series.fee_type, event.series.multiplier)


def _begin(connection: Connection, job: Job, now: Micros) -> Job | None:
    """What is sold now may have been bought a moment ago: that has to be noted first."""
    if copy_lots.unsettled(connection, job.leader, job.market):
        return None
    return copy_jobs.begin(connection, job.id, now)


def _rank(job: Job, relation: str) -> str:
    return sha256(f"{job.id}:{relation}".encode()).hexdigest()


def _pause(connection: Connection, job: Job, at: Micros) -> None:
    """Some of those who copy somebody who may not be copied any more; the last ends the job."""
    reason = obstacle(connection, job.leader)
    ids = copies.copiers(connection, job.leader, 1 << 62) if reason else []
    for id, _ in ids[:_PAUSED_AT_ONCE]:
        relation = copies.find(connection, id)
        assert relation is not None, "it was just read"
        paused(connection, relation, reason, at)
    if len(ids) <= _PAUSED_AT_ONCE:
        copy_jobs.drop(connection, job.id)


class LossWatch:
    """Pauses relations that have lost as much as they may, and forgets old lines of the log."""

    name = "copy-losses"

    def __init__(
        self,
        gateway: Gateway,
        reader: Reader,
        feed: Feed,
        views: tuple[Markets, Circle],
    ) -> None:
        self._gateway = gateway
        self._reader = reader
        self._feed = feed
        self._markets, self._circle = views

    async def step(self, now: Micros) -> None:
        """Look at every active relation with such a limit. Raises: Busy, Stopped, ..."""
        after, clock = "", asyncio.get_running_loop().time
        while self._circle:
            begun = clock()
            found = await self._reader.run(partial(_with_lots, after=after))
            for relation, profit in self._profits(found):
                if profit <= -relation.max_loss:
                    await self._gateway.submit(None, partial(_stop_loss, seen=relation, at=now))
            if len(found) < _WATCHED_AT_ONCE:
                return
            after = found[-1][0].id
            await self._feed.give_way(clock() - begun)

    async def forget(self, now: Micros) -> None:
        """Take away what the log holds too long."""

        def rows(connection: Connection) -> None:
            copy_log.forget(connection, now - copy_log.KEPT, _FORGOTTEN_AT_ONCE)

        await self._gateway.submit(None, rows)

    def _profits(self, found: Sequence[tuple[Relation, list[Lot]]]) -> list[tuple[Relation, Money]]:
        return [
            (relation, sum(lot.realized for lot in lots) + unrealized(self._markets, lots))
            for relation, lots in found
        ]


def _with_lots(connection: Connection, after: str) -> list[tuple[Relation, list[Lot]]]:
    relations = copies.with_loss_stop(connection, after, _WATCHED_AT_ONCE)
    lots = copy_lots.of_relations(connection, [one.id for one in relations])
    return [(one, lots[one.id]) for one in relations]


def _stop_loss(connection: Connection, seen: Relation, at: Micros) -> None:
    relation = copies.find(connection, seen.id)
    if relation is not None and relation.status == ACTIVE and relation.max_loss == seen.max_loss:
        paused(connection, relation, "max_loss", at)
