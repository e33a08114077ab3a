"""What moderators did about members and what they say, and why: one row an action.

The member concerned may appeal once. The audit log has the operator's side of it; here is what the
member is told.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Text, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

HIDE: Final = "HIDE"
DISMISS: Final = "DISMISS"
REMOVE: Final = "REMOVE"
RESTORE: Final = "RESTORE"
WARN: Final = "WARN"
MUTE: Final = "MUTE"
SUSPEND: Final = "SUSPEND"
BAN: Final = "BAN"
AGAINST: Final = frozenset({HIDE, REMOVE, WARN, MUTE, SUSPEND, BAN})
"""What can be appealed against."""

actions = kept.kept_table(
    "moderation_actions",
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target_type", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("member", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("hours", Integer, nullable=False),
    Column("audit", BigInteger, nullable=False),
    Column("appealed_at", BigInteger, nullable=False),
)
Index("moderation_by_member", actions.c.member, actions.c.id)


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """`member` is whom it is about. `actor` 0: nobody, enough reports or the spam guard hid it;
    `audit` is the row of the audit log otherwise. `hours` is how long a mute lasts."""

    id: str
    at: Micros
    actor: MemberId
    kind: str
    target_type: str
    target: str
    member: MemberId
    reason: str
    hours: int = 0
    audit: int = 0
    appealed_at: Micros = 0


def add(connection: Connection, action: Action) -> None:
    """Write one."""
    kept.insert(connection, actions, msgspec.structs.asdict(action))


def find(connection: Connection, id: str) -> Action | None:
    """By id."""
    query = select(actions).where(actions.c.id == id)
    return next((Action(**row) for row in kept.read(connection, query, actions)), None)


def appealed(connection: Connection, action: Action, at: Micros) -> None:
    """It was appealed against, and cannot be again."""
    kept.change(connection, actions, actions.c.id == action.id, appealed_at=at)
