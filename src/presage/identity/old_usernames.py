"""Usernames that members have given up: for ninety days nobody else gets them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, Text, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

old_usernames = kept.kept_table(
    "old_usernames",
    Column("name", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)


def reserve(connection: Connection, name: str, member: MemberId, until: Micros) -> None:
    """Nobody but `member` may take the name until then."""
    row = {"name": name, "member": member, "until": until}
    if not kept.replace(connection, old_usernames, row):
        kept.insert(connection, old_usernames, row)


def is_reserved(connection: Connection, name: str, member: MemberId, at: Micros) -> bool:
    """Is it kept for somebody else?"""
    query = select(old_usernames).where(old_usernames.c.name == name)
    found = kept.read(connection, query, old_usernames)
    return any(row["until"] > at and row["member"] != member for row in found)
