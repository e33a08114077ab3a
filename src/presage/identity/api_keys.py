"""API keys as rows: whose they are and what they allow. Only public halves are ever stored.

A revoked key keeps its row, so that its id never comes back. `Keys` holds the live ones in memory;
whoever commits a change to the rows tells it, and the change counts from the next request on.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Text,
    and_,
    func,
    select,
)

from presage.domain.ids import MemberId
from presage.identity import members
from presage.identity.records import KeyRecord
from presage.storage import kept
from presage.storage.errors import StorageError
from presage.units import Micros

MAX_KEYS = 100
"""Live keys of one member."""

api_keys = kept.kept_table(
    "api_keys",
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
    kept.insert(connection, api_keys, row)


def of_member(connection: Connection, member: MemberId) -> list[ApiKey]:
    """A member's live keys, oldest first."""
    query = select(api_keys).where(api_keys.c.member == member, _LIVE)
    query = query.order_by(api_keys.c.created_at, api_keys.c.id)
    return [_key(row) for row in kept.read(connection, query, api_keys)]


def of_members(connection: Connection, owners: Collection[MemberId]) -> list[ApiKey]:
    """The live keys of several members, oldest first."""
    query = select(api_keys).where(api_keys.c.member.in_(owners), _LIVE)
    query = query.order_by(api_keys.c.created_at, api_keys.c.id)
    return [_key(row) for row in kept.read(connection, query, api_keys)]


def revoke(connection: Connection, member: MemberId, id: str, at: Micros) -> None:
    """End one of a member's keys. Raises: UnknownKey."""
    whose = and_(api_keys.c.id == id, api_keys.c.member == member, _LIVE)
    if not kept.change(connection, api_keys, whose, revoked_at=at):
        raise UnknownKey


def _key(row: kept.Row) -> ApiKey:
    return ApiKey(**row | {"scopes": tuple(row["scopes"].split())})


class Keys:
    """The live keys by id."""

    def __init__(self) -> None:
        self._records: dict[str, KeyRecord] = {}

    def load(self, connection: Connection) -> None:
        """Read all live keys and whose they are."""
        self._records.clear()
        owners = {member.number: member for member in members.every(connection)}
        for row in kept.read(connection, select(api_keys).where(_LIVE), api_keys):
            key = _key(row)
            if key.member not in owners:
                raise StorageError(f"table members: nobody has the number {key.member}")
            self.put(_record(key, owners[key.member]))

    def find(self, key_id: str) -> KeyRecord | None:
        """The key, or None if there is no such live key."""
        return self._records.get(key_id)

    def put(self, record: KeyRecord) -> None:
        """Take over a committed new key."""
        self._records[record.key_id] = record

    def drop(self, key_id: str) -> None:
        """Take over a committed revocation."""
        self._records.pop(key_id, None)


def _record(key: ApiKey, owner: members.Member) -> KeyRecord:
    return KeyRecord(
        key_id=key.id,
        member=key.member,
        user_id=owner.id,
        public_key_pem=key.public_key_pem,
        scopes=frozenset(key.scopes),
        subaccount=key.subaccount,
        role=owner.role,
    )
