"""The one list of what runs beside the doors: followers of what was committed, and chores.

Each topic adds its lines; what a worker does is in its own file in `workers/`.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from presage.api.kalshi.services import Services
from presage.api.site.services import Site
from presage.app.settings import Settings
from presage.site import offsets, outbox
from presage.site.offsets import OUTBOX
from presage.units import SECOND, Micros
from presage.workers import protections
from presage.workers.clerk import EVERY as CLERK_EVERY
from presage.workers.clerk import Clerk
from presage.workers.feed import Feed
from presage.workers.following import Follower, Following
from presage.workers.fund_orders import EVERY as FUNDS_EVERY
from presage.workers.fund_orders import FundOrders
from presage.workers.jobs import Job, Jobs, Periodic
from presage.workers.ledger_check import EVERY as CHECK_EVERY
from presage.workers.ledger_check import LedgerCheck
from presage.workers.mailer import EVERY as MAILER_EVERY
from presage.workers.mailer import Mailer, as_files, by_smtp
from presage.workers.merits import Merits, Promised
from presage.workers.notifier import Notifier, Retention
from presage.workers.payments import EXPIRY_EVERY, PAYOUTS_EVERY, Expiry, Payouts
from presage.workers.pillars import Pillars
from presage.workers.price_alerts import EVERY as ALERTS_EVERY
from presage.workers.price_alerts import PriceAlerts
from presage.workers.referring import Referring
from presage.workers.rewards import Rewards
from presage.workers.rounds import Rounds
from presage.workers.watchers import EVERY as WATCHERS_EVERY
from presage.workers.watchers import Watchers

_DAY: Micros = 86_400 * SECOND
_OUTBOX_DAYS = 7
_AT_ONCE = 500


def followers(services: Services) -> tuple[Follower, ...]:
    """Those who follow the journal or the outbox."""
    markets, site = services.markets, services.site
    referring = Referring(services.gateway, site.settings)
    return (
        Rewards(markets, services.reader, referring),
        Merits(),
        Notifier(markets, partial(_slug_of, site), site.public_url),
        _rounds(services),
        protections.Fills(services.watched),
    )


def chores(services: Services, settings: Settings) -> tuple[Periodic, ...]:
    """What the clock starts."""
    clock = services.clock
    clerk = Clerk(services.gateway, services.site.uses, services.site.touched)
    send = by_smtp(settings.smtp) if settings.smtp else as_files(settings.data / "mail")
    mailer = Mailer(services.gateway, services.reader, send, settings.mail_from)
    alerts = PriceAlerts(services.gateway, services.reader, services.markets)
    watchers = Watchers(services.gateway, services.markets, services.accounts, services.site.events)

    async def forget(now: Micros) -> None:
        def rows(connection: Connection) -> None:
            read = offsets.read_by_all(connection, OUTBOX)
            outbox.forget(connection, read, now - _OUTBOX_DAYS * _DAY, _AT_ONCE)

        await services.gateway.submit(None, rows)

    return (
        Periodic("outbox", 3_600 * SECOND, forget, clock),
        Periodic("clerk", CLERK_EVERY, clerk.work, clock),
        Periodic("mailer", MAILER_EVERY, mailer.work, clock),
        *_rewarding(services),
        *_paying(services),
        _triggers(services),
        Periodic(PriceAlerts.name, ALERTS_EVERY, alerts.step, clock),
        Periodic(Watchers.name, WATCHERS_EVERY, watchers.step, clock),
    )


def _triggers(services: Services) -> Periodic:
    """Stop-loss and take-profit fire when a market that they watch has changed, or in time."""
    views = (services.markets, services.accounts, services.watched)
    guard = protections.Guard(services.gateway, services.reader, views, services.site.settings)
    triggers = Periodic("triggers", protections.EVERY, guard.step, services.clock)
    services.watched.wake = triggers.ask
    return triggers


def _rewarding(services: Services) -> tuple[Periodic, ...]:
    gateway, clock = services.gateway, services.clock
    referring = Referring(gateway, services.site.settings)
    rounds, pillars = _rounds(services), Pillars(gateway, services.markets)
    return (
        Periodic("promised-xp", 60 * SECOND, Promised(gateway).step, clock),
        Periodic("referrals", 300 * SECOND, referring.step, clock),
        Periodic("notification-retention", _DAY, Retention(gateway).step, clock),
        Periodic("closing-reminders", 300 * SECOND, rounds.remind, clock),
        Periodic("holders-told", SECOND, rounds.make, clock),
        Periodic("quoted-minutes", 60 * SECOND, pillars.step, clock),
    )


def _paying(services: Services) -> tuple[Periodic, ...]:
    gateway, clock = services.gateway, services.clock
    payouts = Payouts(gateway, services.reader, services.site.payments)
    return (
        Periodic(Expiry.name, EXPIRY_EVERY, Expiry(gateway).step, clock),
        Periodic(Payouts.name, PAYOUTS_EVERY, payouts.step, clock),
        Periodic(LedgerCheck.name, CHECK_EVERY, LedgerCheck(gateway).step, clock),
        Periodic(FundOrders.name, FUNDS_EVERY, FundOrders(gateway).step, clock),
    )


def _rounds(services: Services) -> Rounds:
    slug_of = partial(_slug_of, services.site)
    return Rounds(services.gateway, services.reader, services.markets, slug_of)


def _slug_of(site: Site, ticker: str) -> str:
    row = site.events.by_ticker(ticker)
    return row.slug if row else ticker.lower()


def jobs(services: Services, settings: Settings) -> Jobs:
    """All of them, at rest."""
    feed = Feed(services.gateway, services.gateway.rows_reader())
    following: list[Job] = [Following(one, services.gateway, feed) for one in followers(services)]
    return Jobs(feed, [*following, *chores(services, settings)])
