"""How often a provider is asked, by how many at once, and what is said while it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from presage.providers import latest
from presage.providers.latest import PAUSE, Latest, Told
from presage.providers.web import Unavailable
from presage.units import SECOND


class Provider:
    """It answers how often it was asked, fails, or waits to be let go."""

    def __init__(self) -> None:
        self.now = 1_780_000_000 * SECOND
        self.calls = 0
        self.at_once = 0
        self.most_at_once = 0
        self.fails: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.latest: Latest[str, int] = Latest("test", lambda: self.now, 30 * SECOND)

    async def ask(self) -> int:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            if self.gate is not None:
                await self.gate.wait()
            else:
                await asyncio.sleep(0)
            if self.fails is not None:
                raise self.fails
            return self.calls
        finally:
            self.at_once -= 1

    async def get(self, key: str = "a") -> Told[int]:
        return await self.latest.get(key, self.ask)


def run(work: Callable[[Provider], Awaitable[None]]) -> None:
    async def inside() -> None:
        await work(Provider())

    asyncio.run(inside())


def test_a_hundred_readers_are_one_question() -> None:
    async def work(one: Provider) -> None:
        told = await asyncio.gather(*(one.get() for _ in range(100)))
        assert {said.value for said in told} == {1}
        one.now += 29 * SECOND
        assert await one.get() == (1, one.now - 29 * SECOND, False)
        one.now += SECOND
        assert (await one.get()).value == 2

    run(work)


def test_different_questions_are_asked_one_after_the_other() -> None:
    async def work(one: Provider) -> None:
        await asyncio.gather(*(one.get(f"key {number}") for number in range(10)))
        assert (one.calls, one.most_at_once) == (10, 1)

    run(work)


@pytest.mark.parametrize("failure", [Unavailable("down"), TimeoutError(), KeyError("a bug")])
def test_after_a_failure_the_last_answer_is_given_and_nobody_asked_for_a_while(
    failure: Exception,
) -> None:
    async def work(one: Provider) -> None:
        first = await one.get()
        one.now += 60 * SECOND
        one.fails = failure
        assert await one.get() == (1, first.at, True)
        one.now += PAUSE - 1
        assert await one.get() == (1, first.at, True)
        assert (await one.get("another")).value is None
        assert one.calls == 2
        one.now += 1
        one.fails = None
        assert await one.get() == (3, one.now, False)

    run(work)


def test_without_any_answer_there_is_none() -> None:
    async def work(one: Provider) -> None:
        one.fails = Unavailable("down")
        assert await one.get() == (None, 0, False)

    run(work)


def test_nobody_waits_longer_than_for_so_long_and_the_answer_serves_the_next() -> None:
    async def work(one: Provider) -> None:
        one.latest.patience = 0
        one.gate = asyncio.Event()
        assert (await one.get()).value is None
        one.gate.set()
        await one.latest.settle()
        assert (await one.get()).value == one.calls == 1

    run(work)


def test_what_is_asked_and_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "MAX_ASKING", 2)
    monkeypatch.setattr(latest, "MAX_KEPT", 3)

    async def work(one: Provider) -> None:
        one.latest.patience = 0
        one.gate = asyncio.Event()
        for number in range(5):
            await one.get(f"key {number}")
        one.gate.set()
        await one.latest.settle()
        assert one.calls == 2
        for number in range(5):
            one.latest.remember(f"kept {number}", number, one.now)
        assert [one.latest.knows(f"kept {number}") for number in range(5)] == [
            False, False, True, True, True,
        ]  # fmt: skip

    run(work)


def test_an_end_ends_what_is_being_asked() -> None:
    async def work(one: Provider) -> None:
        one.latest.patience = 0
        one.gate = asyncio.Event()
        await one.get()
        await one.latest.close()
        assert one.at_once == 0

    run(work)
