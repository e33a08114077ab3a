"""Pictures as rows, by the hash of their content: they are backed up and checked like all else.

What may become one is decided where it is taken in (`api/site/pictures.py`).
"""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, Text, delete, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

media = kept.kept_table(
    "media",
    Column("name", Text, primary_key=True),
    Column("owner", BigInteger, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("media_by_owner", media.c.owner)


class Picture(msgspec.Struct, frozen=True):
    """A WebP file; two members may have the same one."""

    name: str
    owner: MemberId
    content: bytes
    created_at: Micros


def put(connection: Connection, owner: MemberId, pictures: list[Picture]) -> None:
    """These are the owner's pictures now; those before are gone."""
    connection.execute(delete(media).where(media.c.owner == owner))
    for picture in pictures:
        kept.insert(connection, media, msgspec.structs.asdict(picture))


def find(connection: Connection, name: str) -> bytes | None:
    """The content of a name."""
    query = select(media).where(media.c.name == name).limit(1)
    return next((bytes(row["content"]) for row in kept.read(connection, query, media)), None)
