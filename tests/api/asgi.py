"""Calls an ASGI application in-process with exactly the bytes a test wants to send."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple

from presage.api.http import Message, Receive, Scope, Send

JSON_TYPE = (b"content-type", b"application/json")

Headers = tuple[tuple[bytes, bytes], ...]


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def http_scope(
    method: str, target: str, headers: Headers = (), host: str = "192.0.2.1"
) -> dict[str, Any]:
    """An ASGI scope for a request target such as `/a/b?c=d`, as received."""
    raw, _, query = target.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": raw,
        "raw_path": raw.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": list(headers),
        "client": (host, 40_000),
    }


def send(
    app: Any,
    method: str,
    target: str,
    body: bytes | list[bytes] | None = None,
    headers: Headers | None = None,
    host: str = "192.0.2.1",
) -> Answer:
    """One request. A body gets the JSON content type unless `headers` are given; a list of bodies
    arrives in that many chunks."""
    if headers is None:
        headers = () if body is None else (JSON_TYPE,)
    sent = exchange(app, http_scope(method, target, headers, host), body)
    start, content = sent[0], sent[1]
    lines = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], lines, content["body"])


def exchange(app: Any, scope: Scope, body: bytes | list[bytes] | None = None) -> list[Message]:
    """Everything the application sends for one request."""
    chunks = body if isinstance(body, list) else [body or b""]
    waiting: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
        for index, chunk in enumerate(chunks)
    ]
    return converse(app, scope, waiting)


def converse(app: Any, scope: Scope, incoming: list[Message]) -> list[Message]:
    """Everything the application sends when these messages arrive and then the client leaves."""
    waiting = list(incoming)
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def collect(message: Message) -> None:
        sent.append(message)

    async def run(on_receive: Receive, on_send: Send) -> None:
        await app(scope, on_receive, on_send)

    asyncio.run(run(receive, collect))
    return sent
