"""Who takes part in copying, so that everybody else's trades need not be looked at; and what copied
contracts are worth now.

The circle may know more members than take part, and never fewer: whoever is about to begin is told
here first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, func, select

from presage.domain.copying import yes_price
from presage.domain.ids import MemberId
from presage.feeds import marks
from presage.feeds.markets import Markets
from presage.identity import members
from presage.projections.records import records
from presage.site import copies, preferences
from presage.site.copy_lots import Lot, copy_lots
from presage.units import Micros, Money

_HOUSE: Final = "house"


class Circle:
    """The view: a set that only grows until the next start."""

    def __init__(self) -> None:
        self._members: set[MemberId] = set()

    def load(self, connection: Connection) -> None:
        """Read everything from the rows."""
        self._members = copies.parties(connection)

    def __contains__(self, member: MemberId) -> bool:
        return member in self._members

    def __bool__(self) -> bool:
        return bool(self._members)

    def join(self, *members: MemberId) -> None:
        """They will take part."""
        self._members.update(members)


def obstacle(connection: Connection, leader: MemberId) -> str:
    """Why a member may not be copied; empty: nothing stands against it."""
    found = members.find(connection, leader)
    if found is None or found.status == "closed":
        return "leader_closed"
    if found.status != "active":
        return "leader_suspended"
    if found.role == _HOUSE or not preferences.find(connection, leader).allow_copying:
        return "opted_out"
    return ""


def unrealized(markets: Markets, lots: Iterable[Lot]) -> Money:
    """What would be won if everything were sold at its mark; without one it is worth its cost."""
    total = 0
    for lot in lots:
        price = marks.mark(markets.by_id(lot.market)).price if lot.count else None
        if price is not None:
            total += lot.count * yes_price(lot.sign, price) - lot.cost
    return total


def only_copied(connection: Connection, since: Micros) -> dict[MemberId, int]:
    """In how many markets each member has first opened a position since a moment by copies alone:
    forecasts of somebody else."""
    c, r = copy_lots.c, records.c
    copied = select(c.copier, c.market, func.sum(c.bought).label("bought"))
    copied_in = copied.group_by(c.copier, c.market).subquery()
    query = (
        select(r.member, func.count())
        .join(
            copied_in,
            (copied_in.c.copier == r.member) & (copied_in.c.market == r.market),
        )
        .where(r.first_at >= since, r.opened > 0, r.opened <= copied_in.c.bought)
        .group_by(r.member)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}
