"""Play money that the house gives: the opening grant of a new member, the bonus of a streak.

Every grant is a movement with a cause of its own, so that none is ever paid twice.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from presage.api.kalshi.services import Services
from presage.api.site.services import Site
from presage.domain import accounts as ledger
from presage.domain.accounts import BONUS
from presage.domain.commands import Move
from presage.domain.ids import MemberId, account_id
from presage.domain.rejects import Code, Reject
from presage.identity import people
from presage.identity.people import Person
from presage.units import CENT, Money

_ONCE: Final = Code.TRANSFER_EXISTS


def grant(member: MemberId, money: Money, cause: str, kind: str) -> Move:
    """The house gives a member money."""
    cash = ledger.cash(account_id(member))
    return Move(((BONUS, -money), (cash, money)), cause, kind)


def earns_streak(site: Site, person: Person) -> bool:
    """Does a day's first login pay this member? It counts in any case."""
    settings = site.settings
    if not settings.flag("streakBonuses") or person.status != "active":
        return False
    return person.verified or not settings.flag("requireVerifiedEmail")


def streak_bonus(member: MemberId, day: int, cents: int) -> Move | None:
    """What a day's first login earned."""
    if not cents:
        return None
    return grant(member, cents * CENT, f"streak:{member}:{day}", "streak")


async def pay_opening(services: Services, member: MemberId) -> None:
    """Pay a new member's opening money, unless it was paid. Stopped halfway it is paid at the next
    login."""

    def rows(connection: Any) -> Move | None:
        profile = people.find(connection, member)
        if profile is None or not profile.grant_due:
            return None
        people.change(connection, msgspec.structs.replace(profile, grant_due=0))
        return grant(member, profile.grant_due, f"signup:{member}", "grant")

    result = await services.gateway.submit(None, rows)
    assert not isinstance(result, Reject) or result.code is _ONCE, "the house can always give"
