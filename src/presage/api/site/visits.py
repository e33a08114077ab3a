"""The first visit of a day in a session that is remembered counts as a login for the streak.

Keys do not count. A visit is never refused, nor held up twice on one day, because of it.
"""

from __future__ import annotations

from typing import Any

from presage.api.auth import Caller
from presage.api.kalshi.services import Services
from presage.api.site import grants
from presage.domain.commands import Move
from presage.gateway import Busy
from presage.site import streaks


async def arrive(services: Services, caller: Caller) -> None:
    """A member has come in a session."""
    site, at = services.site, services.clock()
    today, person = streaks.day_of(at), site.people.find(caller.member)
    if person is None or site.seen.get(caller.member) == today:
        return
    pays = grants.earns_streak(site, person)

    def rows(connection: Any) -> Move | None:
        claim = streaks.claim(connection, caller.member, at, pays)
        return grants.streak_bonus(caller.member, claim.streak.last_day, claim.cents)

    site.seen[caller.member] = today
    try:
        await services.gateway.submit(None, rows)
    except Busy:  # the next visit counts
        site.seen.pop(caller.member, None)
