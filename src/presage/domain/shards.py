"""Money between exchange shards: the word of a movement, and what a target allocation asks for.

A member may say which share of its money it wants on each shard. What an order holds back stays
where it is; the rest is shared out. Nothing here moves money.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from presage.units import CENT, Money

TRANSFER: Final = "shard_transfer"
"""The word of these movements in the journal."""
WHOLE: Final = 100
"""What percentages sum to."""
LEAST: Final = CENT
"""Less than this is not worth a movement."""


class Pot(NamedTuple):
    """What one shard has: money that counts as shared out, and what can leave now."""

    shared: Money
    free: Money


class Sweep(NamedTuple):
    """One movement that a target allocation asks for."""

    source: int
    destination: int
    amount: Money


def targets(total: Money, percents: Mapping[int, int], grid: Money) -> dict[int, Money]:
    """What each shard is to have of the total: its percentage, rounded down to the cash grid. What
    rounding leaves goes to the first shard that has a percentage at all."""
    found = {shard: total * percent // WHOLE // grid * grid for shard, percent in percents.items()}
    first = min(shard for shard, percent in percents.items() if percent)
    found[first] += total - sum(found.values())
    return found


def sweeps(pots: Mapping[int, Pot], percents: Mapping[int, int], grid: Money) -> list[Sweep]:
    """The movements, in whole units of the grid, that bring shards as near to their targets as
    what is free allows: the first shard with too much gives to the first with too little."""
    wanted = targets(sum(pot.shared for pot in pots.values()), percents, grid)
    short: dict[int, Money] = {}
    over: dict[int, Money] = {}
    for shard in sorted({*pots, *wanted}):
        pot = pots.get(shard, Pot(0, 0))
        excess = pot.shared - wanted.get(shard, 0)
        if excess > 0:
            over[shard] = min(excess, pot.free) // grid * grid
        else:
            short[shard] = -excess // grid * grid
    found: list[Sweep] = []
    for source in over:
        for destination in short:
            amount = min(over[source], short[destination])
            if amount >= LEAST:
                found.append(Sweep(source, destination, amount))
                over[source] -= amount
                short[destination] -= amount
    return found
