"""Money that members ask to be paid out: set aside, called off, and never more than is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.asking import JSON_TYPE, request
from tests.api.site.paying import kalshis, let_money_flow, spendable, withdraw
from tests.api.site.world import World, code_of


@pytest.fixture(autouse=True)
def switched_on(world: World) -> Iterator[None]:
    let_money_flow(world)
    yield
    for name in ("deposits", "withdrawals"):
        world.set(name, False)


def test_money_asked_for_is_set_aside_and_given_back(world: World) -> None:
    ann = world.join()
    balance, available = spendable(ann)
    one = withdraw(ann, 5_000)
    assert (one["status"], one["amountCents"], one["gatewayId"]) == (
        "PENDING_REVIEW",
        5_000,
        "manual",
    )
    assert one["destination"] == {"account": "DE1"}
    assert spendable(ann) == (balance, available - 5_000)
    summary = ann.get("/api/positions")["summary"]
    assert summary["reserved"]["withdrawalsCents"] == 5_000
    assert summary["reserved"]["ordersCents"] == 0
    assert summary["availableCents"] == available - 5_000
    assert [(m["status"], m["amount_cents"]) for m in kalshis(ann, "withdrawals")] == [
        ("pending", 5_000)
    ]
    done = ann.click("DELETE", f"/api/withdrawals/{one['id']}")
    assert done.json["withdrawal"]["status"] == "CANCELLED"
    assert done.json["availableCents"] == available
    assert spendable(ann) == (balance, available)
    assert [m["status"] for m in kalshis(ann, "withdrawals")] == ["failed"]
    assert code_of(ann.click("DELETE", f"/api/withdrawals/{one['id']}")) == (409, "conflict")


def test_what_is_set_aside_survives_a_restart(world: World) -> None:
    ann = world.join()
    balance, available = spendable(ann)
    withdraw(ann, 2_500)
    ann.key()
    world.restart()
    world.set("withdrawals", True)
    assert spendable(ann) == (balance, available - 2_500)


def test_nobody_takes_out_more_than_is_there(world: World) -> None:
    ann = world.join()
    available = spendable(ann)[1]
    body = {"amountCents": available + 1, "gatewayId": "manual", "destination": {"account": "X"}}
    answer = ann.click("POST", "/api/withdrawals", body)
    assert code_of(answer) == (402, "insufficient_funds")
    assert answer.json["shortfallCents"] == 1
    assert (answer.json["requiredCents"], answer.json["availableCents"]) == (
        available + 1,
        available,
    )
    assert ann.get("/api/withdrawals")["withdrawals"] == []
    withdraw(ann, available)
    assert spendable(ann)[1] == 0


def test_a_hundred_withdrawals_at_once_take_out_what_is_there(world: World) -> None:
    ann = world.join()
    world.set("MAX_OPEN_WITHDRAWALS", 100)
    available = spendable(ann)[1]
    body = json.dumps(
        {"amountCents": available // 3, "gatewayId": "manual", "destination": {"account": "X"}}
    ).encode()
    headers = (*ann.browser(), JSON_TYPE)
    answers = world.all_at_once(
        *(request("POST", "/api/withdrawals", headers, body) for _ in range(100))
    )
    world.set("MAX_OPEN_WITHDRAWALS", 5)
    assert sorted(one.status for one in answers) == [201] * 3 + [402] * 97


def test_one_key_one_withdrawal(world: World) -> None:
    ann = world.join()
    available = spendable(ann)[1]
    body = json.dumps(
        {"amountCents": 100, "gatewayId": "manual", "destination": {"account": "X"}}
    ).encode()
    headers = (*ann.browser(), JSON_TYPE, (b"idempotency-key", b"w"))
    world.all_at_once(*(request("POST", "/api/withdrawals", headers, body) for _ in range(100)))
    again = world.all_at_once(request("POST", "/api/withdrawals", headers, body))[0]
    assert again.headers["idempotency-replayed"] == "true"
    assert spendable(ann)[1] == available - 100


def test_so_many_are_open_at_once(world: World) -> None:
    ann = world.join()
    for _ in range(5):
        withdraw(ann, 100)
    body = {"amountCents": 100, "gatewayId": "manual", "destination": {"account": "X"}}
    assert code_of(ann.click("POST", "/api/withdrawals", body)) == (409, "limit_reached")


@pytest.mark.parametrize(
    "body",
    [
        {"destination": {}},
        {"destination": {"account": "   "}},
        {"destination": {"account": "X", "bank": "Y"}},
        {"destination": {"account": "X\u202e"}},
        {"destination": {"account": 5}},
        {"destination": "X"},
        {"amountCents": 99},
        {"amountCents": -5},
        {"amountCentz": 500},
    ],
)
def test_a_withdrawal_that_cannot_be(world: World, body: dict[str, Any]) -> None:
    ann = world.join()
    wanted = {"amountCents": 500, "gatewayId": "manual", "destination": {"account": "X"}, **body}
    assert code_of(ann.click("POST", "/api/withdrawals", wanted)) == (400, "validation_failed")


def test_a_stranger_cannot_call_it_off(world: World) -> None:
    ann, bob = world.join(), world.join()
    id = withdraw(ann)["id"]
    for name in (id, "wdr_" + "0" * 32, "nonsense"):
        assert code_of(bob.click("DELETE", f"/api/withdrawals/{name}")) == (404, "not_found")
    assert ann.get("/api/withdrawals")["withdrawals"][0]["status"] == "PENDING_REVIEW"


def test_a_suspended_member_takes_nothing_out(world: World) -> None:
    ann = world.join()
    world.admin("PATCH", f"/users/{ann.id}", status="SUSPENDED")
    body = {"amountCents": 100, "gatewayId": "manual", "destination": {"account": "X"}}
    assert code_of(ann.click("POST", "/api/withdrawals", body)) == (403, "suspended")
