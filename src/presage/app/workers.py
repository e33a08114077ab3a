"""The one list of what runs beside the doors: followers of what was committed, and chores.

Each topic adds its lines; what a worker does is in its own file in `workers/`.
"""

from __future__ import annotations

from sqlalchemy import Connection

from presage.api.kalshi.services import Services
from presage.site import offsets, outbox
from presage.site.offsets import OUTBOX
from presage.units import SECOND, Micros
from presage.workers.feed import Feed
from presage.workers.following import Follower, Following
from presage.workers.jobs import Job, Jobs, Periodic

_DAY: Micros = 86_400 * SECOND
_OUTBOX_DAYS = 7
_AT_ONCE = 500


def followers(services: Services) -> tuple[Follower, ...]:
    """Those who follow the journal or the outbox."""
    return ()


def chores(services: Services) -> tuple[Periodic, ...]:
    """What the clock starts."""

    async def forget(now: Micros) -> None:
        def rows(connection: Connection) -> None:
            read = offsets.read_by_all(connection, OUTBOX)
            outbox.forget(connection, read, now - _OUTBOX_DAYS * _DAY, _AT_ONCE)

        await services.gateway.submit(None, rows)

    return (Periodic("outbox", 3_600 * SECOND, forget, services.clock),)


def jobs(services: Services) -> Jobs:
    """All of them, at rest."""
    feed = Feed(services.gateway, services.gateway.rows_reader())
    following: list[Job] = [Following(one, services.gateway, feed) for one in followers(services)]
    return Jobs(feed, [*following, *chores(services)])
