"""How members want things: what they show, what they allow, what they are mailed. One row each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Text, bindparam, select

from presage.domain.ids import MemberId
from presage.storage import kept

preferences = kept.kept_table(
    "preferences",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("wishes", Text, nullable=False),
)

_OF_MEMBERS: Final = select(preferences).where(
    preferences.c.member.in_(bindparam("members", expanding=True))
)


class Preferences(msgspec.Struct, frozen=True, omit_defaults=True):
    """The defaults count for who never said anything. `mails` says of types of notifications
    whether they are also mailed."""

    bio: str = ""
    dark_mode: bool = False
    time_zone: str = "UTC"
    locale: str = "en"
    odds_format: str = "CENTS"
    public_positions: bool = False
    show_on_leaderboard: bool = True
    allow_copying: bool = True
    allow_challenges: bool = True
    confirm_trades: bool = True
    default_slippage_cents: int = 2
    mails: dict[str, bool] = {}


def find(connection: Connection, member: MemberId) -> Preferences:
    """A member's."""
    query = select(preferences).where(preferences.c.member == member)
    for row in kept.read(connection, query, preferences):
        return _wishes(row)
    return Preferences()


def unranked(connection: Connection) -> frozenset[MemberId]:
    """Members who do not want to be on the leaderboard."""
    rows = kept.read(connection, select(preferences), preferences)
    return frozenset(row["member"] for row in rows if not _wishes(row).show_on_leaderboard)


def open_handed(connection: Connection, members: Collection[MemberId]) -> set[MemberId]:
    """Those of these members whose positions everybody may see."""
    rows = kept.read(connection, _OF_MEMBERS, preferences, {"members": list(members)})
    return {row["member"] for row in rows if _wishes(row).public_positions}


def _wishes(row: kept.Row) -> Preferences:
    return msgspec.json.decode(row["wishes"], type=Preferences)


def write(connection: Connection, member: MemberId, wishes: Preferences) -> None:
    """Keep a member's."""
    row = {"member": member, "wishes": msgspec.json.encode(wishes).decode()}
    if not kept.replace(connection, preferences, row):
        kept.insert(connection, preferences, row)
