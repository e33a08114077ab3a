"""Members' rows, their tiers in memory, and ids that sort by age."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import IntegrityError

from presage.identity import members
from presage.identity.members import Member, Tiers
from presage.identity.uuids import uuid7
from presage.storage.schema import metadata

NOON = 1_790_000_000_000_000


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine, [members.members])
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def member(number: int, **more: str) -> Member:
    fields = {"role": "member", "display_name": f"No. {number}", "tier": "basic"} | more
    return Member(id=f"id-{number}", number=number, status="active", created_at=NOON, **fields)


def test_members_are_found_by_number_and_by_id(connection: Connection) -> None:
    assert members.next_number(connection) == 1
    for number in (1, 2):
        members.add(connection, member(number))
    assert members.next_number(connection) == 3
    assert members.find(connection, 2) == member(2)
    assert members.find_by_id(connection, "id-1") == member(1)
    assert members.find(connection, 3) is None
    assert members.find_by_id(connection, "id-3") is None
    assert members.every(connection) == [member(1), member(2)]


def test_a_number_belongs_to_one_member(connection: Connection) -> None:
    members.add(connection, member(1))
    with pytest.raises(IntegrityError):
        members.add(connection, Member("other", 1, "member", "x", "active", "basic", NOON))


def test_status_and_tier(connection: Connection) -> None:
    for number in (1, 2):
        members.add(connection, member(number))
    members.set_status(connection, 1, "suspended")
    members.set_tier(connection, 2, "expert")
    shown = [(one.status, one.tier) for one in members.every(connection)]
    assert shown == [("suspended", "basic"), ("active", "expert")]
    tiers = Tiers()
    tiers.load(connection)
    assert [tiers.of(number) for number in (1, 2, 3)] == ["basic", "expert", "basic"]
    tiers.put(2, "basic")
    assert tiers.of(2) == "basic"


def test_ids_are_version_7_and_sort_by_age() -> None:
    made = [uuid7(NOON + age * 1_000) for age in range(100)]
    assert made == sorted(made)
    assert len({uuid7(NOON) for _ in range(1_000)}) == 1_000
    one = uuid.UUID(made[0])
    assert (one.version, one.variant) == (7, uuid.RFC_4122)
    assert one.int >> 80 == NOON // 1_000
