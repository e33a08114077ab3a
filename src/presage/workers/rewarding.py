"""What a deed comes to: experience within the limits of a day, levels, badges, each once.

It changes one member's tally in the submission that the deed is counted in. What counts as a deed
is decided by those who call it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from presage.domain.ids import MemberId
from presage.site import badges, outbox, tallies, xp
from presage.site.streaks import day_of
from presage.site.tallies import Tally
from presage.site.xp import Gain
from presage.units import Micros

BADGE_EARNED: Final = "badge.earned"
LEVEL_UP: Final = "level.up"


class Deed(NamedTuple):
    """Worth `xp` from `source`; the same `ref` is worth it once."""

    source: str
    ref: str
    xp: int


def reward(
    connection: Connection,
    member: MemberId,
    at: Micros,
    change: Callable[[Tally], None] | None = None,
    deeds: Sequence[Deed] = (),
) -> Tally:
    """Change a member's tally and give what that and the deeds come to."""
    tally = tallies.read(connection, member)
    if change is not None:
        change(tally)
    level = xp.level_of(tally.xp)
    for deed in deeds:
        _give(connection, member, tally, deed, at)
    _award(connection, member, tally, at)
    now = xp.level_of(tally.xp)
    if now > level:
        outbox.add(connection, at, LEVEL_UP, member, {"level": now})
    tallies.write(connection, member, tally)
    return tally


def take_away(connection: Connection, member: MemberId, sources: Sequence[str], ref: str) -> int:
    """The cause is void: what it gave, to be added as a loss."""
    found = (xp.find(connection, member, source, ref) for source in sources)
    return sum(gain.xp for gain in found if gain is not None)


def _give(connection: Connection, member: MemberId, tally: Tally, deed: Deed, at: Micros) -> None:
    if tally.day != day_of(at):
        tally.day, tally.today = day_of(at), {}
    amount, most = deed.xp, xp.DAILY.get(deed.source)
    if most is not None:
        amount = min(amount, most - tally.today.get(deed.source, 0))
    if not amount or not xp.add(connection, Gain(member, deed.source, deed.ref, amount, at)):
        return
    tally.xp += amount
    if most is not None:
        tally.today[deed.source] = tally.today.get(deed.source, 0) + amount


def _award(connection: Connection, member: MemberId, tally: Tally, at: Micros) -> None:
    reached = badges.due(tally)
    if len(reached) <= tally.badges:
        return
    has = badges.earned(connection, member)
    for badge in reached:
        if badge.id not in has:
            badges.award(connection, member, badge, at)
            has[badge.id] = at
            _give(connection, member, tally, Deed("badge", badge.id, badges.XP[badge.tier]), at)
            outbox.add(connection, at, BADGE_EARNED, member, {"badge": badge.id})
    tally.badges = len(reached)
