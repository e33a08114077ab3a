"""When a referral counts, and what it pays: decided once for each referee.

Who was referred has to trade three times in two events within thirty days, with a confirmed address
where that is asked for. Whom a network brought in numbers, and who has gone, does not count.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from presage.domain import accounts as ledger
from presage.domain.accounts import BONUS
from presage.domain.commands import Move
from presage.domain.ids import account_id
from presage.gateway import Gateway
from presage.identity import members, people
from presage.site import outbox, referrals, tallies
from presage.site.referrals import Referral
from presage.site.settings import Settings
from presage.site.streaks import DAY
from presage.site.tallies import Tally
from presage.units import CENT, Micros
from presage.workers.rewarding import Deed, reward

TRADES: Final = 3
EVENTS: Final = 2
WITHIN: Final[Micros] = 30 * DAY
MOST_PAID: Final = 50
MOST_A_DAY: Final = 3
"""Registrations from one network within a day; those beyond are not believed."""
XP: Final = 100
QUALIFIED: Final = "referral.qualified"
_PAGE: Final = 100


class Referring:
    """`settings` are the site's."""

    def __init__(self, gateway: Gateway, settings: Settings) -> None:
        self._gateway = gateway
        self._settings = settings
        self._looked_at = 0

    def decide(self, connection: Connection, referee: int, at: Micros) -> Move | None:
        """Decide on a member's referral, if it can be; what the referrer is paid."""
        referral = referrals.find(connection, referee)
        if referral is None or referral.status != "PENDING":
            return None
        if at > referral.created_at + WITHIN or self._is_doubtful(connection, referral):
            referrals.decide(connection, referral, "REJECTED", at)
            return None
        if not self._is_fulfilled(connection, referral, tallies.read(connection, referee)):
            return None
        referrals.decide(connection, referral, "QUALIFIED", at)
        return self._pay(connection, referral, at)

    async def step(self, now: Micros) -> None:
        """Look at some of those that are open: an address may have been confirmed since, or thirty
        days have passed."""
        found: list[Referral] = []

        def rows(connection: Connection) -> Move | None:
            found.extend(referrals.pending(connection, self._looked_at, _PAGE))
            for one in found:
                self._looked_at = one.referee
                if (move := self.decide(connection, one.referee, now)) is not None:
                    return move
            self._looked_at = 0 if len(found) < _PAGE else self._looked_at
            return None

        while True:
            found.clear()
            before = self._looked_at
            await self._gateway.submit(None, rows)
            if self._looked_at <= before:
                return

    def _is_doubtful(self, connection: Connection, referral: Referral) -> bool:
        for number in (referral.referee, referral.referrer):
            member = members.find(connection, number)
            if member is None or member.status == "closed":
                return True
        came = referrals.from_host(connection, referral, referral.created_at - DAY)
        return referral.referee == referral.referrer or came > MOST_A_DAY

    def _is_fulfilled(self, connection: Connection, referral: Referral, tally: Tally) -> bool:
        if tally.trades < TRADES or tally.events < EVENTS:
            return False
        if not self._settings.flag("requireVerifiedEmail"):
            return True
        profile = people.find(connection, referral.referee)
        return profile is not None and profile.email_verified_at > 0

    def _pay(self, connection: Connection, referral: Referral, at: Micros) -> Move | None:
        cents = self._settings.number("REFERRAL_REWARD_CENTS")
        before = tallies.read(connection, referral.referrer)
        pays = cents > 0 and before.paid_referrals < MOST_PAID

        def count(tally: Tally) -> None:
            tally.referrals += 1
            tally.paid_referrals += pays
            tally.referral_cents += cents * pays

        deed = Deed("referral", str(referral.referee), XP)
        reward(connection, referral.referrer, at, count, (deed,))
        told = {"referee": referral.referee, "cents": cents * pays}
        outbox.add(connection, at, QUALIFIED, referral.referrer, told)
        if not pays:
            return None
        cash = ledger.cash(account_id(referral.referrer))
        lines = ((BONUS, -cents * CENT), (cash, cents * CENT))
        return Move(lines, f"referral:{referral.referee}", "referral")
