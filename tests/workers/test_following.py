"""Workers that follow what was committed: each step once, wherever they are stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from presage.domain.accounts import BONUS
from presage.domain.commands import Command, Move
from presage.domain.facts import Traded
from presage.domain.ids import account_id
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.gateway import Gateway
from presage.projections.projection import Entry
from presage.site import offsets, outbox
from presage.site.outbox import Happening
from presage.site.settings import settings as notes
from presage.storage import kept
from presage.units import DOLLAR
from presage.workers import following
from presage.workers.feed import Feed
from presage.workers.following import Follower, Following, Step
from presage.workers.jobs import Jobs
from tests.gateway.kit import accepted, ask, bid, crash, open_market, running

pytestmark = pytest.mark.anyio

TRADES = 5


class Killed(Exception):
    """The process ends here."""


class Gifts:
    """For each trade: a note, a dollar for the taker, another note. For each outbox row a note."""

    name = "gifts"
    facts = frozenset({Traded})
    topics = frozenset({"said"})
    from_start = True

    async def steps(self, item: Entry | Happening) -> Sequence[Step]:
        if isinstance(item, Happening):
            return [Step(_note)]
        found = [fact for fact in item.facts if isinstance(fact, Traded)]
        return [step for fact in found for step in (Step(_note), Step(_gift(fact)), Step(_note))]


def _note(connection: Connection, cause: str) -> None:
    row = {"name": cause, "value": "", "changed_at": 0, "changed_by": 0}
    kept.insert(connection, notes, row)  # the same note twice would be an error


def _gift(fact: Traded) -> Callable[[Connection, str], Command | None]:
    def give(connection: Connection, cause: str) -> Command | None:
        _note(connection, cause)
        cash = f"cash:{fact.taker.account}"
        return Move(((BONUS, -DOLLAR), (cash, DOLLAR)), cause, "grant")

    return give


class Refused(Gifts):
    """Gives what nobody has; notes instead that it could not."""

    async def steps(self, item: Entry | Happening) -> Sequence[Step]:
        def take(connection: Connection, cause: str) -> Command | None:
            _note(connection, cause)
            cash = f"cash:{account_id(2)}"
            return Move(((cash, -(10**12)), (BONUS, 10**12)), cause, "grant")

        def refused(connection: Connection, reject: Reject) -> None:
            _note(connection, f"refused {item.at}")

        return [Step(_note), Step(take, refused), Step(_note)]


def feed_of(gateway: Gateway) -> Feed:
    return Feed(gateway, gateway.rows_reader())


@asynccontextmanager
async def follow(gateway: Gateway, follower: Follower) -> AsyncIterator[Following]:
    feed = feed_of(gateway)
    try:
        yield Following(follower, gateway, feed)
    finally:
        await feed.close()


async def trade(gateway: Gateway, market: int, times: int = TRADES) -> None:
    for _ in range(times):
        await accepted(gateway, ask(market, 5_000))
        await accepted(gateway, bid(market, 5_000))
        await accepted(gateway, None, lambda rows: _say(rows))


def _say(connection: Connection) -> None:
    outbox.add(connection, 1, "said", 1, {"word": "hello"})
    outbox.add(connection, 1, "other", 1, {})


async def done(gateway: Gateway) -> tuple[int, int]:
    """Notes, and what the house gave, in dollars."""
    reader = gateway.rows_reader()
    rows = await reader.run(lambda connection: len(connection.execute(select(notes)).all()))
    reader.close()
    given = await gateway.inspect(_given)
    return rows, given


def _given(engine: Engine) -> int:
    return -engine.state.ledger.get(BONUS, 0) // DOLLAR


async def test_what_was_committed_before_is_followed_from_the_start(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await trade(gateway, await open_market(gateway))
    async with running(tmp_path) as gateway, follow(gateway, Gifts()) as worker:
        await worker.catch_up()
        assert await done(gateway) == (TRADES * 4, TRADES)
        assert worker.lag == 0
        await worker.catch_up()
        assert await done(gateway) == (TRADES * 4, TRADES)


@pytest.mark.parametrize(("longest", "submissions"), [(60.0, 2), (0.0, TRADES + 1)])
async def test_a_submission_ends_when_it_has_taken_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, longest: float, submissions: int
) -> None:
    """Orders wait for the writer meanwhile: with no time to spend it takes one step at a time."""
    monkeypatch.setattr(following, "LONGEST", longest)
    monkeypatch.setattr(Gifts, "facts", frozenset())
    made = 0
    async with running(tmp_path) as gateway, follow(gateway, Gifts()) as worker:
        await trade(gateway, await open_market(gateway))

        async def counted(command: Any, rows: Any) -> Any:
            nonlocal made
            made += 1
            return await gateway.submit(command, rows)

        worker._gateway = _Counted(gateway, counted)  # type: ignore[assignment]
        await worker.catch_up()
        assert await done(gateway) == (TRADES, 0)
    assert made == submissions, "one says where to begin"


async def test_a_new_follower_may_begin_with_what_comes(tmp_path: Path) -> None:
    class Newcomer(Gifts):
        from_start = False

    async with running(tmp_path) as gateway, follow(gateway, Newcomer()) as worker:
        market = await open_market(gateway)
        await trade(gateway, market)
        await worker.catch_up()
        assert await done(gateway) == (0, 0)
        await trade(gateway, market, 1)
        await worker.catch_up()
        assert await done(gateway) == (4, 1)


@pytest.mark.parametrize("durable", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("together", [1, 16])
async def test_stopped_anywhere_each_step_is_done_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool, together: int
) -> None:
    """At the n-th submission, before it was made or after it was committed, the process ends."""
    monkeypatch.setattr(following, "TOGETHER", together)
    origin = tmp_path / "origin"
    origin.mkdir()
    async with running(origin) as gateway:
        await trade(gateway, await open_market(gateway), 2)
    for stop_at in range(100):
        place = crash(origin, tmp_path / f"{stop_at}")
        async with running(place) as gateway, follow(gateway, Gifts()) as worker:
            stopped = await _until(worker, gateway, stop_at, durable)
            left = crash(place, tmp_path / f"{stop_at}-left")
        async with running(left) as gateway, follow(gateway, Gifts()) as worker:
            await worker.catch_up()
            assert await done(gateway) == (8, 2)
        if not stopped:
            assert stop_at > 2
            return


async def _until(worker: Following, gateway: Gateway, stop_at: int, durable: bool) -> bool:
    """Work until the n-th submission; False: there are not so many."""
    submit, count = gateway.submit, 0

    async def counted(command: Any, rows: Any) -> Any:
        nonlocal count
        count += 1
        if count > stop_at and not durable:
            raise Killed
        result = await submit(command, rows)
        if count > stop_at:
            raise Killed
        return result

    worker._gateway = _Counted(gateway, counted)  # type: ignore[assignment]
    try:
        await worker.catch_up()
    except Killed:
        return True
    return False


class _Counted:
    def __init__(self, gateway: Gateway, submit: Any) -> None:
        self._gateway = gateway
        self.submit = submit

    @property
    def seq(self) -> int:
        return self._gateway.seq


async def test_two_that_think_they_are_the_same_worker_do_it_once(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as gateway,
        follow(gateway, Gifts()) as one,
        follow(gateway, Gifts()) as other,
    ):
        await one.catch_up()
        await other.catch_up()
        await trade(gateway, await open_market(gateway))
        await one.catch_up()
        with pytest.raises(offsets.Moved):
            await other.catch_up()
        await other.catch_up()  # it has read where it really is
        assert await done(gateway) == (TRADES * 4, TRADES)


async def test_what_a_rule_refuses_is_noted_and_passed(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway, follow(gateway, Refused()) as worker:
        await _said(gateway)
        await worker.catch_up()
        await worker.catch_up()
        assert await done(gateway) == (3, 0), "two notes, and the refusal in place of the third"


async def _said(gateway: Gateway) -> None:
    await open_market(gateway)
    await accepted(gateway, None, lambda rows: _say(rows))


async def test_a_failure_undoes_its_step_and_is_tried_again(tmp_path: Path) -> None:
    class Broken(Gifts):
        broken = True

        async def steps(self, item: Entry | Happening) -> Sequence[Step]:
            if self.broken:
                raise ValueError("a bug")
            return await super().steps(item)

    async with running(tmp_path) as gateway, follow(gateway, Broken()) as worker:
        await trade(gateway, await open_market(gateway))
        with pytest.raises(ValueError, match="a bug"):
            await worker.catch_up()
        assert await done(gateway) == (0, 0)
        assert worker.lag > 0
        worker.follower.broken = False  # type: ignore[attr-defined]
        await worker.catch_up()
        assert await done(gateway) == (TRADES * 4, TRADES)


async def test_the_outbox_forgets_what_all_have_read_but_never_a_number(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await accepted(gateway, None, lambda rows: _say(rows))
        await accepted(gateway, None, lambda rows: _say(rows))

        def forget(connection: Connection) -> None:
            assert outbox.forget(connection, 2, before=2, limit=1) == 1
            assert outbox.forget(connection, 2, before=1, limit=9) == 0
            assert outbox.forget(connection, 99, before=2, limit=9) == 2
            assert outbox.add(connection, 1, "said", 1, {}) == 5

        await accepted(gateway, None, forget)


async def test_running_it_does_what_comes_and_survives_a_bug(tmp_path: Path) -> None:
    class Broken(Gifts):
        broken = True

        async def steps(self, item: Entry | Happening) -> Sequence[Step]:
            if self.broken:
                raise ValueError("a bug")
            return await super().steps(item)

    follower = Broken()
    async with running(tmp_path) as gateway:
        feed = feed_of(gateway)
        worker = Following(follower, gateway, feed)
        jobs = Jobs(feed, [worker])
        await trade(gateway, await open_market(gateway), 2)
        tasks = jobs.start()
        while not worker.error:
            await done(gateway)
        assert worker.error == "ValueError: a bug"
        follower.broken = False
        worker.ask()
        while worker.error:
            await done(gateway)
        assert await done(gateway) == (8, 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await jobs.close()
