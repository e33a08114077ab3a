"""How much is sent at a time, what waits, and what happens when the process ends in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from presage.site import deliveries
from presage.units import SECOND
from tests.api.asking import ask, request
from tests.api.site.hooking import Hook, following_world, try_out, types
from tests.api.site.world import World
from tests.receiver import OK, answer


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from following_world(tmp_path_factory)


def test_of_too_many_the_oldest_is_dropped_and_logged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_QUEUED", 3)
    hook = Hook(world)
    sent = []
    for _ in range(5):
        world.now += SECOND
        sent.append(try_out(hook.who, hook.webhook)["id"])
    found = {one["id"]: one for one in hook.log()}
    assert [found[id]["status"] for id in sent] == ["FAILED"] * 2 + ["PENDING"] * 3
    assert found[sent[0]]["error"].startswith("dropped")
    world.work()
    assert len(hook.there.got) == 3
    assert hook.state()["failureCount"] == 0
    hook.close()


def test_no_more_than_ten_are_sent_in_a_second(world: World) -> None:
    hook = Hook(world)
    for _ in range(25):
        try_out(hook.who, hook.webhook)
    for expected in (10, 20, 25):
        world.work()
        assert len(hook.there.got) == expected
        world.now += SECOND
    hook.close()


def test_no_more_than_four_are_under_way_and_a_slow_one_delays_nobody(world: World) -> None:
    slow, quick = Hook(world, None), Hook(world)
    for _ in range(6):
        try_out(slow.who, slow.webhook)

    async def work() -> None:
        sending = asyncio.create_task(world.running.jobs.catch_up())
        await slow.there.reached(4)
        credential = ((b"authorization", f"Bearer {quick.who.key()}".encode()),)
        answered = await ask(world.running.door, request("POST", f"{quick.at}/test", credential))
        assert answered.status == 200
        await quick.there.reached(1)
        assert len(slow.there.got) == 4
        assert not sending.done()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    quick.who.key()
    world.do(work())
    assert types(quick.there) == ["webhook.test"]
    slow.close()
    quick.close()


def test_who_fails_is_tried_one_at_a_time(world: World) -> None:
    failing, quick = Hook(world, answer(500), None), Hook(world)
    failing.send()
    for _ in range(3):
        try_out(failing.who, failing.webhook)
    try_out(quick.who, quick.webhook)

    async def work() -> None:
        sending = asyncio.create_task(world.running.jobs.catch_up())
        await quick.there.reached(1)
        await failing.there.reached(2)
        assert len(failing.there.got) == 2
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    world.do(work())
    assert len(failing.there.got) == 2
    failing.close()
    quick.close()


def test_what_was_not_written_down_is_sent_again_by_the_next_process(world: World) -> None:
    hook = Hook(world, None, OK)
    try_out(hook.who, hook.webhook)

    async def work() -> None:
        sending = asyncio.create_task(world.running.jobs.catch_up())
        await hook.there.reached(1)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    world.do(work())
    (waiting,) = hook.log()
    assert (waiting["status"], waiting["attempt"]) == ("PENDING", 0)
    world.work()
    (done,) = hook.log()
    assert (done["status"], done["attempt"]) == ("SUCCESS", 1)
    assert len({got.headers["webhook-id"] for got in hook.there.got}) == 1
    hook.close()


def test_with_the_feature_off_nothing_is_sent_until_it_is_on_again(world: World) -> None:
    hook = Hook(world)
    try_out(hook.who, hook.webhook)
    world.set("webhooks", False)
    world.work()
    assert hook.there.got == []
    world.set("webhooks", True)
    world.work()
    assert len(hook.there.got) == 1
    hook.close()
