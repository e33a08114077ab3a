"""Webhooks as their members keep them, and what operators do about them."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from presage.site import webhooks as rows
from presage.units import SECOND
from tests.api.asking import JSON_TYPE, request
from tests.api.site.hooking import AWAY, log, state, subscribe, try_out
from tests.api.site.world import World, code_of

WEBHOOKS = "/api/me/webhooks"


def test_a_webhook_is_made_listed_changed_and_deleted(world: World) -> None:
    ann = world.join()
    made = subscribe(ann, AWAY, "trade.executed", "challenge.*", description=" my bot ")
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert len(secret) == len("whsec_") + 44
    assert made == {
        "id": made["id"],
        "url": AWAY,
        "events": ["trade.executed", "challenge.*"],
        "description": "my bot",
        "status": "ACTIVE",
        "disabledReason": None,
        "secretLast4": secret[-4:],
        "failureCount": 0,
        "lastDeliveryAt": None,
        "lastStatus": None,
        "createdAt": made["createdAt"],
    }
    assert made["id"].startswith("whk_")
    assert ann.get(WEBHOOKS) == {"webhooks": [made]}
    change = {"url": AWAY + "/2", "events": ["*"], "description": ""}
    changed = ann.call("PATCH", f"{WEBHOOKS}/{made['id']}", change).json["webhook"]
    assert changed == made | change
    assert ann.call("PATCH", f"{WEBHOOKS}/{made['id']}", {}).json["webhook"] == changed
    gone = ann.call("DELETE", f"{WEBHOOKS}?id={made['id']}")
    assert (gone.status, gone.json) == (200, {"deleted": True})
    assert ann.get(WEBHOOKS) == {"webhooks": []}
    again = ann.call("DELETE", WEBHOOKS, {"id": made["id"]})
    assert code_of(again) == (404, "not_found")
    assert ann.call("DELETE", WEBHOOKS).status == 400


def test_without_types_all_are_sent(world: World) -> None:
    assert subscribe(world.join(), AWAY)["events"] == ["*"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": ""}, "url"),
        ({"url": 5}, "url"),
        ({"url": AWAY, "events": []}, "events"),
        ({"url": AWAY, "events": ["trade.executed", "trade.exploded"]}, "events"),
        ({"url": AWAY, "events": ["trade*"]}, "events"),
        ({"url": AWAY, "events": ["nothing.*"]}, "events"),
        ({"url": AWAY, "events": "*"}, "events"),
        ({"url": AWAY, "description": "x" * 201}, "description"),
        ({"url": AWAY, "description": "a\u202eb"}, "description"),
    ],
)
def test_what_is_no_webhook(world: World, body: dict[str, Any], field: str) -> None:
    answer = world.join().call("POST", WEBHOOKS, body)
    assert answer.status == 400
    assert answer.json["details"][0]["field"] == field


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.215.14/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://a:b@93.184.215.14/",
        "https://93.184.215.14:25/",
        "javascript:alert(1)",
        "nonsense",
        AWAY + "x" * 2_048,
    ],
)
def test_urls_that_lead_inside_are_refused(world: World, url: str) -> None:
    ann = world.join()
    answer = ann.call("POST", WEBHOOKS, {"url": url})
    assert code_of(answer) == (400, "url_not_allowed")
    assert answer.json["details"][0]["field"] == "url"
    made = subscribe(ann, AWAY)
    changed = ann.call("PATCH", f"{WEBHOOKS}/{made['id']}", {"url": url})
    assert code_of(changed) == (400, "url_not_allowed")
    assert state(ann, made)["url"] == AWAY


def test_the_exchange_is_not_told_of_itself(world: World) -> None:
    ann, site = world.join(), world.running.services.site
    ann.key()
    site.public_url = "https://site.example"
    try:
        answer = ann.call("POST", WEBHOOKS, {"url": "https://site.example/api/trades"})
        assert code_of(answer) == (400, "url_not_allowed")
    finally:
        site.public_url = ""


def test_a_hundred_at_once_are_ten(world: World) -> None:
    ann = world.join()
    headers = ((b"authorization", f"Bearer {ann.key()}".encode()), JSON_TYPE)
    body = b'{"url": "%b"}' % AWAY.encode()
    asked = [request("POST", WEBHOOKS, headers, body) for _ in range(100)]
    answers = world.all_at_once(*asked)
    assert sorted(one.status for one in answers) == [201] * 10 + [409] * 90
    assert code_of(next(one for one in answers if one.status == 409)) == (409, "limit_reached")
    assert len(ann.get(WEBHOOKS)["webhooks"]) == 10
    first = ann.get(WEBHOOKS)["webhooks"][0]["id"]
    ann.call("DELETE", f"{WEBHOOKS}?id={first}")
    subscribe(ann, AWAY)


def test_secrets_are_sealed_on_disk(world: World) -> None:
    secret = subscribe(world.join(), AWAY)["secret"]
    file = f"file:{world.data / 'exchange.db'}?mode=ro"
    with sqlite3.connect(file, uri=True) as connection:
        found = connection.execute("SELECT * FROM webhooks").fetchall()
    connection.close()
    assert found
    assert all(secret[6:] not in repr(row) and secret not in repr(row) for row in found)


def test_a_secret_is_never_shown_again(world: World) -> None:
    ann = world.join()
    made = subscribe(ann, AWAY)
    for answer in (
        ann.call("GET", WEBHOOKS),
        ann.call("PATCH", f"{WEBHOOKS}/{made['id']}", {"description": "x"}),
        ann.call("GET", "/api/me/export"),
    ):
        assert answer.status == 200
        assert made["secret"].encode() not in answer.body
        assert b'"secret":' not in answer.body


def test_a_new_secret_is_another(world: World) -> None:
    ann = world.join()
    made = subscribe(ann, AWAY)
    rotated = ann.call("POST", f"{WEBHOOKS}/{made['id']}/rotate-secret").json
    assert rotated["secret"] != made["secret"]
    assert rotated["webhook"] == state(ann, made)
    assert state(ann, made)["secretLast4"] == rotated["secret"][-4:]


def test_a_test_message_is_queued_and_a_disabled_webhook_gets_none(world: World) -> None:
    ann = world.join()
    made = subscribe(ann, AWAY, "trade.executed")
    sent = try_out(ann, made)
    assert (sent["type"], sent["status"], sent["attempt"]) == ("webhook.test", "PENDING", 0)
    assert sent["nextAttemptAt"] == sent["createdAt"]
    assert sent["id"].startswith("dlv_")
    assert sent["messageId"].startswith("msg_")
    assert log(ann, made) == [sent]
    at = f"{WEBHOOKS}/{made['id']}"
    off = ann.call("PATCH", at, {"status": "disabled"}).json["webhook"]
    assert (off["status"], off["disabledReason"]) == ("DISABLED", "MEMBER")
    assert code_of(ann.call("POST", f"{at}/test")) == (409, "conflict")
    redelivered = ann.call("POST", f"{at}/deliveries/{sent['id']}/redeliver")
    assert code_of(redelivered) == (409, "conflict")
    assert log(ann, made) == [sent | {"nextAttemptAt": None}]
    on = ann.call("PATCH", at, {"status": "ACTIVE"}).json["webhook"]
    assert (on["status"], on["disabledReason"]) == ("ACTIVE", None)
    assert log(ann, made) == [sent]


def test_tests_are_capped(world: World) -> None:
    ann = world.join()
    made = subscribe(ann, AWAY)
    world.set("WEBHOOK_TESTS_PER_HOUR", 2)
    try:
        for _ in range(2):
            try_out(ann, made)
        answer = ann.call("POST", f"{WEBHOOKS}/{made['id']}/test")
        assert code_of(answer) == (429, "rate_limited")
        assert int(answer.headers["retry-after"]) >= 1
    finally:
        world.set("WEBHOOK_TESTS_PER_HOUR", 0)


def test_the_log_is_paged(world: World) -> None:
    world.set("WEBHOOK_TESTS_PER_HOUR", 0)
    ann = world.join()
    made = subscribe(ann, AWAY)
    sent = []
    for _ in range(5):
        world.now += 1_000
        sent.append(try_out(ann, made)["id"])
    at = f"{WEBHOOKS}/{made['id']}/deliveries"
    page = ann.get(f"{at}?limit=2")
    assert [one["id"] for one in page["deliveries"]] == [sent[4], sent[3]]
    rest = ann.get(f"{at}?limit=3&cursor={page['nextCursor']}")
    assert [one["id"] for one in rest["deliveries"]] == [sent[2], sent[1], sent[0]]
    assert rest["nextCursor"] is None
    assert code_of(ann.call("GET", f"{at}?cursor=nonsense")) == (400, "bad_cursor")


def test_webhooks_of_others_are_not_there(world: World) -> None:
    ann, bob = world.join(), world.join()
    made = subscribe(ann, AWAY)
    delivery = try_out(ann, made)["id"]
    own = subscribe(bob, AWAY)
    at = f"{WEBHOOKS}/{made['id']}"
    for answer in (
        bob.call("PATCH", at, {"description": "mine"}),
        bob.call("PATCH", at, {"url": "https://127.0.0.1/"}),
        bob.call("POST", f"{at}/test"),
        bob.call("POST", f"{at}/rotate-secret"),
        bob.call("GET", f"{at}/deliveries"),
        bob.call("POST", f"{at}/deliveries/{delivery}/redeliver"),
        bob.call("POST", f"{WEBHOOKS}/{own['id']}/deliveries/{delivery}/redeliver"),
        bob.call("DELETE", f"{WEBHOOKS}?id={made['id']}"),
    ):
        assert code_of(answer) == (404, "not_found")


def test_with_the_feature_off_there_are_none(world: World) -> None:
    ann = world.join()
    made = subscribe(ann, AWAY)
    world.set("webhooks", False)
    try:
        assert ann.get(WEBHOOKS) == {"webhooks": [], "enabled": False}
        log = ann.get(f"{WEBHOOKS}/{made['id']}/deliveries")
        assert log == {"deliveries": [], "nextCursor": None, "enabled": False}
        for method, target in (("POST", ""), ("POST", f"/{made['id']}/test")):
            answer = ann.call(method, WEBHOOKS + target, {"url": AWAY} if target == "" else None)
            assert code_of(answer) == (403, "feature_disabled")
            assert answer.json["feature"] == "webhooks"
        assert ann.call("DELETE", f"{WEBHOOKS}?id={made['id']}").status == 200
    finally:
        world.set("webhooks", True)


def test_a_closed_account_has_no_webhooks(world: World) -> None:
    ann = world.join()
    made = subscribe(ann, AWAY)
    try_out(ann, made)
    assert ann.click("DELETE", "/api/me", {"password": "correct horse battery"}).status == 200
    listed = world.admin("GET", "/webhooks?limit=200")["webhooks"]
    assert made["id"] not in {one["id"] for one in listed}


def work_without_sending(world: World) -> None:
    world.set("webhooks", False)
    world.work()
    world.set("webhooks", True)


def test_operators_see_all_and_switch_one_off(world: World) -> None:
    ann = world.join()
    work_without_sending(world)  # from now on what is told is followed
    world.now += SECOND
    made = subscribe(ann, AWAY, "trade.executed")
    before = world.admin("GET", "/webhooks")["backlog"]
    try_out(ann, made)
    listed = world.admin("GET", "/webhooks?limit=1")
    assert listed["backlog"] == before + 1
    assert listed["nextCursor"] is not None
    one = listed["webhooks"][0]
    assert (one["id"], one["username"], one["userId"]) == (made["id"], ann.username, ann.id)
    assert (one["queued"], one["pausedUntil"]) == (1, None)
    assert "secret" not in one
    done = world.admin("POST", f"/webhooks/{made['id']}/disable")
    assert (done["webhook"]["status"], done["webhook"]["disabledReason"]) == (
        "DISABLED",
        "OPERATOR",
    )
    off = {one["id"] for one in world.admin("GET", "/webhooks?status=disabled")["webhooks"]}
    assert made["id"] in off
    assert world.admin("GET", "/webhooks")["backlog"] == before
    work_without_sending(world)
    told = ann.get("/api/me/notifications")["notifications"]
    (off_now,) = [one for one in told if one["type"] == "WEBHOOK_DISABLED"]
    assert off_now["data"]["reason"] == "OPERATOR"
    assert off_now["data"]["webhookId"] == made["id"]
    refused = ann.call("PATCH", f"{WEBHOOKS}/{made['id']}", {"status": "ACTIVE"})
    assert code_of(refused) == (403, "forbidden")
    assert world.refused("POST", "/webhooks/whk_" + "1" * 32 + "/disable") == (404, "not_found")
    assert world.refused("POST", "/webhooks/nonsense/disable") == (404, "not_found")
    acts = world.admin("GET", f"/audit?subject={made['id']}")["rows"]
    assert [act["action"] for act in acts] == ["webhook.disable"]


def test_what_a_member_switched_off_an_operator_keeps_off(world: World) -> None:
    ann = world.join()
    made = subscribe(ann, AWAY)
    ann.call("PATCH", f"{WEBHOOKS}/{made['id']}", {"status": "DISABLED"})
    for _ in range(2):
        world.admin("POST", f"/webhooks/{made['id']}/disable")
        assert state(ann, made)["disabledReason"] == "OPERATOR"


def test_settings_take_only_networks(world: World) -> None:
    wanted = {"WEBHOOK_ALLOW_CIDRS": "10.0.0.0/8 nonsense"}
    assert world.refused("PATCH", "/settings", settings=wanted)[0] == 400
    assert world.running.services.site.settings.text("WEBHOOK_ALLOW_CIDRS") == ""


def test_every_type_and_family_can_be_asked_for(world: World) -> None:
    wanted = sorted(rows.PATTERNS)
    assert subscribe(world.join(), AWAY, *wanted)["events"] == wanted
