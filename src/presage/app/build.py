"""Everything is put together here and nowhere else: from a data directory to a running exchange.

The order is the floors' order: storage and engine are opened, views are loaded, the gateway is
started, the doors are mounted. Nothing here decides what any of them does.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from presage.api.admin.routes import ADMIN
from presage.api.auth import Caller, SignatureAuth
from presage.api.cursors import Cursors
from presage.api.dispatch import Dispatcher, Mount
from presage.api.health import HEALTH, Watched
from presage.api.http import Request
from presage.api.ids import IdCipher
from presage.api.kalshi.routes import KALSHI
from presage.api.kalshi.services import Services
from presage.api.limits import RateLimits
from presage.api.site import stream, visits
from presage.api.site.auth import SiteAuth
from presage.api.site.guard import Guard
from presage.api.site.idempotency import Idempotency
from presage.api.site.routes import SITE
from presage.api.site.routes_rewards import MEDIA
from presage.api.site.services import Site
from presage.api.stream.door import StreamDoor
from presage.api.stream.hub import Hub
from presage.api.stream.views import Views
from presage.api.verifier import has_second_core
from presage.app import datadir, joining, outside, paying, workers
from presage.app.logging import log
from presage.app.settings import Settings
from presage.domain.commands import Genesis
from presage.feeds.accounts import Accounts
from presage.feeds.blotters import Blotters
from presage.feeds.books import Books
from presage.feeds.markets import Markets
from presage.gateway import (
    Busy,
    Gateway,
    OutcomeUnknown,
    Stopped,
    TablesBehind,
    open_exchange,
)
from presage.gateway import Settings as Limits
from presage.identity.api_keys import Keys
from presage.identity.bearer_keys import BearerKeys
from presage.identity.members import Tiers
from presage.identity.people import People
from presage.identity.sessions import Sessions
from presage.projections.catalogue import every_projection
from presage.projections.projection import Entry
from presage.providers.outside import Outside
from presage.site.events import SiteEvents
from presage.site.settings import Settings as SiteSettings
from presage.site.sponsors import Sponsors
from presage.site.webhooks import Subscribers
from presage.storage.reader import ReadTooLong, TooManyReads
from presage.units import Micros
from presage.workers.jobs import Jobs

OUTAGES = (Busy, Stopped, OutcomeUnknown, TablesBehind, TooManyReads, ReadTooLong)
"""What a client is told to try again (503): nothing of it says whether a write happened."""


def wall_clock() -> Micros:
    """Now, in microseconds since the Unix epoch."""
    return time.time_ns() // 1_000


@dataclass(slots=True)
class Running:
    """An exchange at work. `door` is the mounted doors, `streams` the WebSocket one, `watched` what
    the probes look at, `verifying` the thread that checks signatures, `jobs` what runs beside the
    doors."""

    settings: Settings
    services: Services
    door: Dispatcher
    streams: StreamDoor
    watched: Watched
    verifying: Executor
    jobs: Jobs

    async def close(self) -> None:
        """Answer what waits, write a snapshot, let go of the data directory."""
        await self.streams.close()
        await self.jobs.close()
        await self.services.site.outside.close()
        # The writer last: whoever closes the file last moves the write-ahead log into it.
        await asyncio.to_thread(self.services.reader.close)
        await self.services.gateway.close()
        self.verifying.shutdown()
        self.services.site.hasher.close()
        self.services.site.studio.close()
        self.services.site.outgoing.close()
        paying.close(self.services.site)


async def build(
    settings: Settings,
    *,
    clock: Callable[[], Micros] = wall_clock,
    ticks: Callable[[], int] = time.monotonic_ns,
    on_stop: Callable[[BaseException], None] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    own_process: bool = False,
) -> Running:
    """Open (or found) the exchange in `settings.data` and start it. `own_process`: its tables are
    written by another process, on another core, else by a thread. `ticks` counts nanoseconds for
    the limits of the site.

    Raises: StorageError when the directory cannot be trusted, BadSetting.
    """
    elsewhere = outside.opened(settings)
    secret = datadir.secret(settings.data)
    site = _site(secret, settings, ticks, elsewhere)
    genesis = Genesis(exchange=secrets.token_bytes(16), id_key=secrets.token_bytes(16))
    limits = Limits(projector_process=own_process)
    exchange = await asyncio.to_thread(
        open_exchange, settings.data, every_projection(), clock, genesis, limits, progress
    )
    gateway = Gateway(exchange, clock, limits, on_stop)
    await gateway.open_tables(progress)
    reader = gateway.reader()
    services = Services(
        gateway=gateway,
        reader=reader,
        ids=IdCipher(exchange.genesis.id_key),
        cursors=Cursors(secret),
        clock=clock,
        books=Books(),
        markets=Markets(),
        accounts=Accounts(),
        keys=Keys(),
        tiers=Tiers(),
        rate_limited=settings.rate_limit == "tier",
        site=site,
    )
    await _load_views(services)
    gateway.start()
    await joining.give_profiles(services)
    log.info("exchange open", data=str(settings.data), seq=exchange.head.seq)
    return _mounted(services, settings)


def _mounted(services: Services, settings: Settings) -> Running:
    """The doors in front of what is open, and who works behind it."""
    verifying = ThreadPoolExecutor(1, "verify")
    elsewhere = verifying if has_second_core() else None
    authority = SignatureAuth(services.keys.find, wall_clock, wall_clock(), elsewhere)
    site = SiteAuth(services.site, services.clock)
    streams = _streams(services, authority, site)
    watched = Watched(services, streams, settings.metrics_token)
    doors = _doors(services, authority, site, watched)
    jobs = workers.jobs(services, settings)
    services.site.jobs = jobs.all
    return Running(settings, services, doors, streams, watched, verifying, jobs)


def _site(secret: bytes, settings: Settings, ticks: Callable[[], int], elsewhere: Outside) -> Site:
    site = Site(
        secret,
        settings.public_url,
        frozenset(settings.proxies),
        settings.admin_email,
        monotonic_ns=ticks,
        notes_key=settings.notes_key,
        outside=elsewhere,
    )
    paying.furnish(site, settings)
    return site


async def _load_views(services: Services) -> None:
    """Read the views from the tables once; from then on they fold committed entries.

    Through a reader of its own: nobody trades yet, so a long read holds nothing up, and a large
    exchange must not fail to start because its tables are large.
    """
    views = (
        services.accounts,
        services.books,
        services.markets,
        services.turnover,
        services.watched,
        services.holds,
    )
    reader = services.gateway.reader(longest=math.inf)
    try:
        read = (services.keys, services.tiers, services.copying, *site_views(services.site))
        for view in (*views, *read):
            await reader.run(view.load)
    finally:
        await asyncio.to_thread(reader.close)

    def fold(entries: Sequence[Entry]) -> None:
        for entry in entries:
            for view in views:
                view.apply(entry)

    services.gateway.watch(fold)


def site_views(
    site: Site,
) -> tuple[People, BearerKeys, Sessions, SiteSettings, SiteEvents, Sponsors, Subscribers]:
    """What the site's doors hold of the rows."""
    views = site.people, site.keys, site.sessions, site.settings
    return *views, site.events, site.sponsors, site.subscribers


def _doors(
    services: Services, authority: SignatureAuth, site: SiteAuth, watched: Watched
) -> Dispatcher:
    limits = RateLimits(time.monotonic_ns, services.tiers.of) if services.rate_limited else None
    kept = Idempotency(services.gateway, services.reader, services.clock)
    arrived = partial(visits.arrive, services)
    guard = Guard(services.site, site, kept, authority.authenticate, arrived=arrived)
    return Dispatcher(
        [
            Mount(KALSHI, services, authority.authenticate, limits),
            Mount(ADMIN, services, guard=guard),
            Mount(SITE, services, guard=guard),
            Mount(HEALTH, watched),
            Mount(MEDIA, services, guard=guard),
        ],
        clock=services.clock,
        outages=OUTAGES,
    )


def _streams(services: Services, authority: SignatureAuth, site: SiteAuth) -> StreamDoor:
    keys, reader = services.keys, services.reader
    views = Views(
        services.markets,
        services.books,
        services.ids,
        reader,
        services.clock,
        lambda: services.site.settings.flag("obscureCreatorIds"),
    )
    hub = Hub(views, Blotters(services.accounts, reader), services.prices)
    # After the views: what is told has to be there for whoever asks.
    services.gateway.watch(hub.watch)
    services.gateway.watch(partial(stream.watch, services))

    async def authenticate(request: Request) -> Caller:
        if b"kalshi-access-key" not in request.headers and site.has_credential(request):
            return site.enter(request)
        return await authority.authenticate(request)

    return StreamDoor(
        hub,
        authenticate,
        lambda key: keys.find(key) is not None or site.is_live(key),
        services.tiers.of,
        OUTAGES,
    )
