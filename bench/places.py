"""Exchanges of different size in which the very same orders are placed and cancelled.

What an order makes the exchange do must not depend on the size, or it would be that, and not the
size, which is compared. So each sample meets as many markets and accounts on the large exchange as
on the small one (other ones in each round, so that they are as cold as they would be), and every
second order of it improves the best price of its market while the others stay behind it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import msgspec

from bench.results import note
from bench.world import AT_ONCE, member, opened, populate, resting_orders, submit_all
from presage.domain import commands as c
from presage.domain.ids import account_id, make_id, member_of
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.gateway import Gateway
from presage.units import CONTRACT

SAMPLE: Final = 500
START: Final = 1_700_000_000_000_000
END: Final = START + 10**15
CENT: Final = 100


class Size(msgspec.Struct, frozen=True):
    """How much there is; `entries` is the least that the journal has."""

    orders: int
    markets: int
    members: int
    entries: int = 0


class Place(msgspec.Struct):
    """An exchange of some size: `run` places and cancels its sample once; some of its work may be
    done later where it `puts_off`."""

    run: Callable[[], Awaitable[None]]
    puts_off: bool
    costs: list[float] = []


def samples(size: Size, smallest: Size) -> Iterator[list[c.PlaceOrder]]:
    """The orders of each round. Bids of 2 to 9 or 46 to 49 cents and asks opposite, around what
    rests: 10 to 45 cents."""
    markets = _Spread(smallest.markets, size.markets)
    members = _Spread(smallest.members, size.members)
    for turn in itertools.count():
        yield [
            _order(
                account_id(members.pick(number * 7, turn)),
                markets.pick(number, turn),
                side=number // smallest.markets % 2,
                cents=46 + number % 4 if number % 2 else 2 + number % 8,
            )
            for number in range(SAMPLE)
        ]


class _Spread:
    """As many of the numbers 1 .. `many` as there are of 1 .. `few`, evenly spread."""

    def __init__(self, few: int, many: int) -> None:
        self._few, self._stride = few, many // few

    def pick(self, number: int, turn: int) -> int:
        """Others in each turn."""
        return 1 + number % self._few * self._stride + turn * 37 % self._stride


def _order(account: int, market: int, side: int, cents: int) -> c.PlaceOrder:
    price = (100 - cents if side else cents) * CENT
    action, outcome = "sell" if side else "buy", "yes"
    return c.PlaceOrder(account, market, side, price, CONTRACT, action=action, outcome=outcome)


def standing(size: Size) -> Iterator[c.PlaceOrder]:
    """What rests in the books: a bid and an ask in each market, and orders anywhere."""
    for market in range(1, size.markets + 1):
        for side in (0, 1):
            yield _order(account_id(market % size.members + 1), market, side, 10)
    yield from resting_orders(size.orders, size.members, size.markets)


def engine_place(size: Size, smallest: Size) -> Place:
    """An engine without journal."""
    engine, seqs = Engine(), itertools.count(1)

    def execute(command: c.Command) -> int:
        seq = next(seqs)
        outcome = engine.execute(command, seq, START + seq)
        assert not isinstance(outcome, Reject), outcome
        return seq

    execute(c.Genesis(b"x" * 16, b"k" * 16))
    for number in range(1, size.members + 1):
        for wish in member(number):
            execute(wish)
    execute(c.CreateSeries("KXBENCH"))
    execute(c.CreateEvent(1, "KXBENCH-1"))
    for number in range(size.markets):
        execute(c.CreateMarket(1, f"KXBENCH-1-{number}", 0, END, "linear_cent"))
    for order in standing(size):
        execute(order)
    rounds = samples(size, smallest)

    async def run() -> None:
        placed = [(execute(order), member_of(order.account)) for order in next(rounds)]
        for seq, who in placed:
            execute(c.CancelOrder(who, make_id(seq, 0)))

    return Place(run, puts_off=False)


def fill(size: Size, folder: Path) -> None:
    """Make the exchange of that size and close it."""

    async def make() -> None:
        async with opened(folder) as running:
            gateway = running.services.gateway
            await populate(running, size.members, size.markets)
            await submit_all(gateway, standing(size))
            await _lengthen(gateway, size)

    asyncio.run(make())


async def gateway_place(stack: AsyncExitStack, folder: Path, size: Size, smallest: Size) -> Place:
    """All that a served exchange does for an order, but for the door: journal, tables, views."""
    running = await stack.enter_async_context(opened(folder))
    gateway, rounds = running.services.gateway, samples(size, smallest)

    async def run() -> None:
        await _come_and_go(gateway, next(rounds))

    return Place(run, puts_off=True)


async def _come_and_go(gateway: Gateway, orders: list[c.PlaceOrder]) -> None:
    """Place orders that rest, all at once, then cancel them."""
    before = gateway.seq
    assert await submit_all(gateway, orders) == len(orders)
    cancels = [
        c.CancelOrder(member_of(order.account), make_id(before + number, 0))
        for number, order in enumerate(orders, 1)
    ]
    assert await submit_all(gateway, cancels) == len(orders)


async def _lengthen(gateway: Gateway, size: Size) -> None:
    """Let orders come and go until the journal is as long as it should be."""
    orders = resting_orders(size.entries, size.members, size.markets, seed=gateway.seq)
    told = gateway.seq
    while (missing := size.entries - gateway.seq) > 1:
        await _come_and_go(gateway, list(itertools.islice(orders, min(AT_ONCE, missing // 2))))
        if gateway.seq - told >= 1_000_000:
            told = gateway.seq
            note(f"{told:,} entries of {size.entries:,} ...")
