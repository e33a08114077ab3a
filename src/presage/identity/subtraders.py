"""The subtraders of an FCM as rows: each is a member of its own, whose id begins with its FCM's.

The id is composed here and says whose the subtrader is, so nothing else has to be kept. What a
subtrader may spend is the engine's business.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from presage.identity import api_keys, members
from presage.identity.api_keys import ApiKey
from presage.identity.members import Member
from presage.storage import kept

FCM: Final = "fcm"
SUBTRADER: Final = "subtrader"
"""Roles of members."""


def subtrader_id(fcm_id: str, suffix: str) -> str:
    """The id of an FCM's subtrader; `suffix` has letters and digits only."""
    return f"{fcm_id}_{suffix}"


def find(connection: Connection, fcm_id: str, id: str) -> Member | None:
    """The subtrader with that id, if it is the FCM's."""
    if not id.startswith(subtrader_id(fcm_id, "")):
        return None
    found = members.find_by_id(connection, id)
    return found if found is not None and found.role == SUBTRADER else None


def of(connection: Connection, fcm_id: str) -> list[Member]:
    """All of an FCM's, oldest first."""
    table = members.members
    first = subtrader_id(fcm_id, "")
    # The character after the underscore: everything that begins with `first` lies between.
    query = select(table).where(
        table.c.id > first, table.c.id < fcm_id + "`", table.c.role == SUBTRADER
    )
    rows = kept.read(connection, query.order_by(table.c.number), table)
    return [Member(**row) for row in rows]


def keys_of(connection: Connection, fcm_id: str, role: str) -> list[tuple[Member, ApiKey]]:
    """The live keys that are bound to an FCM's subtraders, with whose they are; a member of another
    role has none."""
    if role != FCM:
        return []
    owners = {one.number: one for one in of(connection, fcm_id)}
    return [(owners[key.member], key) for key in api_keys.of_members(connection, owners)]
