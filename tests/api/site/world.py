"""A whole exchange in one process, called the way browsers and scripts call the site."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any, Final

from presage.app import datadir
from presage.app.build import Running, build
from presage.app.settings import Settings
from presage.units import SECOND
from tests.api.admin.world import Person
from tests.api.admin.world import World as AdminWorld
from tests.api.asking import JSON_TYPE, Answer, Headers, ask, request

START: Final = 1_780_000_000 * SECOND
PASSWORD: Final = "correct horse battery"
HOST: Final = "presage.test"
OUR_PAGES: Final = ((b"host", HOST.encode()), (b"origin", f"http://{HOST}".encode()))

_COUNT = itertools.count(1)


class Member:
    """Somebody with a browser session and, once asked for, a Bearer key."""

    def __init__(self, world: World, email: str, answer: Answer) -> None:
        self.world = world
        self.email = email
        self.user: dict[str, Any] = answer.json["user"]
        self.cookie = cookie_of(answer)
        self.csrf: str = answer.json["csrfToken"]
        self._keys: dict[tuple[str, ...], str] = {}

    @property
    def id(self) -> str:
        return str(self.user["id"])

    @property
    def username(self) -> str:
        return str(self.user["username"])

    def browser(self) -> Headers:
        """The headers of a browser that is on our pages."""
        return (
            *OUR_PAGES,
            (b"cookie", self.cookie.encode()),
            (b"x-csrf-token", self.csrf.encode()),
        )

    def click(self, method: str, target: str, body: Any = None) -> Answer:
        """A request of the browser session."""
        return self.world.send(method, target, body, self.browser())

    def key(self, *scopes: str) -> str:
        """A Bearer key with these scopes (the default ones when none are named)."""
        if scopes not in self._keys:
            wanted = {"name": "a test", **({"scopes": list(scopes)} if scopes else {})}
            made = self.click("POST", "/api/me/api-keys", wanted)
            assert made.status == 201, made.body
            self._keys[scopes] = made.json["key"]
        return self._keys[scopes]

    def call(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        """A request with a Bearer key that may do everything a key can by default."""
        return self.world.bearer(self.key(), method, target, body, **headers)

    def get(self, target: str) -> Any:
        """What a GET answers; it must succeed."""
        answer = self.call("GET", target)
        assert answer.status == 200, answer.body
        return answer.json


class World(AdminWorld):
    """The running exchange; `now` is its clock in microseconds, `ticks` counts the limits' time in
    nanoseconds. Limits are off unless a test sets them."""

    def __init__(self, directory: Path, now: int = START) -> None:
        self.ticks = 0
        super().__init__(directory, now)

    async def _open(self) -> Running:
        settings = Settings(data=self.data, content="none")
        datadir.make(self.data)
        running = await build(settings, clock=lambda: self.now, ticks=lambda: self.ticks)
        await datadir.furnish(running.services, settings)
        for name in ("REQUESTS_PER_MINUTE", "SESSION_REQUESTS_PER_MINUTE", "REGISTER_PER_HOUR"):
            running.services.site.settings.put(name, 0)
        running.services.site.settings.put("PASSWORD_MEMORY_KIB", 19_456)
        running.services.site.settings.put("PASSWORD_PASSES", 2)
        return running

    def restart(self) -> None:
        """The same exchange in another process, a moment later."""
        self.close()
        self._runner = asyncio.Runner()
        self.running = self.do(self._open())

    def send(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: Headers = (),
        host: str = "192.0.2.1",
    ) -> Answer:
        """One request; a body that is not bytes is sent as JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        data = data.encode() if isinstance(data, str) else data
        kind = () if body is None else (JSON_TYPE,)
        return self.do(
            ask(self.running.door, request(method, target, (*headers, *kind), data, host))
        )

    def bearer(
        self, key: str, method: str, target: str, body: Any = None, **headers: str
    ) -> Answer:
        """A request with a Bearer key; headers are spelled with underscores."""
        more = tuple(
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        )
        sent = ((b"authorization", f"Bearer {key}".encode()), *more)
        return self.send(method, target, body, sent)

    def register(self, **fields: Any) -> Answer:
        """A registration from our pages; email and password are made up unless given."""
        number = next(_COUNT)
        wanted = {"email": f"person{number}@example.com", "password": PASSWORD, **fields}
        return self.send("POST", "/api/auth/register", wanted, OUR_PAGES)

    def join(self, **fields: Any) -> Member:
        """A new member."""
        fields.setdefault("email", f"member{next(_COUNT)}@example.com")
        answer = self.register(**fields)
        assert answer.status == 201, answer.body
        return Member(self, fields["email"], answer)

    def many_registrations(self, count: int, **fields: Any) -> list[Answer]:
        """Registrations that arrive together, each with its own email unless one is given."""
        asked = []
        for _ in range(count):
            email = f"person{next(_COUNT)}@example.com"
            body = {"email": email, "password": PASSWORD, **fields}
            headers = (*OUR_PAGES, JSON_TYPE)
            data = json.dumps(body).encode()
            asked.append(request("POST", "/api/auth/register", headers, data))
        return self.all_at_once(*asked)

    def login(self, email: str, password: str = PASSWORD, **fields: Any) -> Answer:
        """A login from our pages."""
        wanted = {"email": email, "password": password, **fields}
        return self.send("POST", "/api/auth/login", wanted, OUR_PAGES)

    def all_at_once(self, *asked: Any) -> list[Answer]:
        """Requests (see `asking.request`) that arrive together."""

        async def run() -> list[Answer]:
            return await asyncio.gather(*(ask(self.running.door, one) for one in asked))

        return self.do(run())

    def work(self) -> None:
        """Whatever follows from what was committed has followed."""
        self.do(self.running.jobs.catch_up())

    def set(self, name: str, value: int | bool | str) -> None:
        """Give a setting or flag another value, for this test's world only."""
        self.running.services.site.settings.put(name, value)


def cookie_of(answer: Answer) -> str:
    """`session=...`, as a browser sends it back."""
    return answer.headers["set-cookie"].partition(";")[0]


def code_of(answer: Answer) -> tuple[int, str]:
    """Status and code of a refusal, whose form is checked on the way."""
    body = answer.json
    assert isinstance(body["error"], str)
    assert body["error"].endswith((".", "!", "?"))
    assert body["requestId"] == answer.headers["x-request-id"]
    return answer.status, body["code"]


__all__ = ["OUR_PAGES", "PASSWORD", "Member", "Person", "World", "code_of", "cookie_of"]
