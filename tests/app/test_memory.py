"""The garbage collector runs when it is told to: cycles go, what lives on is not walked through."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from presage.app import memory

SLEEP = asyncio.sleep


class Knot:
    """Holds itself: only the collector can end it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def collector_as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


async def seen(monkeypatch: pytest.MonkeyPatch, turns: int) -> None:
    """`tend` for so many of its seconds, without waiting for them."""
    left = [turns]

    async def sleep(seconds: float) -> None:
        left[0] -= 1
        await SLEEP(0)
        if left[0] < 0:
            raise asyncio.CancelledError

    monkeypatch.setattr("presage.app.memory.asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await memory.tend()


def test_new_cycles_end(monkeypatch: pytest.MonkeyPatch) -> None:
    memory.settle()
    assert not gc.isenabled()
    gone = weakref.ref(Knot())
    asyncio.run(seen(monkeypatch, 1))
    assert gone() is None
    assert gc.get_freeze_count() > 0


def test_old_cycles_end_when_it_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    knot = Knot()
    memory.settle()
    gone = weakref.ref(knot)
    del knot
    monkeypatch.setattr(memory, "ALL_SECONDS", 3.0)
    asyncio.run(seen(monkeypatch, 2))
    assert gone() is not None, "it was put aside"
    asyncio.run(seen(monkeypatch, 3))
    assert gone() is None
