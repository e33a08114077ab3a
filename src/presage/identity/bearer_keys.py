"""Bearer keys as rows: whose they are and what they allow. Only a digest of the key itself is kept.

A revoked key keeps its row, so that whoever still uses it is told. `BearerKeys` holds all of them
in memory; whoever commits a change tells it, and the change counts from the next request on.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, Text, func, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

bearer_keys = kept.kept_table(
    "bearer_keys",
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("start", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger, nullable=False),
    Column("last_used_host", Text, nullable=False),
    Column("revoked_at", BigInteger, nullable=False),
)
_LIVE = bearer_keys.c.revoked_at == 0
Index("bearer_keys_by_member", bearer_keys.c.member, bearer_keys.c.created_at)

SCOPES = ("read", "trade", "social", "account", "admin")
DEFAULT_SCOPES = ("read", "trade", "social")
SHOWN = 12
"""Characters of a key that are shown ever after."""


class BearerKey(msgspec.Struct, frozen=True):
    """`start` is the key's first characters; `expires_at` and `revoked_at` 0: never, not."""

    id: str
    member: MemberId
    name: str
    digest: bytes
    start: str
    scopes: tuple[str, ...]
    created_at: Micros
    expires_at: Micros = 0
    last_used_at: Micros = 0
    last_used_host: str = ""
    revoked_at: Micros = 0


def add(connection: Connection, key: BearerKey) -> None:
    """Write a new key."""
    row = msgspec.structs.asdict(key) | {"scopes": " ".join(key.scopes)}
    kept.insert(connection, bearer_keys, row)


def count_live(connection: Connection, member: MemberId) -> int:
    """How many live keys a member has."""
    live = select(func.count()).where(bearer_keys.c.member == member, _LIVE)
    return connection.execute(live).scalar_one()


def of_member(connection: Connection, member: MemberId) -> list[BearerKey]:
    """A member's live keys, oldest first."""
    query = select(bearer_keys).where(bearer_keys.c.member == member, _LIVE)
    query = query.order_by(bearer_keys.c.created_at, bearer_keys.c.id)
    return [_key(row) for row in kept.read(connection, query, bearer_keys)]


def revoke(connection: Connection, member: MemberId, at: Micros, id: str = "") -> list[BearerKey]:
    """End one of a member's live keys, or all; those that ended, as they are now."""
    ended = [
        msgspec.structs.replace(key, revoked_at=at)
        for key in of_member(connection, member)
        if id in ("", key.id)
    ]
    for key in ended:
        kept.change(connection, bearer_keys, bearer_keys.c.id == key.id, revoked_at=at)
    return ended


def note_use(connection: Connection, id: str, at: Micros, host: str) -> None:
    """When and from where a key was last used."""
    where = bearer_keys.c.id == id
    kept.change(connection, bearer_keys, where, last_used_at=at, last_used_host=host)


def _key(row: kept.Row) -> BearerKey:
    return BearerKey(**row | {"scopes": tuple(row["scopes"].split())})


class BearerKeys:
    """All keys by digest, and by id."""

    def __init__(self) -> None:
        self._keys: dict[bytes, BearerKey] = {}
        self._ids: dict[str, BearerKey] = {}

    def load(self, connection: Connection) -> None:
        """Read all keys."""
        for row in kept.read(connection, select(bearer_keys), bearer_keys):
            self.put(_key(row))

    def find(self, digest: bytes) -> BearerKey | None:
        """The key, live or not."""
        return self._keys.get(digest)

    def put(self, key: BearerKey) -> None:
        """Take over a committed new, changed or revoked key."""
        self._keys[key.digest] = self._ids[key.id] = key

    def by_id(self, id: str) -> BearerKey | None:
        """The same, by its id."""
        return self._ids.get(id)
