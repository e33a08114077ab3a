"""The corpus of bad input, each row on every operation that it can be said to.

The files beside this one say what is sent and what must come back. Whatever is refused leaves the
exchange as it was: the engine's state and every row that people wrote.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import msgspec
import pytest

from presage.api import signatures
from presage.api.admin.routes import ADMIN
from presage.api.kalshi.routes import KALSHI
from presage.api.registry import Api, Operation
from presage.engine.engine import Engine
from presage.identity import members
from tests.api.admin.world import World
from tests.compat.server import Server

HERE: Final = Path(__file__).parent
SLOW_SECONDS: Final = 1.0
MARKET: Final = "CORPUS-1"

Headers = tuple[tuple[bytes, bytes], ...]


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    return found


OPERATIONS: Final = [(api, op) for api in (KALSHI, ADMIN) for op in api.operations]
WITH_BODY = [(api, op) for api, op in OPERATIONS if op.body is not None]
WITH_QUERY = [(api, op) for api, op in OPERATIONS if op.query is not None]
PRIVATE = [(api, op) for api, op in OPERATIONS if op.auth != "public"]


def named(pairs: list[tuple[Api, Operation]]) -> list[Any]:
    return [pytest.param(api, op, id=f"{op.method} {api.prefix}{op.path}") for api, op in pairs]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("corpus") / "data")
    world.list_market(MARKET)
    world.order(world.one, MARKET, "bid", "0.4000")
    yield world
    world.close()


@pytest.fixture(autouse=True)
def _nothing_happens(world: World) -> Iterator[None]:
    def standing() -> tuple[str, object]:
        services = world.running.services
        rows = world.do(services.reader.run(lambda connection: members.every(connection)))
        return world.do(services.gateway.inspect(Engine.digest)), rows

    before = standing()
    yield
    assert standing() == before, "something refused has left a trace"


def target(api: Api, op: Operation) -> str:
    """The operation's address, with a name where it takes one."""
    return api.prefix + op.path.replace("{", "").replace("}", "")


def ask(
    world: World,
    api: Api,
    op: Operation,
    body: bytes | None = None,
    query: str = "",
    headers: Headers | None = None,
) -> int:
    """Send it, judge the shape of the answer, and return its status."""
    path = target(api, op)
    signer = world.operator if api is ADMIN else world.one
    sent = signer.sign(op.method, path) if headers is None else headers
    started = time.perf_counter()
    answer = world.send(op.method, path + (f"?{query}" if query else ""), body, sent)
    assert time.perf_counter() - started < SLOW_SECONDS
    assert b"Traceback" not in answer.body
    if answer.status >= 400:
        assert isinstance(answer.json, dict)
        assert {"error", "code", "msg"} & answer.json.keys()
    return answer.status


def content(case: dict[str, Any]) -> bytes:
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    if "repeat" in case:
        before, piece, times, after = case["repeat"]
        return f"{before}{piece * times}{after}".encode()
    return str(case["text"]).encode()


@pytest.mark.parametrize(("api", "op"), named(WITH_BODY))
def test_bodies_that_nobody_can_read(world: World, api: Api, op: Operation) -> None:
    for case in load("bodies")["cases"]:
        if op.body_optional and case.get("optional_body_is_fine"):
            continue
        status = ask(world, api, op, content(case))
        assert status in case["expect"], (case["class"], case["name"], status)


def kind(annotation: Any) -> str:
    """`int`, `str`, `bool`, `list` or `choice` of a field, "" for anything else."""
    while get_origin(annotation) is not None and hasattr(annotation, "__metadata__"):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) in (list, tuple):
        return "list"
    options = [one for one in get_args(annotation) if one is not type(None)]
    if len(options) == 1:
        return kind(options[0])
    return {int: "int", str: "str", bool: "bool"}.get(annotation, "")


def fields(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Name on the wire -> kind."""
    types = msgspec.structs.fields(struct)
    return {field.encode_name: kind(field.type) for field in types}


@pytest.mark.parametrize(("api", "op"), named(WITH_BODY))
def test_values_that_no_field_of_a_body_may_hold(world: World, api: Api, op: Operation) -> None:
    corpus = load("fields")
    assert op.body is not None
    for name, what in fields(op.body).items():
        for value in corpus["body"].get(what, ()):
            if type(value) is int and what == "int":
                continue  # readable; that nothing so large may be meant is the next test's
            status = ask(world, api, op, json.dumps({name: value}).encode())
            assert status in corpus["expect"], (name, value, status)


@pytest.mark.parametrize(("api", "op"), named(WITH_BODY))
def test_integers_at_their_ends_break_nothing(world: World, api: Api, op: Operation) -> None:
    assert op.body is not None
    for name, what in fields(op.body).items():
        if what == "int":
            for value in (2**63 - 1, -(2**63)):
                assert 400 <= ask(world, api, op, json.dumps({name: value}).encode()) < 500


@pytest.mark.parametrize(("api", "op"), named(WITH_QUERY))
def test_values_that_no_parameter_may_hold(world: World, api: Api, op: Operation) -> None:
    corpus = load("fields")
    assert op.query is not None
    for name, what in fields(op.query).items():
        for value in corpus["query"].get("str" if what == "list" else what, ()):
            status = ask(world, api, op, query=f"{name}={value}")
            assert status in corpus["expect"], (name, value, status)
        if what in ("int", "bool"):
            assert ask(world, api, op, query=f"{name}=1&{name}=1") == 400


@pytest.mark.parametrize(("api", "op"), named(PRIVATE))
def test_headers_that_prove_nothing(world: World, api: Api, op: Operation) -> None:
    corpus = load("credentials")
    for case in corpus["cases"]:
        status = ask(
            world, api, op, b"{}" if op.body else None, headers=forged(world, op, api, case)
        )
        assert status in corpus["expect"], (case["class"], case["name"], status)


def forged(world: World, op: Operation, api: Api, case: dict[str, Any]) -> Headers:
    """The right headers but for what the case says."""
    signer = world.operator if api is ADMIN else world.one
    sign = case.get("sign", {})
    stamp = sign.get("timestamp", str(time.time_ns() // 1_000_000))
    path = sign.get("path", target(api, op))
    signature = signatures.sign(signer._key, stamp, sign.get("method", op.method), path)
    values = {"key": signer.key_id, "timestamp": stamp, "signature": signature}
    values |= case.get("set", {})
    if values["key"] == "{other}":
        values["key"] = world.two.key_id
    return tuple(
        (f"kalshi-access-{name}".encode(), value.encode("latin-1", "replace"))
        for name, value in values.items()
        if value is not None
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("framing") / "data")
    server.start()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("case", load("framing")["cases"], ids=lambda case: case["name"])
def test_requests_that_http_forbids(server: Server, case: dict[str, Any]) -> None:
    path = "/trade-api/v2/portfolio/orders"
    request = case["request"].replace("{path}", path).encode("latin-1")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    status = int(answer.split(b" ", 2)[1]) if answer else 0
    assert status in case["expect"], answer[:300]
