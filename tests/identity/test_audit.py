"""The operators' log is a chain: each row vouches for all before it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import Connection, create_engine

from presage.domain.commands import SetPause
from presage.identity import audit
from presage.identity.audit import Act, AuditRow, Chain, Noted


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        audit.audit.create(connection)
        yield connection
    engine.dispose()


def act(number: int, subject: str = "RAIN") -> Act:
    return Act(1_000 + number, 1, "series.create", subject, "why", {"b": number, "a": None})


def rows(connection: Connection, count: int) -> list[AuditRow]:
    for number in range(count):
        audit.append(connection, act(number))
    return audit.following(connection, 0, count)


def broken(changed: list[AuditRow]) -> int:
    chain = Chain()
    chain.follow(changed)
    return chain.broken


def test_rows_are_numbered_and_chained(connection: Connection) -> None:
    first, second = rows(connection, 2)
    assert (first.id, second.id) == (1, 2)
    assert first.previous == audit.NO_HASH
    assert second.previous == first.hash
    assert first.params == '{"a":null,"b":0}'


def test_a_whole_chain_is_followed_in_parts(connection: Connection) -> None:
    written = rows(connection, 5)
    chain = Chain()
    chain.follow(written[:2])
    chain.follow(written[2:])
    assert (chain.last, chain.broken) == (5, 0)


@pytest.mark.parametrize("field", ["at", "actor", "action", "subject", "reason", "params"])
def test_a_changed_field_breaks_the_chain(connection: Connection, field: str) -> None:
    written = rows(connection, 3)
    value = getattr(written[1], field)
    other = value + 1 if isinstance(value, int) else value + "x"
    written[1] = msgspec.structs.replace(written[1], **{field: other})
    assert broken(written) == 2


def test_a_missing_or_moved_row_breaks_the_chain(connection: Connection) -> None:
    one, two, three = rows(connection, 3)
    assert broken([one, three]) == 2
    assert broken([two, three]) == 1
    assert broken([one, three, two]) == 2


def test_newest_first_before_and_by_subject(connection: Connection) -> None:
    for number in range(4):
        audit.append(connection, act(number, "ODD" if number % 2 else "EVEN"))
    assert [row.id for row in audit.newest(connection, 2)] == [4, 3]
    assert [row.id for row in audit.newest(connection, 9, before=3)] == [2, 1]
    assert [row.id for row in audit.newest(connection, 9, wanted=audit.Search(subject="ODD"))] == [
        4,
        2,
    ]


def test_the_command_is_told_its_row(connection: Connection) -> None:
    rows(connection, 2)
    noted = Noted(act(2), lambda _, row: SetPause(True, False, row))
    assert noted(connection) == SetPause(True, False, 3)
    assert noted.id == 3
