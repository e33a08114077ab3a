"""A stand-in server, and the loop that it runs in."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from presage.providers.web import Web
from tests.providers.standin import StandIn

T = TypeVar("T")


class Lab:
    """A loop, a stand-in, and our side of the wire."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self.there = self.do(StandIn().start())
        self.web = self.do(self._web())
        self.now = 1_780_000_000_000_000

    async def _web(self) -> Web:
        return Web()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def close(self) -> None:
        self.do(self.web.close())
        self.do(self.there.stop())
        self._runner.close()


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    lab = Lab()
    yield lab
    lab.close()
