"""The probes: alive, ready, and figures for who may see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.site.world import World, code_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "data")


def test_the_probes(world: World) -> None:
    for path in ("/healthz", "/readyz"):
        answer = world.send("GET", path)
        assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert code_of(world.send("GET", "/metrics")) == (401, "unauthenticated")
    figures = world.send("GET", "/metrics", host="127.0.0.1")
    assert figures.status == 200
    assert figures.headers["content-type"].startswith("text/plain")
    assert b"\npresage_members 3\n" in figures.body
    world.running.watched.token = "let me see"
    assert world.send("GET", "/metrics", host="127.0.0.1").status == 401
    token = ((b"authorization", b"Bearer let me see"),)
    assert world.send("GET", "/metrics", None, token).status == 200
    world.do(world.running.services.gateway.close())
    assert world.send("GET", "/healthz").status == 200
    stopped = world.send("GET", "/readyz")
    assert (stopped.status, stopped.json) == (503, {"status": "stopped"})
    world.close()
