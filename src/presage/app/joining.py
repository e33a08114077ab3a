"""Gives every member who has none a profile: those that operators made, or an older version.

Everything the site shows of a member comes from the profile; with one for everybody nobody is a
special case.
"""

from __future__ import annotations

from typing import Any, Final

from presage.api.kalshi.services import Services
from presage.identity import people
from presage.identity.members import Member
from presage.identity.people import Profile

PORTION: Final = 200
"""Profiles that one submission writes."""


async def give_profiles(services: Services) -> None:
    """Until nobody is left without."""
    while True:
        joined: list[tuple[Member, Profile]] = []

        def rows(connection: Any, joined: list[tuple[Member, Profile]] = joined) -> None:
            for member in people.without_profile(connection, PORTION):
                joined.append((member, people.join(connection, member)))

        missing = await services.reader.run(lambda rows: people.without_profile(rows, 1))
        if not missing:
            return
        await services.gateway.submit(None, rows)
        for member, profile in joined:
            services.site.people.put(people.person(member, profile))
