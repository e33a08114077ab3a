"""What tests of money in and out have in common: people at the desk, a provider to talk to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from presage.payments.hosted import Hosted
from tests.api.admin.world import Person
from tests.api.asking import Answer
from tests.api.site.trading import number_of
from tests.api.site.world import Member, World

HOUR: Final = 3_600 * 1_000_000
SECRET: Final = "whsec_" + base64.b64encode(b"a callback's secret of ours").decode()


def let_money_flow(world: World) -> None:
    """Members may pay in and out, as often as they like."""
    for name in ("deposits", "withdrawals"):
        world.set(name, True)
    world.set("DEPOSITS_PER_DAY", 0)


def opened_desk(directory: Path) -> World:
    """An exchange whose desk may decide at once."""
    world = World(directory)
    let_money_flow(world)
    world.set("WITHDRAWAL_WAIT_HOURS", 0)
    world.work()
    return world


def staff(world: World, role: str = "admin") -> Member:
    """A member with a role."""
    member = world.join()
    world.admin("PATCH", f"/users/{member.id}", role=role)
    return member


def act(who: Member, method: str, path: str, **body: Any) -> Answer:
    """What somebody at the desk asks of the operators' API."""
    wanted = None if method == "GET" else {"reason": "a test", **body}
    return who.click(method, f"/api/admin{path}", wanted)


def spendable(member: Member) -> tuple[int, int]:
    """Balance and what is available of it, in cents."""
    user = member.get("/api/auth/me")["user"]
    return user["balanceCents"], user["availableCents"]


def deposit(member: Member, cents: int = 5_000, gateway: str = "manual", **more: Any) -> Any:
    """A deposit that is begun."""
    body = {"amountCents": cents, "gatewayId": gateway, **more}
    answer = member.click("POST", "/api/deposits", body)
    assert answer.status == 201, answer.body
    return answer.json


def withdraw(member: Member, cents: int = 5_000, gateway: str = "manual", to: str = "DE1") -> Any:
    """A withdrawal that is asked for."""
    body = {"amountCents": cents, "gatewayId": gateway, "destination": {"account": to}}
    answer = member.click("POST", "/api/withdrawals", body)
    assert answer.status == 201, answer.body
    return answer.json["withdrawal"]


def told(member: Member) -> list[str]:
    """What a member has been told, newest first."""
    member.world.work()
    return [one["type"] for one in member.get("/api/me/notifications")["notifications"]]


def kalshis(member: Member, what: str) -> list[dict[str, Any]]:
    """The list that Kalshi's API prints."""
    world = member.world
    path = f"/members/{number_of(member)}/keys"
    made = world.admin("POST", path, scopes=["read"])["key"]
    signer = Person(made["id"], made["private_key"])
    answer = world.call("GET", f"/trade-api/v2/portfolio/{what}", None, signer)
    found: list[dict[str, Any]] = answer.json[what]
    return found


class Provider:
    """A payment provider's server on this machine, and the callbacks that it sends."""

    def __init__(self, world: World) -> None:
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.status = 200
        self.reply: Any = None
        self.world = world
        self._count = 0
        provider = self

        class Desk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                status, reply = provider.answer(self.path, self.rfile.read(length), self.headers)
                self.send_response(status)
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self.gateway = Hosted(url, "sk_test", SECRET)
        world.running.services.site.payments["hosted"] = self.gateway

    def answer(self, path: str, body: bytes, headers: Message) -> tuple[int, bytes]:
        """What the server answers."""
        asked = json.loads(body)
        told = {name.lower(): value for name, value in headers.items()}
        self.asked.append((path, asked, told))
        reply = self.reply
        if reply is None:
            reference = f"ref-{asked['id'][-6:]}"
            reply = {"reference": reference, "url": f"https://pay.example/{reference}"}
        return self.status, json.dumps(reply).encode()

    def close(self) -> None:
        del self.world.running.services.site.payments["hosted"]
        self.gateway.close()
        self._server.shutdown()
        self._server.server_close()

    def signed(
        self, kind: str, at: int | None = None, secret: str = SECRET, **data: Any
    ) -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
        """Headers and body of a callback, signed by hand."""
        self._count += 1
        body = json.dumps({"type": kind, "data": data}).encode()
        stamp = self.world.running.services.site.wall() // 1_000_000 if at is None else at
        name = f"msg_{self._count}"
        key = base64.b64decode(secret.removeprefix("whsec_"))
        text = f"{name}.{stamp}.".encode() + body
        mark = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
        headers = (
            (b"webhook-id", name.encode()),
            (b"webhook-timestamp", str(stamp).encode()),
            (b"webhook-signature", f"v1,{mark}".encode()),
        )
        return headers, body

    def call_back(self, kind: str, id: str, cents: int, **more: Any) -> Answer:
        """Send a callback about a payment."""
        told = {"currency": "USD", **more}
        headers, body = self.signed(kind, id=id, amountCents=cents, **told)
        return self.world.send("POST", "/api/payments/hosted/callback", body, headers)
