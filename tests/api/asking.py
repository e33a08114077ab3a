"""Asks the doors in-process, with exactly the method, address, headers and body a test wants."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any, Final, NamedTuple

from presage.api import http
from presage.api.dispatch import Dispatcher
from presage.api.http import Incoming, Request
from presage.api.parser import WAITED_FOR

JSON_TYPE = (b"content-type", b"application/json")

Headers = tuple[tuple[bytes, bytes], ...]

_COUNT: Final = itertools.count(1)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(
    method: str,
    target: str,
    headers: Headers = (),
    body: bytes | list[bytes] | None = None,
    host: str = "192.0.2.1",
) -> Request:
    """A request for a target such as `/a/b?c=d`. What is larger than a server waits for arrives in
    chunks, and so does a list of bodies."""
    path, _, query = target.partition("?")
    folded: dict[bytes, bytes] = {}
    for name, value in headers:
        folded[name] = folded[name] + b", " + value if name in folded else value
    made = Request(method, path, query.encode("latin-1"), folded, host)
    made.id = f"test-{next(_COUNT)}"
    if isinstance(body, bytes) and len(body) > WAITED_FOR:
        body = [body]
    if isinstance(body, list):
        made.incoming = Incoming()
        for chunk in body:
            made.incoming.add(chunk)
        made.incoming.finish()
    else:
        made.content = body or b""
    return made


async def ask(doors: Dispatcher, asked: Request) -> Answer:
    """The answer, as it is written to the client."""
    head_only = asked.method == "HEAD"
    written = http.answer_bytes(await doors.respond(asked), b"", asked.id, head_only=head_only)
    head, _, body = written.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    return Answer(int(status.split(" ")[1]), dict(line.split(": ", 1) for line in lines), body)


def send(
    doors: Dispatcher,
    method: str,
    target: str,
    body: bytes | list[bytes] | None = None,
    headers: Headers | None = None,
    host: str = "192.0.2.1",
) -> Answer:
    """One request. A body gets the JSON content type unless `headers` are given."""
    if headers is None:
        headers = () if body is None else (JSON_TYPE,)
    return asyncio.run(ask(doors, request(method, target, headers, body, host)))
