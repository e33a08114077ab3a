"""Deposits and withdrawals that take their time: pending, then applied or failed, or returned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from presage.units import SECOND
from tests.api.admin.world import START, World
from tests.wire.contract import complaints, needs_reference

FUNDS: Final = "/members/2/funds"
OPERATION: Final = {"deposit": "deposits", "withdrawal": "withdrawals"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory: Path = tmp_path_factory.mktemp("funds") / "data"
    world = World(directory)
    yield world
    world.close()


def listed(world: World, kind: str) -> Any:
    """The newest one, as its member sees it."""
    path = f"/trade-api/v2/portfolio/{OPERATION[kind]}"
    return world.call("GET", path, None, world.one).json[OPERATION[kind]][0]


def begun(world: World, kind: str, amount: str = "40") -> str:
    """A pending one; its id."""
    made = world.admin("POST", FUNDS, amount=amount, kind=kind, status="pending")
    assert (made["kind"], made["status"], made["amount"]) == (kind, "pending", f"{amount}.0000")
    return str(made["transfer_id"])


@pytest.mark.parametrize(
    ("kind", "fates", "steps"),
    [
        ("deposit", ["applied"], [0, 4_000]),
        ("deposit", ["failed"], [0, 0]),
        ("deposit", ["applied", "returned"], [0, 4_000, 0]),
        ("withdrawal", ["applied"], [-4_000, -4_000]),
        ("withdrawal", ["failed"], [-4_000, 0]),
        ("withdrawal", ["applied", "returned"], [-4_000, -4_000, 0]),
    ],
)
def test_the_money_follows(world: World, kind: str, fates: list[str], steps: list[int]) -> None:
    before = world.balance(world.one)
    id = begun(world, kind)
    created = world.now // SECOND
    told = {"id": id, "type": "wire", "amount_cents": 4_000, "fee_cents": 0, "created_ts": created}
    assert listed(world, kind) == told | {"status": "pending"}
    changes = [world.balance(world.one) - before]
    for fate in fates:
        world.now += 10 * SECOND
        done = world.admin("PATCH", f"{FUNDS}/{id}", status=fate)
        assert (done["transfer_id"], done["kind"], done["status"]) == (id, kind, fate)
        assert listed(world, kind) == told | {"status": fate, "finalized_ts": world.now // SECOND}
        changes.append(world.balance(world.one) - before)
    assert changes == steps
    for again in ("applied", "failed"):
        refusal = world.refused("PATCH", f"{FUNDS}/{id}", status=again)
        assert refusal == (409, "wrong_status")


def test_what_was_done_at_once_can_be_returned(world: World) -> None:
    before = world.balance(world.one)
    id = world.admin("POST", FUNDS, amount="7")["transfer_id"]
    assert listed(world, "deposit")["status"] == "applied"
    world.admin("PATCH", f"{FUNDS}/{id}", status="returned")
    assert world.balance(world.one) == before
    refusal = world.refused("PATCH", f"{FUNDS}/{id}", status="returned")
    assert refusal == (409, "wrong_status")


def test_only_what_is_pending_can_fail(world: World) -> None:
    id = begun(world, "deposit")
    assert world.refused("PATCH", f"{FUNDS}/{id}", status="returned") == (409, "wrong_status")
    world.admin("PATCH", f"{FUNDS}/{id}", status="failed")


def test_one_pending_deposit_is_not_paid_from_another(world: World) -> None:
    """Whatever waits for an account waits in one pot; each is decided once all the same."""
    before = world.balance(world.one)
    first, second = begun(world, "deposit"), begun(world, "deposit")
    world.admin("PATCH", f"{FUNDS}/{first}", status="applied")
    for fate in ("applied", "failed"):
        assert world.refused("PATCH", f"{FUNDS}/{first}", status=fate)[0] == 409
    world.admin("PATCH", f"{FUNDS}/{second}", status="failed")
    assert world.balance(world.one) == before + 4_000


def test_a_deposit_whose_money_is_gone_cannot_be_returned(world: World) -> None:
    made = world.admin("POST", "/members", name="Spender")["member"]
    path = f"/members/{made['number']}/funds"
    id = world.admin("POST", path, amount="5")["transfer_id"]
    world.admin("POST", path, amount="4", kind="withdrawal")
    refusal = world.refused("PATCH", f"{path}/{id}", status="returned")
    assert refusal == (402, "insufficient_balance")
    assert world.refused("POST", path, amount="2", kind="withdrawal", status="pending")[0] == 402


def test_a_cause_works_once_for_what_is_pending_too(world: World) -> None:
    body = {"amount": "3", "status": "pending", "cause": "slow-1"}
    first, again = (world.admin("POST", FUNDS, **body) for _ in range(2))
    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert first == again
    assert first["cash"] is None
    at_once = body | {"status": "applied"}
    assert world.refused("POST", FUNDS, **at_once) == (409, "transfer_already_applied")


def test_nobody_elses_and_nothing_else(world: World) -> None:
    id = begun(world, "deposit")
    for path in (
        f"/members/3/funds/{id}",
        f"{FUNDS}/nothing",
        f"{FUNDS}/{id[:-1]}{'1' if id[-1] == '0' else '0'}",
    ):
        assert world.refused("PATCH", path, status="applied") == (404, "not_found")
    assert world.refused("PATCH", f"{FUNDS}/{id}", status="lost") == (400, "validation_failed")


def test_it_is_decided_by_another_process(tmp_path: Path) -> None:
    """What is pending outlives a restart, and the lists can be made anew from the journal."""
    world = World(tmp_path / "data", START)
    id = begun(world, "withdrawal")
    world.close()
    (tmp_path / "data" / "projections.db").unlink()
    world = World(tmp_path / "data", START + SECOND)
    assert listed(world, "withdrawal")["status"] == "pending"
    world.admin("PATCH", f"{FUNDS}/{id}", status="failed")
    world.close()
    (tmp_path / "data" / "projections.db").unlink()
    world = World(tmp_path / "data", START + 2 * SECOND)
    assert listed(world, "withdrawal")["status"] == "failed"
    world.close()


@needs_reference
@pytest.mark.parametrize("kind", OPERATION)
def test_every_status_is_as_published(world: World, kind: str) -> None:
    for fate in ("applied", "failed"):
        world.admin("PATCH", f"{FUNDS}/{begun(world, kind)}", status=fate)
    begun(world, kind)
    path = f"/portfolio/{OPERATION[kind]}"
    body = world.call("GET", f"/trade-api/v2{path}", None, world.one).json
    assert {row["status"] for row in body[OPERATION[kind]]} >= {"applied", "failed", "pending"}
    assert complaints("openapi-3.30.json", "GET", path, 200, body) == []
