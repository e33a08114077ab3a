"""Who may not, and what cannot be read: each a sentence, a code and the request's id."""

from __future__ import annotations

import pytest

from presage.api.admin.errors import STATUSES
from presage.api.admin.routes import ADMIN
from presage.api.openapi import document
from tests.api.admin.world import World

PAUSE = "/api/admin/exchange/pause"


def test_members_are_kept_out_and_strangers_are_not_known(world: World) -> None:
    for operation in ADMIN.operations:
        if operation.auth == "public":
            continue
        path = ADMIN.prefix + operation.path.replace("{", "").replace("}", "")
        member = world.call(operation.method, path, {"reason": "mine"}, world.one)
        assert (member.status, member.json["code"]) == (403, "forbidden"), path
        stranger = world.send(operation.method, path, {"reason": "mine"}, ())
        assert (stranger.status, stranger.json["code"]) == (401, "unauthenticated"), path


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "bad_json", None),
        (b"{", "bad_json", None),
        (b'{"reason": "x", "reason": "y"}', "bad_json", None),
        (b'{"reason": NaN}', "bad_json", None),
        (b"[" * 40, "bad_json", None),
        (b'{"reason": 1}', "validation_failed", "reason"),
        (b'{"reason": ""}', "validation_failed", "reason"),
        (b"{}", "validation_failed", "reason"),
        (b'{"reason": "x", "trading": true}', "validation_failed", "trading"),
        (b'{"reason": "x", "trading_active": 1}', "validation_failed", "trading_active"),
    ],
)
def test_unreadable_requests_name_the_field(
    world: World, body: bytes, code: str, field: str | None
) -> None:
    answer = world.call("POST", PAUSE, body)
    error = answer.json
    assert (answer.status, error["code"]) == (400, code)
    assert error["error"].endswith(".")
    assert error["requestId"] == answer.headers["x-request-id"]
    assert [detail["field"] for detail in error.get("details", [])] == ([field] if field else [])


def test_every_refusal_carries_the_requests_id(world: World) -> None:
    for method, path in (
        ("GET", "/api/admin/members/none"),
        ("GET", "/api/admin/nothing"),
        ("DELETE", "/api/admin/overview"),
        ("GET", "/api/admin/audit?limit=0"),
    ):
        answer = world.call(method, path)
        assert answer.status in (400, 404, 405)
        assert answer.json["requestId"] == answer.headers["x-request-id"]


def test_a_blank_reason_is_said_in_words(world: World) -> None:
    answer = world.call("POST", PAUSE, {"reason": "  "})
    assert answer.json["error"] == "reason: must not be blank."


def test_another_content_type_is_refused(world: World) -> None:
    headers = (*world.operator.sign("POST", PAUSE), (b"content-type", b"text/plain"))
    answer = world.send("POST", PAUSE, {"reason": "x"}, headers)
    assert (answer.status, answer.json["code"]) == (400, "bad_content_type")


def test_every_status_of_a_refused_write_is_in_the_document() -> None:
    paths = document(ADMIN)["paths"]
    writes = [entry["post"] for entry in paths.values() if "post" in entry]
    assert writes
    for write in writes:
        documented = {int(status) for status in write["responses"]}
        assert {*STATUSES.values(), 409} <= documented, write["operationId"]
