"""Someone else's object does not exist: for every operation that names a thing, on both APIs.

Self, other, nobody, a key that only reads, a moderator, an administrator and a revoked key ask for
their own, another's, a random and a malformed id.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from presage.api.kalshi.routes import KALSHI
from presage.api.registry import Api, Operation
from tests.api.asking import Answer
from tests.api.ownership.left_out import LEFT_OUT
from tests.api.ownership.matrix import (
    APIS,
    MALFORMED,
    RANDOM,
    Case,
    Ids,
    address,
    cases,
    key_of,
    tuple_of,
    with_ids,
)
from tests.api.ownership.parties import ROLES, Party
from tests.api.site.world import World

CASES: Final = cases()
COVERED: Final = [
    pytest.param(api, operation, id=key_of(api, operation.id))
    for api in APIS
    for operation in with_ids(api)
    if key_of(api, operation.id) in CASES
]


class Cast(NamedTuple):
    """Everybody who plays."""

    world: World
    owner: Party
    other: Party
    staff: tuple[Party, ...]


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    directory: Path = tmp_path_factory.mktemp("exchange") / "data"
    world = World(directory)
    staff = tuple(Party(world, role) for role in ROLES)
    yield Cast(world, Party(world), Party(world), staff)
    world.close()


def test_every_operation_that_names_a_thing_has_its_line() -> None:
    named = {key_of(api, operation.id) for api in APIS for operation in with_ids(api)}
    assert CASES.keys() <= named, "a line for an operation that names nothing, or is gone"
    assert sorted(named - CASES.keys() - LEFT_OUT) == [], "add a line in cases_<topic>.py"
    assert sorted(LEFT_OUT & (CASES.keys() | (LEFT_OUT - named))) == [], "this list only shrinks"


@pytest.mark.parametrize(("api", "operation"), COVERED)
def test_own_things_are_within_reach(cast: Cast, api: Api, operation: Operation) -> None:
    case = CASES[key_of(api, operation.id)]
    wanted = case.success or operation.status
    answer = _ask(cast.owner, api, operation, case, _made(cast, case))
    assert answer.status == wanted, answer.body
    reading = _ask(cast.owner, api, operation, case, _made(cast, case), "reading")
    may_read = operation.auth in ("public", "optional") or operation.scope == "read"
    assert reading.status == (wanted if may_read else 403), reading.body


@pytest.mark.parametrize(("api", "operation"), COVERED)
def test_things_of_others_do_not_exist(cast: Cast, api: Api, operation: Operation) -> None:
    case = CASES[key_of(api, operation.id)]
    for stranger in (cast.other, *cast.staff):
        answer = _ask(stranger, api, operation, case, _made(cast, case))
        if case.public:
            assert answer.status == (case.success or operation.status), answer.body
        else:
            assert answer.status in case.absent, answer.body
            unknown = _ask(stranger, api, operation, case, (RANDOM,) * _count(operation, case))
            assert _told(answer) == _told(unknown), "nobody can tell which"


@pytest.mark.parametrize(("api", "operation"), COVERED)
def test_unknown_things_do_not_exist(cast: Cast, api: Api, operation: Operation) -> None:
    case = CASES[key_of(api, operation.id)]
    ids = _made(cast, case)
    for wrong in (RANDOM, *MALFORMED):
        for place in set(range(len(ids))) - set(case.free):
            asked = (*ids[:place], wrong, *ids[place + 1 :])
            answer = _ask(cast.owner, api, operation, case, asked)
            allowed = case.absent if wrong == RANDOM else (*case.absent, 400)
            assert answer.status in allowed, (wrong, answer.body)


@pytest.mark.parametrize(("api", "operation"), COVERED)
def test_nobody_and_revoked_keys_are_kept_out(cast: Cast, api: Api, operation: Operation) -> None:
    case = CASES[key_of(api, operation.id)]
    target, body = address(api, operation, case, _made(cast, case))
    nobody = cast.world.send(operation.method, target, body)
    revoked = cast.owner.ask(api, operation, target, body, "revoked")
    if operation.auth == "public":
        assert nobody.status == revoked.status == (case.success or operation.status)
    elif operation.auth == "optional":
        assert nobody.status == (case.success or operation.status)
        assert revoked.status == 401
    else:
        assert nobody.status == revoked.status == 401


def _made(cast: Cast, case: Case) -> Ids:
    return tuple_of(case.make(cast.world, cast.owner))


def _count(operation: Operation, case: Case) -> int:
    return len(operation.path_names) if case.where == "path" else 1


def _ask(
    who: Party, api: Api, operation: Operation, case: Case, ids: Ids, how: str = "fully"
) -> Answer:
    target, body = address(api, operation, case, ids)
    return who.ask(api, operation, target, body, how)


def _told(answer: Answer) -> tuple[int, str]:
    """What a client can tell two refusals apart by."""
    body = answer.json
    return answer.status, str({key: body[key] for key in body if key != "requestId"})


def test_kalshi_s_operations_are_looked_at_too() -> None:
    assert KALSHI in APIS
    assert len(COVERED) > 20
