"""Commands are run in-process, against a whole exchange that needs no socket."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest

from presage.cli import importer, options
from presage.cli.client import Client
from tests.api.admin.world import World
from tests.cli.terminal import Terminal


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory: Path = tmp_path_factory.mktemp("exchange") / "data"
    world = World(directory)
    yield world
    world.close()


@pytest.fixture
def terminal(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    def answer(request: httpx2.Request) -> httpx2.Response:
        headers = tuple((name.lower(), value) for name, value in request.headers.raw)
        signed = tuple(pair for pair in headers if pair[0].startswith(b"kalshi-"))
        target = request.url.raw_path.decode()
        found = world.send(request.method, target, request.content, signed)
        return httpx2.Response(found.status, headers=found.headers, content=found.body)

    client = partial(Client, transport=httpx2.MockTransport(answer))
    monkeypatch.setattr(options, "Client", client)
    monkeypatch.setattr(importer, "Client", client)
    return Terminal(world.data, capsys)
