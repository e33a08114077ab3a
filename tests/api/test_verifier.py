"""Where signatures are checked: those of one turn together in the executor, a lone one in place."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from presage.api import signatures, verifier
from presage.api.verifier import Verifier
from tests.api.keys import pair

T = TypeVar("T")

SIGNED = b"1GET/a"
OTHER = b"1GET/b"


class Desk(Executor):
    """Notes how many signatures each job has, and does it when `work` is called."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self._due: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        self.jobs.append(len(args[0]))
        future: Future[T] = Future()
        self._due.append(lambda: future.set_result(fn(*args, **kwargs)))
        return future

    def work(self) -> None:
        due, self._due = self._due, []
        for job in due:
            job()


def key() -> RSAPublicKey:
    return signatures.load_public_key(pair()[1])


def signature() -> bytes:
    return base64.b64decode(signatures.sign(pair()[0], "1", "GET", "/a"))


async def turn() -> None:
    """Let everything run that can run now."""
    for _ in range(5):
        await asyncio.sleep(0)


def ask(door: Verifier, texts: list[bytes]) -> list[asyncio.Task[bool]]:
    return [asyncio.create_task(door.verify(key(), signature(), text)) for text in texts]


def run(scene: Callable[[Desk, Verifier], Coroutine[Any, Any, None]]) -> Desk:
    desk = Desk()
    asyncio.run(scene(desk, Verifier(desk)))
    return desk


def test_a_lone_signature_is_checked_in_place() -> None:
    async def scene(desk: Desk, door: Verifier) -> None:
        assert await door.verify(key(), signature(), SIGNED)
        assert not await door.verify(key(), signature(), OTHER)

    assert run(scene).jobs == []


def test_those_of_one_turn_are_one_job_and_each_has_its_own_answer() -> None:
    async def scene(desk: Desk, door: Verifier) -> None:
        asked = ask(door, [SIGNED, OTHER, SIGNED])
        await turn()
        assert not any(one.done() for one in asked)
        desk.work()
        assert await asyncio.gather(*asked) == [True, False, True]

    assert run(scene).jobs == [3]


def test_what_comes_during_a_job_is_the_next_one() -> None:
    async def scene(desk: Desk, door: Verifier) -> None:
        first = ask(door, [SIGNED, SIGNED])
        await turn()
        second = ask(door, [SIGNED])
        await turn()
        second += ask(door, [OTHER])
        await turn()
        assert desk.jobs == [2]
        desk.work()
        assert await asyncio.gather(*first) == [True, True]
        await turn()
        desk.work()
        assert await asyncio.gather(*second) == [True, False]
        assert await asyncio.gather(*ask(door, [SIGNED])) == [True]

    assert run(scene).jobs == [2, 2]


def test_a_job_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "MAX_JOB", 2)

    async def scene(desk: Desk, door: Verifier) -> None:
        asked = ask(door, [SIGNED] * 5)
        while not all(one.done() for one in asked):
            await turn()
            desk.work()

    assert run(scene).jobs == [2, 2]


def test_more_than_may_wait_are_checked_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "MAX_WAITING", 2)

    async def scene(desk: Desk, door: Verifier) -> None:
        asked = ask(door, [SIGNED, SIGNED, OTHER])
        await turn()
        assert [one.done() for one in asked] == [False, False, True]
        assert asked[2].result() is False
        desk.work()
        assert await asyncio.gather(*asked) == [True, True, False]

    assert run(scene).jobs == [2]


def test_who_has_gone_is_left_out_and_holds_up_nobody() -> None:
    async def scene(desk: Desk, door: Verifier) -> None:
        early = ask(door, [SIGNED, SIGNED, SIGNED])
        await asyncio.sleep(0)
        early[0].cancel()
        await turn()
        early[1].cancel()
        await turn()
        desk.work()
        assert await early[2]
        assert early[0].cancelled()
        assert early[1].cancelled()
        assert await asyncio.gather(*ask(door, [OTHER])) == [False]

    run(scene)


def test_an_error_stays_with_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def verify(key: RSAPublicKey, signature: bytes, text: bytes) -> bool:
        if text == OTHER:
            raise ValueError("broken")
        return True

    monkeypatch.setattr(signatures, "verify", verify)

    async def scene(desk: Desk, door: Verifier) -> None:
        asked = ask(door, [SIGNED, OTHER, SIGNED])
        await turn()
        desk.work()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert answers[0] is True
        assert isinstance(answers[1], ValueError)
        assert answers[2] is True
        with pytest.raises(ValueError, match="broken"):
            await door.verify(key(), signature(), OTHER)

    run(scene)


def test_a_thread_gives_the_same_answers() -> None:
    async def scene(pool: Executor) -> list[bool]:
        return await asyncio.gather(*ask(Verifier(pool), [SIGNED, OTHER] * 10))

    with ThreadPoolExecutor(1) as pool:
        assert asyncio.run(scene(pool)) == [True, False] * 10


@pytest.mark.parametrize(("cores", "more"), [({0}, False), ({1}, False), ({0, 1}, True)])
def test_a_process_that_is_kept_on_one_core_has_no_second(
    monkeypatch: pytest.MonkeyPatch, cores: set[int], more: bool
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: cores, raising=False)
    assert verifier.has_second_core() is more
