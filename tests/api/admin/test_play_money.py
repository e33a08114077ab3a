"""Play money by hand: for one member or many, once, and by two people when it is much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.site.paying import act, opened_desk, spendable, staff, told
from tests.api.site.trading import number_of
from tests.api.site.world import Member, World, code_of


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = opened_desk(tmp_path_factory.mktemp("desk") / "data")
    yield world
    world.close()


def test_play_money_is_issued_and_burned(world: World) -> None:
    ann, admin = world.join(), staff(world)
    balance = spendable(ann)[0]
    path = f"/users/{ann.username}/funds"
    done = act(admin, "POST", path, amountCents=1_500, kind="issue").json
    assert (done["order"]["status"], done["balanceCents"]) == ("DONE", balance + 1_500)
    assert "FUNDS_ISSUED" in told(ann)
    done = act(admin, "POST", path, amountCents=-500, kind="BURN").json
    assert done["balanceCents"] == spendable(ann)[0] == balance + 1_000
    lacking = act(admin, "POST", path, amountCents=900_000, kind="BURN")
    assert code_of(lacking) == (402, "insufficient_balance")
    for wrong in (
        {"amountCents": 0, "kind": "ISSUE"},
        {"amountCents": -5, "kind": "ISSUE"},
        {"amountCents": 5, "kind": "MINT"},
        {"amountCents": 5, "kind": "ISSUE", "extra": 1},
        {"amountCents": 100_000_001, "kind": "ISSUE"},
        {"amountCents": 5, "kind": "ISSUE", "confirms": "fnd_1"},
    ):
        assert code_of(act(admin, "POST", path, **wrong)) == (400, "validation_failed")
    body = {"amountCents": 5, "kind": "ISSUE"}
    assert act(admin, "POST", "/users/nobody-here/funds", **body).status == 404


def test_a_large_amount_needs_a_second_person(world: World) -> None:
    ann, one, two = world.join(), staff(world), staff(world)
    balance = spendable(ann)[0]
    path, body = f"/users/{ann.id}/funds", {"amountCents": 1_000_001, "kind": "ISSUE"}
    asked = act(one, "POST", path, **body).json
    assert asked["order"]["status"] == "WAITING"
    assert spendable(ann)[0] == balance
    listed = world.admin("GET", "/funds?status=WAITING")["orders"]
    assert [order["id"] for order in listed] == [asked["order"]["id"]]
    body["confirms"] = asked["order"]["id"]
    assert code_of(act(one, "POST", path, **body)) == (403, "forbidden")
    other = body | {"amountCents": 2_000_000}
    assert code_of(act(two, "POST", path, **other)) == (409, "conflict")
    bob = world.join()
    assert code_of(act(two, "POST", f"/users/{bob.id}/funds", **body)) == (409, "conflict")
    done = act(two, "POST", path, **body).json
    assert (done["order"]["status"], done["order"]["confirmedBy"]) == ("DONE", number_of(two))
    assert spendable(ann)[0] == balance + 1_000_001
    assert code_of(act(two, "POST", path, **body)) == (409, "conflict")
    unknown = body | {"confirms": "fnd_" + "0" * 32}
    assert code_of(act(two, "POST", path, **unknown)) == (404, "not_found")


def bulk(admin: Member, key: str, **body: Any) -> Any:
    headers = (*admin.browser(), (b"idempotency-key", key.encode()))
    wanted = {"reason": "a gift", **body}
    return admin.world.send("POST", "/api/admin/funds/bulk", wanted, headers)


def test_many_get_the_same_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("presage.site.funds.AT_ONCE", 2)
    monkeypatch.setattr("presage.workers.fund_orders.AT_ONCE", 2)
    admin, people = staff(world), [world.join() for _ in range(5)]
    left_out = world.join()
    before = [spendable(one)[0] for one in people]
    names = [one.username for one in people]
    first = bulk(admin, "a", usernames=names, amountCents=250)
    assert first.json["order"]["status"] == "RUNNING"
    again = bulk(admin, "a", usernames=names, amountCents=250)
    assert again.headers["idempotency-replayed"] == "true"
    world.work()
    assert [spendable(one)[0] for one in people] == [cents + 250 for cents in before]
    assert spendable(left_out)[0] == before[0]
    id, orders = first.json["order"]["id"], world.admin("GET", "/funds")["orders"]
    (order,) = [one for one in orders if one["id"] == id]
    assert (order["status"], order["paid"], order["members"]) == ("DONE", 5, 5)
    assert "FUNDS_ISSUED" in told(people[0])


def test_everybody_gets_the_same_but_who_has_left(world: World) -> None:
    admin, ann, gone = staff(world), world.join(), world.join()
    gone_number = number_of(gone)
    gone.click("DELETE", "/api/me", {"password": "correct horse battery"})
    before = spendable(ann)[0]
    done = bulk(admin, "all", all=True, amountCents=3)
    assert done.json["order"]["members"] is None
    late = world.join()
    world.work()
    assert spendable(ann)[0] == before + 3
    late_gets = world.admin("GET", f"/ledger?userId={late.id}&kind=admin_issue")["postings"]
    assert late_gets == [], "who comes later is not meant"
    rows = world.admin("GET", "/ledger?kind=admin_issue&limit=200")["postings"]
    assert f"cash:{gone_number << 32}" not in {row["account"] for row in rows}
    assert world.admin("GET", "/ledger/check")["ok"]


def test_bulk_asks_for_a_key_and_for_whom(world: World) -> None:
    admin, ann = staff(world), world.join()
    missing = act(admin, "POST", "/funds/bulk", all=True, amountCents=1)
    assert missing.json["details"][0]["field"] == "Idempotency-Key"
    assert code_of(bulk(admin, "b", amountCents=1)) == (400, "validation_failed")
    both = bulk(admin, "c", amountCents=1, all=True, usernames=[ann.username])
    assert code_of(both) == (400, "validation_failed")
    assert code_of(bulk(admin, "d", amountCents=1, usernames=["nobody-here"]))[0] == 404
    assert code_of(bulk(admin, "e", amountCents=1, usernames=[admin.username]))[0] == 403
    large = bulk(admin, "f", amountCents=600_000, usernames=[ann.username, world.join().username])
    assert large.json["order"]["status"] == "WAITING"
