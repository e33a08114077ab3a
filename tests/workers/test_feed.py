"""What workers read: nothing is left out wherever they are; an old page is read once for all."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection

from presage.projections import history
from presage.site import outbox
from presage.workers import feed as feeds
from presage.workers.feed import Feed
from tests.gateway.kit import accepted, bid, open_market, running

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("recent", [0, 10, 4_096])
async def test_entries_behind_any_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recent: int
) -> None:
    monkeypatch.setattr(feeds, "RECENT", recent)
    monkeypatch.setattr(feeds, "PAGE", 4)
    read: list[int] = []
    entries = history.entries

    def counted(connection: object, after: int, limit: int) -> object:
        read.append(after)
        return entries(connection, after, limit)  # type: ignore[arg-type]

    monkeypatch.setattr(history, "entries", counted)
    async with running(tmp_path) as gateway:
        feed = Feed(gateway, gateway.rows_reader())
        market = await open_market(gateway)
        for price in range(3_000, 4_000, 100):
            await accepted(gateway, bid(market, price))
        for _ in ("one worker", "another"):
            seen, after = [], 0
            while found := await feed.entries(after, 3):
                seen += [entry.seq for entry in found]
                after = seen[-1]
            assert seen == list(range(1, gateway.seq + 1))
        full = [after for after in read if after + 4 <= gateway.seq]
        assert len(full) == len(set(full)), "a full page was read twice"
        await feed.close()


def _say(connection: Connection) -> None:
    outbox.add(connection, 1, "said", 1, {})


async def test_a_row_that_one_worker_has_read_wakes_the_others(tmp_path: Path) -> None:
    """One of them may read further than anybody has looked."""
    async with running(tmp_path) as gateway:
        feed = Feed(gateway, gateway.rows_reader())
        assert not await feed.happenings(0, 10)
        await accepted(gateway, None, _say)
        assert await feed.look()
        await accepted(gateway, None, _say)
        assert [one.number for one in await feed.happenings(0, 10)] == [1, 2]
        assert await feed.look()
        assert not await feed.look()
        await feed.close()
