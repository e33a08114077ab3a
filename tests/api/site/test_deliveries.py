"""What arrives at members' URLs, signed, once or again, and what happens when it does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from msgspec.structs import replace
from standardwebhooks.webhooks import WebhookVerificationError

from presage.site import attempts, deliveries, webhooks
from presage.units import SECOND
from tests.api.asking import request
from tests.api.site.hooking import (
    Hook,
    following_world,
    pass_time,
    pass_wait,
    try_out,
    verified,
)
from tests.api.site.world import Member, World
from tests.receiver import OK, answer

WEBHOOKS = "/api/me/webhooks"
HOUR = 3_600 * SECOND


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from following_world(tmp_path_factory)


def test_a_message_is_signed_and_verified_by_the_library_of_receivers(world: World) -> None:
    hook = Hook(world)
    sent = hook.send()
    (got,) = hook.there.got
    assert got.line == "POST /hook HTTP/1.1"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["user-agent"] == "presage-webhooks/1"
    assert got.headers["webhook-id"] == sent["messageId"]
    assert got.headers["webhook-timestamp"] == str(world.now // SECOND)
    message = verified(world, got, hook.secret)
    assert message == {
        "type": "webhook.test",
        "timestamp": sent["createdAt"],
        "data": {"webhookId": hook.webhook["id"]},
    }
    assert got.body == json.dumps(message, separators=(",", ":")).encode()
    for changed in (
        got._replace(body=got.body + b" "),
        got._replace(headers=got.headers | {"webhook-id": "msg_other"}),
        got._replace(headers=got.headers | {"webhook-timestamp": str(world.now // SECOND + 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            verified(world, changed, hook.secret)
    assert (sent["status"], sent["attempt"], sent["responseStatus"]) == ("SUCCESS", 1, 200)
    assert (sent["responseSnippet"], sent["error"], sent["nextAttemptAt"]) == ("ok", None, None)
    assert sent["durationMs"] >= 0
    shown = hook.state()
    assert (shown["lastStatus"], shown["failureCount"]) == (200, 0)
    assert shown["lastDeliveryAt"] == sent["createdAt"]
    hook.close()


def test_the_signature_is_what_the_standard_says(world: World) -> None:
    hook = Hook(world)
    hook.send()
    (got,) = hook.there.got
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    assert len(key) == 32
    head = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode()
    digest = hmac.new(key, head + got.body, hashlib.sha256).digest()
    assert got.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    hook.close()


def test_for_a_day_the_old_secret_signs_beside_the_new_one(world: World) -> None:
    hook = Hook(world)
    new = hook.who.call("POST", f"{hook.at}/rotate-secret").json["secret"]
    pass_time(world, 24 * HOUR - SECOND)
    hook.send()
    both = hook.there.got[-1]
    assert len(both.headers["webhook-signature"].split()) == 2
    assert verified(world, both, hook.secret, new)["type"] == "webhook.test"
    pass_time(world, SECOND)
    hook.send()
    one = hook.there.got[-1]
    assert len(one.headers["webhook-signature"].split()) == 1
    assert verified(world, one, new)["type"] == "webhook.test"
    with pytest.raises(WebhookVerificationError):
        verified(world, one, hook.secret)
    hook.close()


def test_tries_follow_the_schedule_under_one_id_and_end(world: World) -> None:
    hook = Hook(world, answer(500, b"oh\x00no" + b"x" * 5_000))
    sent = hook.send()
    for number in range(1, 10):
        assert (sent["status"], sent["attempt"], sent["responseStatus"]) == (
            "PENDING",
            number,
            500,
        )
        assert sent["error"] == "it answered 500"
        assert sent["responseSnippet"].startswith("oh nox")
        assert len(sent["responseSnippet"]) == 1_024
        wait = moment(sent["nextAttemptAt"]) - world.now
        planned = attempts.WAITS[number - 1]
        assert planned * 80 // 100 - SECOND <= wait <= planned * 120 // 100
        pass_time(world, wait - SECOND)
        assert len(hook.there.got) == number, "not before its time"
        pass_time(world, 2 * SECOND)
        (sent,) = hook.log()
    assert (sent["status"], sent["attempt"], sent["nextAttemptAt"]) == ("FAILED", 10, None)
    pass_time(world, 48 * HOUR)
    assert len(hook.there.got) == 10
    assert {got.headers["webhook-id"] for got in hook.there.got} == {sent["messageId"]}
    assert len({got.body for got in hook.there.got}) == 1
    assert len({got.headers["webhook-timestamp"] for got in hook.there.got}) == 10
    assert hook.state()["failureCount"] == 1
    hook.close()


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000) * 1_000


def test_the_schedule_is_the_published_one() -> None:
    minutes = [wait / SECOND / 60 for wait in attempts.WAITS[1:]]
    assert attempts.WAITS[0] == 5 * SECOND
    assert minutes == [5, 30, 120, 300, 600, 840, 1_200, 1_440]


def test_what_failed_arrives_later(world: World) -> None:
    hook = Hook(world, answer(500), answer(404), OK)
    assert hook.send()["status"] == "PENDING"
    pass_wait(world, 1)
    pass_wait(world, 2)
    (sent,) = hook.log()
    assert (sent["status"], sent["attempt"]) == ("SUCCESS", 3)
    assert len(hook.there.got) == 3
    hook.close()


def test_who_answers_that_it_is_gone_is_asked_no_more(world: World) -> None:
    hook = Hook(world, answer(410))
    sent = hook.send()
    assert (sent["status"], sent["attempt"], sent["responseStatus"]) == ("FAILED", 1, 410)
    shown = hook.state()
    assert (shown["status"], shown["disabledReason"]) == ("DISABLED", "GONE")
    (told,) = hook.told("WEBHOOK_DISABLED")
    assert told["data"] == {"webhookId": hook.webhook["id"], "reason": "GONE"}
    pass_time(world, 100 * HOUR)
    assert len(hook.there.got) == 1
    hook.close()


def test_a_redirect_is_a_failure(world: World) -> None:
    elsewhere = Hook(world)
    hook = Hook(world, answer(307, location=elsewhere.there.url))
    sent = hook.send()
    assert (sent["status"], sent["responseStatus"]) == ("PENDING", 307)
    assert sent["error"] == "redirects are not followed"
    assert elsewhere.there.got == []
    hook.close()
    elsewhere.close()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_who_has_too_much_to_do_is_left_alone(world: World, status: int) -> None:
    hook = Hook(world, answer(status, retry_after="3600"), OK)
    hook.send()
    second = hook.send()
    assert len(hook.there.got) == 1, "other messages wait as well"
    assert (second["attempt"], second["status"]) == (0, "PENDING")
    pass_time(world, HOUR - SECOND)
    assert len(hook.there.got) == 1
    pass_time(world, SECOND)
    assert [one["status"] for one in hook.log()] == ["SUCCESS", "SUCCESS"]
    hook.close()


def test_what_waits_when_an_endpoint_asks_for_a_pause_waits_with_it(world: World) -> None:
    hook = Hook(world, answer(503, retry_after="60"))
    for _ in range(6):
        try_out(hook.who, hook.webhook)
    world.work()
    assert len(hook.there.got) == 4, "so many were under way"
    hook.replies = [OK]
    pass_time(world, 59 * SECOND)
    assert len(hook.there.got) == 4
    for _ in range(6):  # one at a time at first, for it has failed
        pass_time(world, 2 * SECOND)
    assert {one["status"] for one in hook.log()} == {"SUCCESS"}
    hook.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-5",
        "²",
        "9" * 300,
        "Mon, 01 Jan 99999 00:00 +99",
        "Jan +9999999 GMT 25:61:61 " + "9" * 40,
        "Mon, Jan 31 25:61:61 -1 +99999999999999999 0",
    ],
)
def test_a_pause_that_makes_no_sense_is_a_short_one(world: World, text: str) -> None:
    raw = f"HTTP/1.1 503 So\r\nretry-after: {text}\r\ncontent-length: 0\r\n\r\n"
    hook = Hook(world, raw.encode("latin-1", "replace"), OK)
    assert hook.send()["responseStatus"] == 503
    pass_time(world, 24 * HOUR)
    assert [one["status"] for one in hook.log()] == ["SUCCESS"]
    hook.close()


def test_a_date_is_obeyed_as_well_and_a_day_is_the_longest(world: World) -> None:
    later = datetime.fromtimestamp((world.now + 2 * HOUR) // SECOND, UTC)
    hook = Hook(
        world,
        answer(503, retry_after=format_datetime(later, usegmt=True)),
        answer(503, retry_after="99999999"),
        OK,
    )
    hook.send()
    pass_time(world, 2 * HOUR - 2 * SECOND)
    assert len(hook.there.got) == 1
    pass_time(world, 3 * SECOND)
    assert len(hook.there.got) == 2
    pass_time(world, 24 * HOUR)
    assert [one["status"] for one in hook.log()] == ["SUCCESS"]
    hook.close()


def test_five_lost_messages_in_a_row_switch_it_off(world: World) -> None:
    hook = Hook(world, answer(500))
    for _ in range(5):
        try_out(hook.who, hook.webhook)
    for number in range(1, 10):
        world.work()
        for _ in range(5):  # while it fails it is tried one at a time
            world.work()
        pass_wait(world, number)
    for _ in range(6):
        world.work()
    assert [one["status"] for one in hook.log()] == ["FAILED"] * 5
    shown = hook.state()
    assert (shown["status"], shown["disabledReason"]) == ("DISABLED", "FAILURES")
    assert shown["failureCount"] == 5
    assert len(hook.told("WEBHOOK_DISABLED")) == 1
    hook.replies = [OK]
    on = hook.who.call("PATCH", hook.at, {"status": "ACTIVE"}).json["webhook"]
    assert (on["status"], on["failureCount"]) == ("ACTIVE", 0)
    assert hook.send()["status"] == "SUCCESS"
    hook.close()


def test_a_message_that_arrives_ends_the_row(world: World) -> None:
    hook = Hook(world)
    with_failures(world, hook, 4)
    hook.send()
    assert hook.state()["failureCount"] == 0
    hook.close()


def with_failures(world: World, hook: Hook, count: int) -> None:
    def rows(connection: Any) -> None:
        (one,) = webhooks.of_member(connection, number(world, hook.who))
        webhooks.put(connection, replace(one, failures=count))

    world.do(world.running.services.gateway.submit(None, rows))


def number(world: World, who: Member) -> int:
    person = world.running.services.site.people.by_username(who.username)
    assert person is not None
    return person.number


def test_what_was_sent_is_sent_again_under_its_id(world: World) -> None:
    hook = Hook(world)
    sent = hook.send()
    world.now += SECOND
    again = hook.who.call("POST", f"{hook.at}/deliveries/{sent['id']}/redeliver").json["delivery"]
    assert (again["messageId"], again["status"]) == (sent["messageId"], "PENDING")
    assert again["id"] != sent["id"]
    world.work()
    first, second = hook.there.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert [one["status"] for one in hook.log()] == ["SUCCESS", "SUCCESS"]
    hook.close()


def test_what_waits_is_sent_now_when_it_is_asked_for_again(world: World) -> None:
    hook = Hook(world, answer(500), OK)
    sent = hook.send()
    again = hook.who.call("POST", f"{hook.at}/deliveries/{sent['id']}/redeliver").json["delivery"]
    assert again["id"] == sent["id"]
    world.work()
    (done,) = hook.log()
    assert (done["status"], done["attempt"]) == ("SUCCESS", 2)
    hook.close()


def test_a_hundred_wishes_to_send_again_are_one(world: World) -> None:
    hook = Hook(world)
    sent = hook.send()
    credential = ((b"authorization", f"Bearer {hook.who.key()}".encode()),)
    target = f"{hook.at}/deliveries/{sent['id']}/redeliver"
    answers = world.all_at_once(*(request("POST", target, credential) for _ in range(100)))
    assert {one.status for one in answers} == {200}
    assert len({one.json["delivery"]["id"] for one in answers}) == 1
    world.work()
    assert len(hook.there.got) == 2
    hook.close()


def test_what_waits_for_a_deleted_webhook_is_dropped(world: World) -> None:
    hook = Hook(world, answer(500))
    hook.send()
    hook.who.call("DELETE", f"{WEBHOOKS}?id={hook.webhook['id']}")
    pass_wait(world, 1)
    assert len(hook.there.got) == 1
    reader = world.running.services.reader
    left = world.do(reader.run(lambda rows: deliveries.page(rows, row_id(hook), "", 10)))
    assert left == []
    world.do(hook.there.close())


def row_id(hook: Hook) -> str:
    digits = hook.webhook["id"].removeprefix("whk_")
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def test_an_address_that_is_not_allowed_any_more_is_not_asked(world: World) -> None:
    hook = Hook(world)
    world.set("WEBHOOK_ALLOW_CIDRS", "")
    try:
        sent = hook.send()
    finally:
        world.set("WEBHOOK_ALLOW_CIDRS", "127.0.0.0/8")
    assert (sent["status"], sent["attempt"], sent["responseStatus"]) == ("PENDING", 1, None)
    assert sent["error"] == "not allowed: it is no public address"
    assert hook.there.got == []
    hook.close()


def test_the_log_is_kept_for_thirty_days(world: World) -> None:
    hook = Hook(world)
    sent = hook.send()
    pass_time(world, 29 * 24 * HOUR)
    assert len(hook.log()) == 1
    pass_time(world, 25 * HOUR)
    assert hook.log() == []
    again = hook.who.call("POST", f"{hook.at}/deliveries/{sent['id']}/redeliver")
    assert again.status == 404
    hook.close()
