"""The one list of what runs beside the doors: followers of what was committed, and chores.

Each topic adds its lines; what a worker does is in its own file in `workers/`.
"""

from __future__ import annotations

from sqlalchemy import Connection

from presage.api.kalshi.services import Services
from presage.app.settings import Settings
from presage.site import offsets, outbox
from presage.site.offsets import OUTBOX
from presage.units import SECOND, Micros
from presage.workers.clerk import EVERY as CLERK_EVERY
from presage.workers.clerk import Clerk
from presage.workers.feed import Feed
from presage.workers.following import Follower, Following
from presage.workers.jobs import Job, Jobs, Periodic
from presage.workers.mailer import EVERY as MAILER_EVERY
from presage.workers.mailer import Mailer, as_files, by_smtp

_DAY: Micros = 86_400 * SECOND
_OUTBOX_DAYS = 7
_AT_ONCE = 500


def followers(services: Services) -> tuple[Follower, ...]:
    """Those who follow the journal or the outbox."""
    return ()


def chores(services: Services, settings: Settings) -> tuple[Periodic, ...]:
    """What the clock starts."""
    clock = services.clock
    clerk = Clerk(services.gateway, services.site.uses, services.site.touched)
    send = by_smtp(settings.smtp) if settings.smtp else as_files(settings.data / "mail")
    mailer = Mailer(services.gateway, services.reader, send, settings.mail_from)

    async def forget(now: Micros) -> None:
        def rows(connection: Connection) -> None:
            read = offsets.read_by_all(connection, OUTBOX)
            outbox.forget(connection, read, now - _OUTBOX_DAYS * _DAY, _AT_ONCE)

        await services.gateway.submit(None, rows)

    return (
        Periodic("outbox", 3_600 * SECOND, forget, clock),
        Periodic("clerk", CLERK_EVERY, clerk.work, clock),
        Periodic("mailer", MAILER_EVERY, mailer.work, clock),
    )


def jobs(services: Services, settings: Settings) -> Jobs:
    """All of them, at rest."""
    feed = Feed(services.gateway, services.gateway.rows_reader())
    following: list[Job] = [Following(one, services.gateway, feed) for one in followers(services)]
    return Jobs(feed, [*following, *chores(services, settings)])
