"""Reproducible streams of engine commands.

A trace is a prepared exchange (members, markets, a preloaded book) and the commands that are timed.
The mix is what a live exchange sees most: new orders around the middle, cancellations, and some
orders that cross. The same seed gives the same trace everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from presage.domain import commands as c
from presage.domain.facts import Fact, OrderCanceled, OrderRested, Traded
from presage.domain.ids import account_id
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.units import DOLLAR

MEMBERS = 1_000
STANDING = 5_000
NEAR = 100
"""Books count as restored when so few orders are missing or too many."""
START = 1_700_000_000_000_000


@dataclass(frozen=True, slots=True)
class Trace:
    """`crossing` is the share of new orders that are priced to trade."""

    name: str
    markets: int
    structure: str
    crossing: float


TRACES = (
    Trace("1 market, cents, mixed", 1, "linear_cent", 0.2),
    Trace("1 market, centi-cents, mixed", 1, "banded_centi_cent", 0.2),
    Trace("1,000 markets, cents, mixed", 1_000, "linear_cent", 0.2),
    Trace("1,000 markets, centi-cents, mixed", 1_000, "banded_centi_cent", 0.2),
    Trace("1 market, cents, all crossing", 1, "linear_cent", 1.0),
    Trace("1,000 markets, cents, all crossing", 1_000, "linear_cent", 1.0),
)


class Session:
    """An engine being driven through a trace: members with money, open markets, an empty book."""

    def __init__(self, trace: Trace, seed: int = 1) -> None:
        self.trace = trace
        self.random = random.Random(seed)
        self.engine = Engine()
        self.seq = 0
        self.resting: list[tuple[int, int]] = []
        self._open: set[int] = set()
        self._found()

    def restore(self) -> list[c.Command]:
        """What brings the books back to their size, more or less: some of it may trade. Nothing
        when they have it."""
        self.resting = [one for one in self.resting if one[1] in self._open]
        missing = STANDING - len(self.resting)
        if missing > NEAR:
            return [self.order(crossing=False) for _ in range(missing)]
        return [self._cancel() for _ in range(-missing)] if missing < -NEAR else []

    def run_all(self, commands: Sequence[c.Command]) -> list[list[Fact] | Reject]:
        """Execute in order. This is what is timed, so it does nothing else."""
        execute, seq, outcomes = self.engine.execute, self.seq, []
        for command in commands:
            outcome = execute(command, seq + 1, START + seq)
            if type(outcome) is list:
                seq += 1
            outcomes.append(outcome)
        self.seq = seq
        return outcomes

    def note(self, outcome: list[Fact] | Reject) -> None:
        """Remember what came to rest: later commands cancel it."""
        for fact in outcome if isinstance(outcome, list) else ():
            match fact:
                case OrderRested():
                    self.resting.append((fact.account >> 12, fact.order))
                    self._open.add(fact.order)
                case Traded() if not fact.maker.remaining:
                    self._open.discard(fact.maker.order)
                case OrderCanceled():
                    self._open.discard(fact.order)

    def commands(self, count: int) -> list[c.Command]:
        """The next commands; made before the clock is started."""
        return [self._next() for _ in range(count)]

    def _next(self) -> c.Command:
        if self.trace.crossing < 1 and self.resting and self.random.random() < 0.45:
            return self._cancel()
        return self.order(self.random.random() < self.trace.crossing)

    def _cancel(self) -> c.CancelOrder:
        index = self.random.randrange(len(self.resting))
        self.resting[index], self.resting[-1] = self.resting[-1], self.resting[index]
        return c.CancelOrder(*self.resting.pop())

    def order(self, crossing: bool) -> c.PlaceOrder:
        """A bid or an ask around one half, on its own side of it or beyond."""
        draw = self.random
        side = draw.randrange(2)
        tick = 1 if self.trace.structure == "banded_centi_cent" else 100
        steps = 4_800 // tick
        away = min(int(draw.expovariate(20 / steps)) + 1, steps) * tick
        sign = -1 if (side == 0) != crossing else 1
        return c.PlaceOrder(
            account_id(draw.randrange(1, MEMBERS + 1)),
            draw.randrange(1, self.trace.markets + 1),
            side,
            5_000 + sign * away,
            draw.randrange(1, 20) * 100,
        )

    def _found(self) -> None:
        commands: list[c.Command] = [c.Genesis(b"x" * 16, b"k" * 16)]
        for member in range(1, MEMBERS + 1):
            commands.append(c.OpenMember(member))
            cash = 1_000_000 * DOLLAR
            lines = (("world", -cash), (f"cash:{account_id(member)}", cash))
            commands.append(c.Move(lines, f"start {member}", "deposit"))
        commands += [c.CreateSeries("KXBENCH"), c.CreateEvent(1, "KXBENCH-1")]
        end = START + 10**15
        for number in range(self.trace.markets):
            name = f"KXBENCH-1-{number}"
            commands.append(c.CreateMarket(1, name, 0, end, self.trace.structure))
        assert all(isinstance(outcome, list) for outcome in self.run_all(commands))
