"""API keys as rows: whose they are and what they allow. Only public halves are ever stored.

A revoked key keeps its row, so that its id never comes back. `Keys` holds the live ones in memory;
whoever commits a change to the rows tells it, and the change counts from the next request on.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Select,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)

from presage.domain.ids import MemberId
from presage.identity.members import members
from presage.identity.records import KeyRecord
from presage.storage.schema import metadata
from presage.units import Micros

MAX_KEYS = 100
"""Live keys of one member."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("public_key_pem", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("subaccount", Integer, nullable=True),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=False),
)
_LIVE = api_keys.c.revoked_at == 0
Index("api_keys_by_member", api_keys.c.member, api_keys.c.created_at)


class ApiKey(msgspec.Struct, frozen=True):
    """`id` is a UUID, `subaccount` the only one the key may use or None, `revoked_at` 0: live."""

    id: str
    member: MemberId
    name: str
    public_key_pem: str
    scopes: tuple[str, ...]
    subaccount: int | None
    created_at: Micros
    revoked_at: Micros = 0


class TooManyKeys(Exception):
    """The member has MAX_KEYS live keys already."""


class UnknownKey(Exception):
    """The member has no such live key."""


def add(connection: Connection, key: ApiKey) -> None:
    """Write a new key. Raises: TooManyKeys."""
    live = select(func.count()).where(api_keys.c.member == key.member, _LIVE)
    if connection.execute(live).scalar_one() >= MAX_KEYS:
        raise TooManyKeys
    row = msgspec.structs.asdict(key) | {"scopes": " ".join(key.scopes)}
    connection.execute(insert(api_keys).values(**row))


def of_member(connection: Connection, member: MemberId) -> list[ApiKey]:
    """A member's live keys, oldest first."""
    query = select(api_keys).where(api_keys.c.member == member, _LIVE)
    rows = connection.execute(query.order_by(api_keys.c.created_at, api_keys.c.id))
    return [_key(row) for row in rows]


def revoke(connection: Connection, member: MemberId, id: str, at: Micros) -> None:
    """End one of a member's keys. Raises: UnknownKey."""
    whose = (api_keys.c.id == id, api_keys.c.member == member, _LIVE)
    if not connection.execute(update(api_keys).where(*whose).values(revoked_at=at)).rowcount:
        raise UnknownKey


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    values = dict(row._mapping)
    return ApiKey(**values | {"scopes": tuple(row.scopes.split())})


def _records() -> Select[tuple[object, ...]]:
    return select(api_keys, members.c.id.label("user_id"), members.c.role).join(
        members, members.c.number == api_keys.c.member
    )


class Keys:
    """The live keys by id."""

    def __init__(self) -> None:
        self._records: dict[str, KeyRecord] = {}

    def load(self, connection: Connection) -> None:
        """Read all live keys and whose they are."""
        self._records.clear()
        for row in connection.execute(_records().where(_LIVE)):
            self.put(_record(row))

    def find(self, key_id: str) -> KeyRecord | None:
        """The key, or None if there is no such live key."""
        return self._records.get(key_id)

    def put(self, record: KeyRecord) -> None:
        """Take over a committed new key."""
        self._records[record.key_id] = record

    def drop(self, key_id: str) -> None:
        """Take over a committed revocation."""
        self._records.pop(key_id, None)


def _record(row: Row[tuple[object, ...]]) -> KeyRecord:
    return KeyRecord(
        key_id=row.id,
        member=row.member,
        user_id=row.user_id,
        public_key_pem=row.public_key_pem,
        scopes=frozenset(row.scopes.split()),
        subaccount=row.subaccount,
        role=row.role,
    )
