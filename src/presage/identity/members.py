"""Who may use the exchange: people and bots, as rows that operators and members edit.

The engine knows a member by its number only; name, role and API tier live here. Whether a member
may trade is the engine's business (a suspension is a command), `status` repeats it for display.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Text,
    func,
    select,
)

from presage.domain.accounts import MemberStatus
from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

members = kept.kept_table(
    "members",
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("role", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("members_by_number", members.c.number, unique=True)

DEFAULT_TIER = "basic"


class Member(msgspec.Struct, frozen=True):
    """`id` is a UUIDv7, `number` the engine's; `role` is member, operator or house; `tier` names
    the rate-limit budgets."""

    id: str
    number: MemberId
    role: str
    display_name: str
    status: MemberStatus
    tier: str
    created_at: Micros


def next_number(connection: Connection) -> MemberId:
    """The number for the next member, from 1."""
    highest = connection.execute(select(func.max(members.c.number))).scalar_one()
    return (highest or 0) + 1


def add(connection: Connection, member: Member) -> None:
    """Write a new member. The number and the id must be free."""
    kept.insert(connection, members, msgspec.structs.asdict(member))


def find(connection: Connection, number: MemberId) -> Member | None:
    """The member with an engine number."""
    return _find(connection, "number", number)


def find_by_id(connection: Connection, id: str) -> Member | None:
    """The member with a public id."""
    return _find(connection, "id", id)


def _find(connection: Connection, name: str, value: object) -> Member | None:
    found = kept.with_value(connection, members, name, value)
    return next((Member(**row) for row in found), None)


def every(connection: Connection) -> list[Member]:
    """All members, oldest first."""
    query = select(members).order_by(members.c.number)
    return [Member(**row) for row in kept.read(connection, query, members)]


def of_role(connection: Connection, role: str) -> list[MemberId]:
    """The numbers of all members with a role."""
    query = select(members).where(members.c.role == role)
    return [row["number"] for row in kept.read(connection, query, members)]


def set_status(connection: Connection, number: MemberId, status: MemberStatus) -> None:
    """Show another status."""
    kept.change(connection, members, members.c.number == number, status=status)


def rename(connection: Connection, number: MemberId, name: str) -> None:
    """Give a member another name."""
    kept.change(connection, members, members.c.number == number, display_name=name)


def set_tier(connection: Connection, number: MemberId, tier: str) -> None:
    """Give a member other rate-limit budgets; `Tiers` must be told as well."""
    kept.change(connection, members, members.c.number == number, tier=tier)


class Tiers:
    """Every member's tier in memory, because each request's budget depends on it."""

    def __init__(self) -> None:
        self._tiers: dict[MemberId, str] = {}

    def load(self, connection: Connection) -> None:
        """Read the table; members of the default tier are not kept."""
        query = select(members).where(members.c.tier != DEFAULT_TIER)
        self._tiers = {row["number"]: row["tier"] for row in kept.read(connection, query, members)}

    def of(self, member: MemberId) -> str:
        """The name of a member's tier."""
        return self._tiers.get(member, DEFAULT_TIER)

    def put(self, member: MemberId, tier: str) -> None:
        """Take over a committed change."""
        self._tiers[member] = tier
