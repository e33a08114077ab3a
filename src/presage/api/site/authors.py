"""Members as those who wrote something: what everybody may know of them, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from presage.api.site import ids
from presage.api.site.errors import not_found
from presage.api.site.services import AnyCall, Site, site_of
from presage.domain.ids import MemberId
from presage.identity.people import Person
from presage.site import xp
from presage.wire.site.posts import Author

Levels = dict[MemberId, int]
_GONE = "CLOSED"


def levels(connection: Any, members: Iterable[MemberId]) -> Levels:
    """The level of each."""
    wanted = set(members)
    found = xp.totals(connection, wanted) if wanted else {}
    return {one: xp.level_of(found.get(one, 0)) for one in wanted}


def author(site: Site, member: MemberId, known: Levels) -> Author:
    """Somebody who wrote something."""
    person = site.people.find(member)
    assert person is not None, "whoever wrote has a row"
    return Author(
        id=ids.shown("usr", person.id),
        username=person.username,
        avatar_url=person.avatar or None,
        level=known[member],
    )


def person_for(call: AnyCall, name: str) -> Person:
    """The member with this id or username. Raises: not_found, also for who has left."""
    people = site_of(call).people
    id = ids.row_id("usr", name)
    person = (people.by_id(id) if id is not None else None) or people.by_username(name)
    if person is None or person.state(call.at) == _GONE:
        raise not_found()
    return person
