"""Copying goes on exactly where it was, whatever step its workers were stopped before or after."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from presage.app import workers
from presage.site import copy_jobs, copy_lots
from presage.workers.jobs import Jobs
from tests.api.site.copying import Scene
from tests.api.site.world import Member, World


class Killed(Exception):
    """The process ends here."""


class Mortal:
    """A gateway whose n-th submission of the workers is the last: it is lost, or its answer is."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.left = -1
        self.commits = False
        self._gateway: Any = world.running.services.gateway
        self._submit = self._gateway.submit

    async def submit(self, *asked: Any, **more: Any) -> Any:
        self.left -= 1
        last = self.left == 0
        if last and not self.commits:
            raise Killed
        result = await self._submit(*asked, **more)
        if last:
            raise Killed
        return result

    def work(self, dies_at: int = -1, *, commits: bool = False) -> bool:
        """New workers, as after a start; were they killed?"""
        services, settings = self.world.running.services, self.world.running.settings
        every = workers.jobs(services, settings)
        some = [every.all[name] for name in ("copies", "copy-orders")]
        jobs = Jobs(every._feed, some)
        self.left, self.commits = dies_at, commits
        self._gateway.submit = self.submit
        try:
            self.world.do(jobs.catch_up())
        except Killed:
            return True
        finally:
            del self._gateway.submit
            self.world.do(jobs.close())
        return False


STRIDE = 1 if os.environ.get("PRESAGE_FULL") else 3
"""How many steps lie between two deaths that are tried."""


@pytest.fixture(name="scene", scope="module")
def _scene(world: World) -> tuple[Scene, Mortal, list[Member]]:
    scene = Scene(world)
    copiers = [scene.cem, world.join(), world.join()]
    for copier, ratio in zip(copiers, (10_000, 5_000, 1), strict=True):
        scene.copy(copier, ratioBps=ratio)
    seller = world.join()
    return scene, Mortal(world), [*copiers, seller]


def _state(scene: Scene, people: list[Member]) -> list[Any]:
    """What each has, how often it was copied, and how often not."""
    found = []
    for one in people[:3]:
        shown = scene.relation(one)
        counted = shown["copiedTrades"], shown["skippedTrades"]
        found.append((scene.held(one), shown["investedCents"], *counted, len(scene.log(one))))
    return found


def _rows(connection: Any) -> tuple[list[Any], bool]:
    jobs = copy_jobs.due(connection, 1 << 62, 10)
    lots = connection.execute(select(copy_lots.copy_lots)).all()
    return jobs, any(lot.buying or lot.selling for lot in lots)


@pytest.mark.parametrize("commits", [False, True], ids=["lost", "unanswered"])
def test_each_copy_happens_once(scene: tuple[Scene, Mortal, list[Member]], commits: bool) -> None:
    stage, mortal, people = scene
    deaths, killed = 0, True
    while killed:  # once more, with one step more, until nothing is left to be killed
        deaths += STRIDE
        before = _state(stage, people)
        stage.clear()
        stage.offer(50, 20)
        stage.trade(stage.lea, "buy yes", 50, 4)
        killed = mortal.work(deaths, commits=commits)
        mortal.work()
        bought = [(4, 200, 1, 0, 1), (2, 100, 1, 0, 1), (0, 0, 0, 1, 1)]
        assert _state(stage, people) == _added(before, bought), f"died at step {deaths}"
        stage.bid(50, 20)
        stage.trade(stage.lea, "sell yes", 50, 4)
        killed = mortal.work(deaths, commits=commits) or killed
        mortal.work()
        traded = [(0, 0, 2, 0, 2), (0, 0, 2, 0, 2), (0, 0, 0, 1, 1)]
        assert _state(stage, people) == _added(before, traded), f"died at step {deaths}"
        reader = stage.world.running.services.reader
        assert stage.world.do(reader.run(_rows)) == ([], False)
    assert deaths >= 10


def _added(before: list[Any], more: Sequence[tuple[int, ...]]) -> list[Any]:
    return [
        tuple(was + plus for was, plus in zip(one, other, strict=True))
        for one, other in zip(before, more, strict=True)
    ]


def test_a_start_goes_on_with_what_was_gathered(world: World) -> None:
    world.restart()
    scene = Scene(world)
    scene.copy()
    scene.bid(50, 10, scene.lea)
    scene.offer(51, 20, world.join())
    scene.trade(scene.bob, "buy no", 50, 10)
    world.work()
    world.restart()
    scene.later(2)
    assert scene.held() == 10
    world.restart()
    scene.later(2)
    assert scene.held() == 10
    assert len(scene.log()) == 1


def test_what_is_begun_is_finished_first(world: World) -> None:
    """Even if something older of the same leader comes to light: else some had two turns."""
    found: list[list[str]] = []

    def rows(connection: Any) -> None:
        for id, due_at in (("2.buy.7", 20), ("1.buy.7", 10)):
            trade = int(id[0])
            fill = copy_jobs.Job(
                id=id, leader=7, kind=copy_jobs.BUY, market=trade, trade=trade, due_at=due_at
            )
            copy_jobs.note(connection, fill, due_at)
            if trade == 2:
                copy_jobs.begin(connection, id, 20)
        found.append([job.id for job in copy_jobs.due(connection, 30, 10) if job.leader == 7])
        for id in found[-1]:
            copy_jobs.drop(connection, id)

    world.do(world.running.services.gateway.submit(None, rows))
    assert found[-1] == ["2.buy.7", "1.buy.7"]
