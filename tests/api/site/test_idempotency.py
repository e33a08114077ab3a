"""The same call twice has one effect and one answer, whatever comes between."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest

from presage.api.dispatch import Dispatcher, Mount
from presage.api.registry import Api, Call, Conditions
from presage.api.site import grants
from presage.api.site.auth import SiteAuth
from presage.api.site.errors import ERRORS, refuse
from presage.api.site.guard import Guard
from presage.api.site.idempotency import Idempotency
from presage.api.site.lines import line
from presage.api.site.writing import submit
from presage.domain.facts import MoneyMoved
from presage.identity.uuids import uuid7
from presage.site import replies
from presage.wire.site.common import Strict
from tests.api.asking import JSON_TYPE, Answer, ask, request
from tests.api.site.world import Member, World, code_of

HOUR = 3_600 * 1_000_000


class Take(Strict):
    cents: int


class Taken(msgspec.Struct):
    id: str
    cents: int


async def take_money(call: Call[None, Take]) -> Taken:
    """Give the caller money, as often as asked."""
    if call.body.cents == 13:
        raise refuse("conflict", "Not today.")
    money = call.body.cents * 10_000
    receipt = await submit(
        call, grants.grant(call.caller.member, money, f"take:{uuid7(call.at)}", "grant")
    )
    moved = next(fact for fact in receipt.facts if isinstance(fact, MoneyMoved))
    return Taken(str(moved.id), moved.lines[1].amount // 10_000)


TAKE = line(
    "POST /take", take_money, Taken, body=Take, scope="trade",
    conditions=Conditions(idempotent=True),
)  # fmt: skip
API = Api(
    title="Test", version="1", prefix="/api", operations=(TAKE,), errors=ERRORS,
    strict_bodies=None, lenient_words=True,
)  # fmt: skip


class Door:
    """The one operation behind the real guard."""

    def __init__(self, world: World) -> None:
        self.world = world
        services = world.running.services
        self.kept = Idempotency(services.gateway, services.reader, services.clock)
        auth = SiteAuth(services.site, services.clock)
        guard = Guard(services.site, auth, self.kept, nobody)
        self.door = Dispatcher([Mount(API, services, guard=guard)], clock=services.clock)
        self.member: Member = world.join()
        self.bearer = (b"authorization", f"Bearer {self.member.key()}".encode())

    def asked(self, key: str | None, body: bytes) -> Any:
        headers = (self.bearer, JSON_TYPE)
        more = () if key is None else ((b"idempotency-key", key.encode()),)
        return request("POST", "/api/take", (*headers, *more), body)

    def take(self, key: str | None, cents: int) -> Answer:
        return self.send(key, json.dumps({"cents": cents}).encode())

    def send(self, key: str | None, body: bytes) -> Answer:
        return self.world.do(ask(self.door, self.asked(key, body)))

    def has(self) -> int:
        """What the member has beyond the opening money, in cents."""
        return int(self.member.get("/api/auth/me")["user"]["balanceCents"]) - 100_050


async def nobody(_: Any) -> Any:
    raise AssertionError


@pytest.fixture
def door(world: World) -> Door:
    return Door(world)


def test_the_same_call_is_answered_again_and_done_once(door: Door) -> None:
    first, again = door.take("a", 5), door.send("a", b' { "cents" : 5.0 } ')
    assert first.status == 200
    assert (again.status, again.body) == (first.status, first.body)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert door.has() == 5
    assert door.take(None, 5).status == door.take(None, 5).status == 200
    assert door.has() == 15


def test_a_key_belongs_to_one_request_of_one_member(door: Door, world: World) -> None:
    door.take("a", 5)
    assert code_of(door.take("a", 6)) == (409, "idempotency_mismatch")
    assert code_of(door.send("a", b"{")) == (409, "idempotency_mismatch"), "before it is read"
    other = Door(world)
    assert other.take("a", 6).json["cents"] == 6
    assert (door.has(), other.has()) == (5, 6)


def test_a_refusal_is_kept_too(door: Door) -> None:
    assert code_of(door.take("b", 13)) == (409, "conflict")
    again = door.take("b", 13)
    assert again.headers["idempotency-replayed"] == "true"
    assert door.send("c", b'{"cent":1}').status == 400


@pytest.mark.parametrize("body", [b"[" * 500_000, b'{"cents":"\xff"}', b"", b"\x00"])
def test_a_body_that_cannot_be_read_is_refused_as_without_a_key(door: Door, body: bytes) -> None:
    assert code_of(door.send("f" + str(len(body)), body)) == (400, "bad_json")


@pytest.mark.parametrize("key", ["x" * 256, "with space", "tab\t", "ünicode"])
def test_a_key_that_cannot_be(door: Door, key: str) -> None:
    headers = (door.bearer, JSON_TYPE, (b"idempotency-key", key.encode("latin-1")))
    answer = door.world.do(ask(door.door, request("POST", "/api/take", headers, b'{"cents":1}')))
    assert code_of(answer) == (400, "validation_failed")


def test_a_hundred_at_once_have_one_effect(door: Door) -> None:
    async def all_at_once() -> list[Answer]:
        tries = (ask(door.door, door.asked("k", b'{"cents":7}')) for _ in range(100))
        return await asyncio.gather(*tries)

    answers = door.world.do(all_at_once())
    done = [one for one in answers if one.status == 200]
    waiting = [one for one in answers if one.status == 409]
    assert len(done) == 1
    assert {code_of(one)[1] for one in waiting} == {"idempotency_in_progress"}
    assert waiting[0].headers["retry-after"] == "1"
    assert door.has() == 7
    assert door.take("k", 7).body == done[0].body


def test_a_crash_between_effect_and_answer_changes_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: Any) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(door.kept, "remember", killed)
        first = door.take("d", 9)
    again = door.take("d", 9)
    assert (again.status, again.body) == (first.status, first.body)
    assert door.has() == 9


def test_after_a_day_the_key_is_free_for_another_request_and_still_not_for_the_same(
    door: Door, world: World
) -> None:
    first = door.take("e", 9)
    world.now += 25 * HOUR
    assert door.take("e", 8).json["cents"] == 8
    world.now += 25 * HOUR
    assert door.take("e", 9).body == first.body, "a late repetition pays nobody twice"
    assert door.has() == 17
    gateway = world.running.services.gateway
    world.now += 25 * HOUR
    dropped: list[int] = []

    def drop(connection: Any) -> None:
        dropped.append(replies.drop_old(connection, world.now, 100))

    world.do(gateway.submit(None, drop))
    assert dropped[0] >= 1
