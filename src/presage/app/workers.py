"""The one list of what runs beside the doors: followers of what was committed, and chores.

Each topic adds its lines; what a worker does is in its own file in `workers/`.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from presage.api.kalshi.services import Services
from presage.api.site import occasions
from presage.api.site.services import Site
from presage.app.settings import BadSetting, Settings
from presage.gateway import Reader
from presage.site import offsets, outbox
from presage.site.offsets import OUTBOX
from presage.units import SECOND, Micros
from presage.workers import protections, webhooks
from presage.workers.challenges import EVERY as CHALLENGES_EVERY
from presage.workers.challenges import Challenges
from presage.workers.clerk import EVERY as CLERK_EVERY
from presage.workers.clerk import Clerk
from presage.workers.copies import Copies
from presage.workers.copying import EVERY as COPIER_EVERY
from presage.workers.copying import LOSSES_EVERY, Copier, LossWatch
from presage.workers.feed import Feed
from presage.workers.following import Follower, Following
from presage.workers.fund_orders import EVERY as FUNDS_EVERY
from presage.workers.fund_orders import FundOrders
from presage.workers.jobs import Job, Jobs, Periodic
from presage.workers.ledger_check import EVERY as CHECK_EVERY
from presage.workers.ledger_check import LedgerCheck
from presage.workers.mailer import EVERY as MAILER_EVERY
from presage.workers.mailer import Mailer, Send, as_files, by_smtp
from presage.workers.merits import Merits, Promised
from presage.workers.notifier import Notifier, Retention
from presage.workers.overdue import EVERY as OVERDUE_EVERY
from presage.workers.overdue import Overdue
from presage.workers.payments import EXPIRY_EVERY, PAYOUTS_EVERY, Expiry, Payouts
from presage.workers.pillars import Pillars
from presage.workers.price_alerts import EVERY as ALERTS_EVERY
from presage.workers.price_alerts import PriceAlerts
from presage.workers.referring import Referring
from presage.workers.rewards import Rewards
from presage.workers.rounds import Rounds
from presage.workers.sender import EVERY as SENDER_EVERY
from presage.workers.sender import Sender
from presage.workers.tournaments import EVERY as TOURNAMENTS_EVERY
from presage.workers.tournaments import Tournaments
from presage.workers.watchers import EVERY as WATCHERS_EVERY
from presage.workers.watchers import Watchers
from presage.workers.webhooks import Webhooks

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
        Webhooks(markets, site.subscribers, partial(occasions.show, services)),
        _challenges(services),
        Copies(services.copying, site.settings),
    )


def chores(services: Services, settings: Settings) -> tuple[Periodic, ...]:
    """What the clock starts."""
    clock = services.clock
    clerk = Clerk(services.gateway, services.site.uses, services.site.touched)
    send = mail_server(settings.smtp) if settings.smtp else as_files(settings.data / "mail")
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
        Periodic(Overdue.name, OVERDUE_EVERY, _overdue(services).step, clock),
        *_sending(services),
        Periodic("challenge-ends", CHALLENGES_EVERY, _challenges(services).sweep, clock),
        Periodic(Tournaments.name, TOURNAMENTS_EVERY, _tournaments(services).step, clock),
    )


def mail_server(url: str) -> Send:
    """What sends through it. Raises: BadSetting."""
    try:
        return by_smtp(url)
    except ValueError as error:
        raise BadSetting(f"--smtp: {error}") from None


def _sending(services: Services) -> tuple[Periodic, ...]:
    """What is queued for members' URLs goes out."""
    gateway, site, clock = services.gateway, services.site, services.clock
    sender = Sender(
        gateway,
        services.reader,
        site.outgoing.send,
        site.sealer,
        site.subscribers,
        partial(site.settings.flag, "webhooks"),
        clock,
    )
    retention = webhooks.Retention(gateway)
    return (
        Periodic("webhook-sender", SENDER_EVERY, sender.step, clock),
        Periodic("webhook-retention", 600 * SECOND, retention.step, clock),
    )


def _challenges(services: Services) -> Challenges:
    return Challenges(services.gateway, services.reader, services.markets)


def _tournaments(services: Services) -> Tournaments:
    return Tournaments(services.gateway, services.reader, services.markets)


def _overdue(services: Services) -> Overdue:
    return Overdue(services.gateway, services.reader, services.site.settings, services.site.events)


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


def _copying(services: Services, feed: Feed, reader: Reader) -> tuple[Periodic, ...]:
    """What copiers are to do is looked at often, so it waits for no table."""
    gateway, clock, circle = services.gateway, services.clock, services.copying
    views = services.markets, services.accounts, circle
    copier = Copier(gateway, reader, feed, views, services.site.settings)
    losses = LossWatch(gateway, reader, feed, (services.markets, circle))
    return (
        Periodic(Copier.name, COPIER_EVERY, copier.step, clock),
        Periodic(LossWatch.name, LOSSES_EVERY, losses.step, clock),
        Periodic("copy-log", 3_600 * SECOND, losses.forget, clock),
    )


def _slug_of(site: Site, ticker: str) -> str:
    row = site.events.by_ticker(ticker)
    return row.slug if row else ticker.lower()


def jobs(services: Services, settings: Settings) -> Jobs:
    """All of them, at rest."""
    reader = services.gateway.rows_reader()
    feed = Feed(services.gateway, reader)
    following: list[Job] = [Following(one, services.gateway, feed) for one in followers(services)]
    copying = _copying(services, feed, reader)
    return Jobs(feed, [*following, *chores(services, settings), *copying])
