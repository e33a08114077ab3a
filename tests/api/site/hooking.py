"""What tests of webhooks do again and again: a receiver, endpoints that send there, their log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from unittest.mock import patch

import pytest
from standardwebhooks.webhooks import Webhook

from presage.site import attempts
from presage.units import SECOND, Micros
from tests.api.site.world import Member, World
from tests.receiver import OK, Got, Receiver

AWAY = "https://93.184.215.14/hook"
"""A public address to which nothing is ever sent: its tests let nobody work."""


def open_wide(world: World) -> None:
    """The exchange may connect to this machine."""
    world.set("WEBHOOK_ALLOW_HTTP", 1)
    world.set("WEBHOOK_ALLOW_CIDRS", "127.0.0.0/8")
    world.set("WEBHOOK_TESTS_PER_HOUR", 0)


def receiver(world: World, reply: Callable[[Got], bytes | None] = lambda got: OK) -> Receiver:
    return world.do(Receiver(reply).start())


def subscribe(who: Member, url: str, *events: str, **more: Any) -> Any:
    """A new webhook, and its secret with it."""
    body = {"url": url, **({"events": list(events)} if events else {}), **more}
    answer = who.call("POST", "/api/me/webhooks", body)
    assert answer.status == 201, answer.body
    return answer.json["webhook"] | {"secret": answer.json["secret"]}


def try_out(who: Member, webhook: Any) -> Any:
    """A test message is queued; its delivery."""
    answer = who.call("POST", f"/api/me/webhooks/{webhook['id']}/test")
    assert answer.status == 200, answer.body
    return answer.json["delivery"]


def log(who: Member, webhook: Any) -> list[Any]:
    """Newest first."""
    found = who.get(f"/api/me/webhooks/{webhook['id']}/deliveries")["deliveries"]
    assert isinstance(found, list)
    return found


def state(who: Member, webhook: Any) -> Any:
    listed = who.get("/api/me/webhooks")["webhooks"]
    return next(one for one in listed if one["id"] == webhook["id"])


def pass_time(world: World, time: Micros) -> None:
    """So much later whatever is due has been done."""
    world.now += time
    world.work()


def pass_wait(world: World, number: int) -> None:
    """As long as the longest wait after the try of this number (the first is 1)."""
    pass_time(world, attempts.WAITS[number - 1] * (100 + attempts.JITTER) // 100)


def verified(world: World, got: Got, *secrets: str) -> Any:
    """A message, once the library that receivers use has accepted it under each of these secrets;
    its clock is the exchange's."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(world.now / SECOND, tz)

    with patch("standardwebhooks.webhooks.datetime", Then):
        return [Webhook(secret).verify(got.body, got.headers) for secret in secrets][-1]


def types(there: Receiver) -> list[str]:
    return [json.loads(got.body)["type"] for got in there.got]


def data(there: Receiver, type: str) -> list[Any]:
    """What came in messages of this type."""
    return [one["data"] for one in map(json.loads, _bodies(there)) if one["type"] == type]


def _bodies(there: Receiver) -> list[bytes]:
    return [got.body for got in there.got]


def following_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For a module's fixture: an exchange that may connect to this machine, and whose workers
    follow everything from now on."""
    world = World(tmp_path_factory.mktemp("exchange") / "data")
    open_wide(world)
    world.work()
    yield world
    world.close()


class Hook:
    """A member with one webhook, and the server it leads to."""

    def __init__(self, world: World, *replies: bytes | None) -> None:
        """Answers these one after the other; the last one stays."""
        self.world = world
        self.replies = list(replies) or [OK]
        self.there: Receiver = receiver(world, self._reply)
        self.who: Member = world.join()
        self.webhook = subscribe(self.who, self.there.url, "webhook.test")
        self.secret = self.webhook["secret"]

    def _reply(self, got: Got) -> bytes | None:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @property
    def at(self) -> str:
        return f"/api/me/webhooks/{self.webhook['id']}"

    def send(self) -> Any:
        """A test message is sent, and tried once."""
        sent = try_out(self.who, self.webhook)
        self.world.work()
        return next(one for one in self.log() if one["id"] == sent["id"])

    def log(self) -> list[Any]:
        return log(self.who, self.webhook)

    def state(self) -> Any:
        return state(self.who, self.webhook)

    def told(self, kind: str) -> list[Any]:
        self.world.work()
        found = self.who.get("/api/me/notifications")["notifications"]
        return [one for one in found if one["type"] == kind]

    def close(self) -> None:
        self.who.call("DELETE", f"/api/me/webhooks?id={self.webhook['id']}")
        self.world.do(self.there.close())
