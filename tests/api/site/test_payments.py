"""Money in and out, as members see it: begun, listed beside Kalshi's list, called off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.asking import JSON_TYPE, request
from tests.api.site.paying import (
    HOUR,
    Provider,
    act,
    deposit,
    kalshis,
    let_money_flow,
    spendable,
    staff,
    told,
    withdraw,
)
from tests.api.site.trading import number_of
from tests.api.site.world import Member, World, code_of


@pytest.fixture(autouse=True)
def switched_on(world: World) -> Iterator[None]:
    let_money_flow(world)
    yield
    for name in ("deposits", "withdrawals"):
        world.set(name, False)


@pytest.fixture
def provider(world: World) -> Iterator[Provider]:
    provider = Provider(world)
    yield provider
    provider.close()


# Switched off


def test_off_they_are_refused_before_anything_is_looked_at(world: World) -> None:
    ann = world.join()
    for name, path in (("deposits", "/api/deposits"), ("withdrawals", "/api/withdrawals")):
        world.set(name, False)
        answer = ann.click("POST", path, {"nonsense": True})
        assert code_of(answer) == (403, "feature_disabled")
        assert answer.json["feature"] == name
        assert world.send("POST", path, {}).status == 401
        empty = ann.get(path)
        assert empty == {"enabled": False, name: [], "nextCursor": None}
        mode = name.removesuffix("s")
        off = world.send("GET", f"/api/payment-gateways?mode={mode}").json
        assert off == {"enabled": False, "mode": mode, "gateways": []}


def test_the_ways_to_pay_say_what_they_ask_for(world: World) -> None:
    found = world.send("GET", "/api/payment-gateways").json
    assert (found["enabled"], found["mode"]) == (True, "deposit")
    (manual,) = found["gateways"]
    assert manual["fields"] == []
    bounds = [manual[name] for name in ("currency", "minCents", "maxCents", "feeBps")]
    assert (manual["id"], bounds) == ("manual", ["USD", 100, 1_000_000, 0])
    (out,) = world.send("GET", "/api/payment-gateways?mode=withdrawal").json["gateways"]
    assert [(one["name"], one["required"]) for one in out["fields"]] == [
        ("account", True),
        ("name", False),
    ]
    assert code_of(world.send("GET", "/api/payment-gateways?mode=sideways"))[0] == 400


# Deposits


def test_a_deposit_by_hand_counts_when_the_desk_says_so_and_once(world: World) -> None:
    ann, admin = world.join(), staff(world)
    world.work()
    world.set("PAYMENT_INSTRUCTIONS", "Pay to IBAN XY.")
    before = spendable(ann)
    made = deposit(ann, 5_000)
    one = made["deposit"]
    assert one["id"].startswith("dep_")
    assert (one["status"], one["amountCents"], one["feeCents"]) == ("PENDING", 5_000, 0)
    assert made["action"]["type"] == "INSTRUCTIONS"
    assert made["action"]["text"].startswith("Pay to IBAN XY. Reference: ")
    assert spendable(ann) == before
    assert [(m["status"], m["amount_cents"]) for m in kalshis(ann, "deposits")] == [
        ("pending", 5_000)
    ]
    path = f"/deposits/{one['id']}/confirm"
    done = act(admin, "POST", path).json["deposit"]
    assert (done["status"], done["creditedCents"], done["version"]) == ("CONFIRMED", 5_000, 2)
    assert spendable(ann) == (before[0] + 5_000, before[1] + 5_000)
    assert [m["status"] for m in kalshis(ann, "deposits")] == ["applied"]
    assert code_of(act(admin, "POST", path)) == (409, "conflict")
    assert code_of(act(admin, "POST", path.replace("confirm", "fail"))) == (409, "conflict")
    assert spendable(ann)[0] == before[0] + 5_000
    assert ann.get("/api/deposits")["deposits"][0]["status"] == "CONFIRMED"
    assert "DEPOSIT_CONFIRMED" in told(ann)


@pytest.mark.parametrize(
    ("verbs", "status", "kalshi", "change"),
    [
        (["fail"], "FAILED", "failed", 0),
        (["confirm", "reverse"], "REVERSED", "returned", 0),
        (["confirm"], "CONFIRMED", "applied", 5_000),
    ],
)
def test_what_becomes_of_a_deposit_both_lists_tell(
    world: World, verbs: list[str], status: str, kalshi: str, change: int
) -> None:
    ann, admin = world.join(), staff(world)
    before = spendable(ann)[0]
    id = deposit(ann)["deposit"]["id"]
    for verb in verbs:
        assert act(admin, "POST", f"/deposits/{id}/{verb}", note="so it is").status == 200
    (shown,) = ann.get("/api/deposits")["deposits"]
    assert (shown["id"], shown["status"], shown["note"]) == (id, status, "so it is")
    assert [one["status"] for one in kalshis(ann, "deposits")] == [kalshi]
    assert spendable(ann)[0] == before + change


def test_what_was_spent_cannot_be_taken_back(world: World) -> None:
    ann, admin = world.join(), staff(world)
    id = deposit(ann)["deposit"]["id"]
    act(admin, "POST", f"/deposits/{id}/confirm")
    withdraw(ann, spendable(ann)[1])
    assert code_of(act(admin, "POST", f"/deposits/{id}/reverse")) == (402, "insufficient_balance")
    assert ann.get("/api/deposits")["deposits"][0]["status"] == "CONFIRMED"


def test_what_an_operator_put_in_by_hand_is_in_the_same_list(world: World) -> None:
    ann = world.join()
    deposit(ann)
    world.now += 1_000
    world.admin("POST", f"/members/{number_of(ann)}/funds", amount="7", kind="deposit")
    first = ann.get("/api/deposits?limit=1")
    (by_hand,) = first["deposits"]
    assert (by_hand["gatewayId"], by_hand["status"], by_hand["amountCents"]) == (
        "operator",
        "CONFIRMED",
        700,
    )
    second = ann.get(f"/api/deposits?limit=1&cursor={first['nextCursor']}")
    assert [one["gatewayId"] for one in second["deposits"]] == ["manual"]
    assert second["nextCursor"] is None
    bad = ann.call("GET", f"/api/withdrawals?cursor={first['nextCursor']}")
    assert code_of(bad) == (400, "bad_cursor")


def test_an_operator_decides_at_the_desk_and_not_behind_its_back(world: World) -> None:
    ann = world.join()
    deposit(ann)
    transfer = kalshis(ann, "deposits")[0]["id"]
    path = f"/members/{number_of(ann)}/funds/{transfer}"
    assert world.refused("PATCH", path, status="applied") == (409, "wrong_status")


def test_an_unpaid_deposit_expires(world: World) -> None:
    ann, admin = world.join(), staff(world)
    before, id = spendable(ann)[0], deposit(ann)["deposit"]["id"]
    world.now += 24 * HOUR - 1
    world.work()
    assert ann.get("/api/deposits")["deposits"][0]["status"] == "PENDING"
    world.now += 1
    world.work()
    assert ann.get("/api/deposits")["deposits"][0]["status"] == "EXPIRED"
    assert [one["status"] for one in kalshis(ann, "deposits")] == ["failed"]
    again = Member(world, admin.email, world.login(admin.email))
    assert code_of(act(again, "POST", f"/deposits/{id}/confirm")) == (409, "conflict")
    fresh = Member(world, ann.email, world.login(ann.email))
    assert spendable(fresh)[0] - before in (50, 100)  # the streak of another day, no deposit


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"amountCents": 99}, (400, "validation_failed")),
        ({"amountCents": 1_000_001}, (400, "validation_failed")),
        ({"amountCents": "500"}, (400, "validation_failed")),
        ({"amountCents": 500.5}, (400, "validation_failed")),
        ({"amount": 500}, (400, "validation_failed")),
        ({"gatewayId": "nobody"}, (404, "not_found")),
        ({"returnUrl": "https://evil.example/"}, (400, "validation_failed")),
        ({"returnUrl": "//evil.example/"}, (400, "validation_failed")),
        ({"returnUrl": "/\\evil.example/"}, (400, "validation_failed")),
        ({"returnUrl": "https://[bad"}, (400, "validation_failed")),
    ],
)
def test_a_deposit_that_cannot_be(
    world: World, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    ann = world.join()
    wanted = {"amountCents": 500, "gatewayId": "manual", **body}
    assert code_of(ann.click("POST", "/api/deposits", wanted)) == expected
    assert ann.get("/api/deposits")["deposits"] == []


def test_so_many_deposits_a_day(world: World) -> None:
    ann = world.join()
    world.set("DEPOSITS_PER_DAY", 2)
    body = {"amountCents": 500, "gatewayId": "manual"}
    statuses = [ann.click("POST", "/api/deposits", body).status for _ in range(3)]
    assert statuses == [201, 201, 429]


def test_a_key_needs_the_scope_account(world: World) -> None:
    ann = world.join()
    body = {"amountCents": 500, "gatewayId": "manual"}
    assert code_of(ann.call("POST", "/api/deposits", body)) == (403, "scope_missing")
    key = ann.key("account", "read")
    assert world.bearer(key, "POST", "/api/deposits", body).status == 201


def test_the_same_deposit_a_hundred_times_is_one(world: World) -> None:
    ann = world.join()
    body = json.dumps({"amountCents": 500, "gatewayId": "manual"}).encode()
    headers = (*ann.browser(), JSON_TYPE, (b"idempotency-key", b"once"))
    answers = world.all_at_once(
        *(request("POST", "/api/deposits", headers, body) for _ in range(100))
    )
    assert {one.status for one in answers} <= {201, 409}
    assert len({one.json["deposit"]["id"] for one in answers if one.status == 201}) == 1
    assert len(ann.get("/api/deposits")["deposits"]) == 1


# A provider behind HTTP


def test_a_provider_is_told_what_to_take_and_says_that_it_has(
    world: World, provider: Provider
) -> None:
    ann = world.join()
    world.set("DEPOSIT_FEE_BPS", 150)
    before = spendable(ann)[0]
    made = deposit(ann, 3_333, "hosted", returnUrl="/wallet")
    world.set("DEPOSIT_FEE_BPS", 0)
    id = made["deposit"]["id"]
    assert made["deposit"]["feeCents"] == 50
    assert made["action"]["type"] == "REDIRECT"
    assert made["action"]["url"].startswith("https://pay.example/ref-")
    ((path, asked, headers),) = provider.asked
    assert path == "/v1/deposits"
    assert (asked["id"], asked["amountCents"], asked["currency"]) == (id, 3_333, "USD")
    assert (headers["authorization"], headers["idempotency-key"]) == ("Bearer sk_test", id)
    answer = provider.call_back("deposit.paid", id, 3_333)
    assert answer.json == {"received": True, "applied": True}
    assert spendable(ann)[0] == before + 3_283
    again = provider.call_back("deposit.paid", id, 3_333)
    assert again.json == {"received": True, "applied": False}
    assert spendable(ann)[0] == before + 3_283
    assert code_of(provider.call_back("deposit.failed", id, 3_333)) == (409, "conflict")


def test_a_hundred_callbacks_are_one_deposit(world: World, provider: Provider) -> None:
    ann = world.join()
    before, id = spendable(ann)[0], deposit(ann, 500, "hosted")["deposit"]["id"]
    asked = []
    for _ in range(100):
        headers, body = provider.signed("deposit.paid", id=id, amountCents=500, currency="USD")
        asked.append(request("POST", "/api/payments/hosted/callback", (*headers, JSON_TYPE), body))
    answers = world.all_at_once(*asked)
    assert [one.status for one in answers] == [200] * 100
    assert sum(one.json["applied"] for one in answers) == 1
    assert spendable(ann)[0] == before + 500


def test_only_the_provider_may_say_so(world: World, provider: Provider) -> None:
    ann = world.join()
    id = deposit(ann, 500, "hosted")["deposit"]["id"]
    path = "/api/payments/hosted/callback"
    data = {"id": id, "amountCents": 500, "currency": "USD"}
    other = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1Q="
    now = world.running.services.site.wall() // 1_000_000
    for headers, body in (
        ((), b"{}"),
        provider.signed("deposit.paid", secret=other, **data),
        provider.signed("deposit.paid", at=now - 301, **data),
        provider.signed("deposit.paid", at=now + 301, **data),
    ):
        assert code_of(world.send("POST", path, body, headers)) == (401, "unauthenticated")
    headers, body = provider.signed("deposit.paid", **data)
    changed = body.replace(b"500", b"900")
    assert world.send("POST", path, changed, headers).status == 401
    assert code_of(world.send("POST", "/api/payments/nobody/callback", body, headers))[0] == 404
    assert code_of(world.send("POST", "/api/payments/manual/callback", body, headers))[0] == 401
    assert ann.get("/api/deposits")["deposits"][0]["status"] == "PENDING"


def test_a_callback_must_be_about_this_payment(world: World, provider: Provider) -> None:
    ann = world.join()
    by_hand = deposit(ann, 500)["deposit"]["id"]
    id = deposit(ann, 500, "hosted")["deposit"]["id"]
    assert code_of(provider.call_back("deposit.paid", id, 499)) == (409, "conflict")
    assert code_of(provider.call_back("deposit.paid", id, 500, currency="EUR")) == (409, "conflict")
    for unknown in (by_hand, "dep_" + "0" * 32, "nonsense", "wdr_1"):
        assert code_of(provider.call_back("deposit.paid", unknown, 500)) == (404, "not_found")
    headers, body = provider.signed("ping", hello="there")
    answer = world.send("POST", "/api/payments/hosted/callback", body, headers)
    assert answer.json == {"received": True, "applied": False}
    headers, body = provider.signed("deposit.paid", id=id, amountCents=500, currency="USD")
    assert provider.call_back("deposit.failed", id, 500, reason="No cover").json["applied"]
    failed = ann.get("/api/deposits")["deposits"][0]
    assert (failed["status"], failed["note"]) == ("FAILED", "No cover")


@pytest.mark.parametrize(
    ("status", "reply", "expected"),
    [
        (500, {}, (503, "provider_unavailable")),
        (302, {}, (503, "provider_unavailable")),
        (200, {"url": "javascript:alert(1)"}, (503, "provider_unavailable")),
        (200, "nonsense", (503, "provider_unavailable")),
        (422, {"reason": "Card refused"}, (400, "validation_failed")),
    ],
)
def test_a_provider_that_does_not_take_it(
    world: World, provider: Provider, status: int, reply: Any, expected: tuple[int, str]
) -> None:
    ann = world.join()
    provider.status, provider.reply = status, reply
    body = {"amountCents": 500, "gatewayId": "hosted"}
    answer = ann.click("POST", "/api/deposits", body)
    assert code_of(answer) == expected
    assert ann.get("/api/deposits")["deposits"] == []
    if expected[0] == 503:
        assert int(answer.headers["retry-after"]) >= 1


def test_who_has_not_confirmed_the_address_neither_pays_in_nor_out(world: World) -> None:
    ann = world.join()
    world.set("requireVerifiedEmail", True)
    try:
        body = {"amountCents": 500, "gatewayId": "manual"}
        refused = [ann.click("POST", f"/api/{one}", body) for one in ("deposits", "withdrawals")]
        assert [code_of(one) for one in refused] == [(403, "email_unverified")] * 2
    finally:
        world.set("requireVerifiedEmail", False)


@pytest.mark.parametrize("what", ["deposits", "withdrawals"])
def test_an_answer_that_a_crash_swallowed_is_made_again(
    world: World, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = world.join()
    before = spendable(ann)[1]
    body = {"amountCents": 700, "gatewayId": "manual"}
    body |= {"destination": {"account": "X"}} if what == "withdrawals" else {}
    headers = (*ann.browser(), (b"idempotency-key", b"crash"))
    with monkeypatch.context() as patch:
        patch.setattr("presage.site.replies.put", lambda *_: 1 / 0)
        first = world.send("POST", f"/api/{what}", body, headers)
    world.now += 1_000
    again = world.send("POST", f"/api/{what}", body, headers)
    assert "idempotency-replayed" not in again.headers
    one = what.removesuffix("s")
    assert again.json[one]["id"] == first.json[one]["id"]
    assert again.json.get("action") == first.json.get("action")
    assert len(ann.get(f"/api/{what}")[what]) == 1
    assert spendable(ann)[1] == before - (700 if what == "withdrawals" else 0)
