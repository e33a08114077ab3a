"""The follower that queues messages: as many steps for an entry whoever has webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from presage.domain.facts import PositionPaid
from presage.domain.ids import account_id
from presage.feeds.markets import Markets
from presage.projections.projection import Entry
from presage.site.occasions import Occasion
from presage.site.webhooks import Subscribers
from presage.workers.webhooks import Webhooks

MEMBERS = range(1, 9)


def paid(*members: int) -> Entry:
    """An entry in which these were paid."""
    facts = [
        PositionPaid(7, account_id(member), 100, 50, 100, 50, 0, 500, 0, "yes", 10_000)
        for member in members
    ]
    return Entry(5, 1_000, None, facts)  # type: ignore[arg-type]


async def steps(entry: Entry, *subscribers: int) -> tuple[int, list[int]]:
    """How many there are, and whose occasions were printed for them."""
    known, shown = Subscribers(), list[int]()
    for member in subscribers:
        known.add(member)

    async def show(some: Sequence[Occasion]) -> list[dict[str, Any] | None]:
        shown.extend(one.member for one in some)
        return [None for _ in some]

    found = await Webhooks(Markets(), known, show).steps(entry)
    return len(found), shown


@pytest.mark.anyio
async def test_an_entry_has_as_many_steps_whoever_listens() -> None:
    entry = paid(*MEMBERS)
    assert await steps(entry, 1) == (3, [1])
    assert await steps(entry, 4, 8) == (3, [4, 8])
    assert await steps(entry, *MEMBERS) == (3, [*MEMBERS])


@pytest.mark.anyio
async def test_nothing_is_done_or_read_for_those_who_do_not_listen() -> None:
    assert await steps(paid(*MEMBERS)) == (0, [])
    assert await steps(paid(*MEMBERS), 99) == (0, [])


@pytest.mark.anyio
async def test_numbered_subaccounts_are_not_the_sites_business() -> None:
    fact = PositionPaid(7, account_id(1, 3), 100, 50, 100, 50, 0, 500, 0, "yes", 10_000)
    assert await steps(Entry(5, 1_000, None, [fact]), 1) == (0, [])  # type: ignore[arg-type]
