"""One side of the engine measurement, in a process of its own: `python -m bench.contestant`.

Arguments: `engine` or `peer`, the number of a trace, commands a batch. For each line on standard
input it runs the next batch and prints the seconds that took. Both sides make the trace with an
engine of their own (which is what knows which orders still rest); only what they compete in is
timed, and the books are brought back to their size between the batches. The peer's book gets the
very same orders and cancellations; it keeps no accounts, charges no fees and remembers nothing.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from bench.traces import TRACES, Session
from presage.domain import commands as c
from presage.domain.facts import OrderPlaced

BUY, SELL = 1, 2


class Peer:
    """lightmatchingengine's book, following a session. Orders are matched up by our ids."""

    def __init__(self) -> None:
        # Not an import: it is there only where the bench could install it.
        module = import_module("lightmatchingengine.lightmatchingengine")
        self._book: Any = module.LightMatchingEngine()
        self._orders: dict[int, Any] = {}

    def prepare(self, command: c.Command) -> Callable[[], Any]:
        """What the peer has to do for a command."""
        if isinstance(command, c.PlaceOrder):
            side = SELL if command.side else BUY
            return partial(self._book.add_order, command.market, command.price, command.count, side)
        assert isinstance(command, c.CancelOrder)
        order = self._orders[command.order]
        return partial(self._book.cancel_order, order.order_id, order.instmt)

    def run(self, deeds: list[Callable[[], Any]]) -> list[Any]:
        """Do all of it. A cancellation of what has traded is refused with an AssertionError."""
        answers = []
        for deed in deeds:
            try:
                answers.append(deed())
            except AssertionError:
                answers.append(None)
        return answers

    def remember(self, outcome: object, answer: Any) -> None:
        """Which of its orders is which of ours."""
        for fact in outcome if isinstance(outcome, list) else ():
            if isinstance(fact, OrderPlaced):
                self._orders[fact.order] = answer[0]


def timed(deed: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time, and what came of it. The collector runs between, not within."""
    gc.collect()
    gc.freeze()
    gc.disable()
    started = time.process_time()
    result = deed()
    seconds = time.process_time() - started
    gc.enable()
    gc.unfreeze()
    return seconds, result


class Side:
    """A contestant: a session, and its book when it is the peer."""

    def __init__(self, session: Session, peer: Peer | None) -> None:
        self._session = session
        self._peer = peer

    def restore(self) -> None:
        """Bring the books back to their size, outside the time that counts."""
        while commands := self._session.restore():
            self.run(commands)

    def run(self, commands: list[c.Command]) -> float:
        """Seconds for the commands. What the session has to remember of them is not timed."""
        session, peer = self._session, self._peer
        if peer is None:
            seconds, outcomes = timed(lambda: session.run_all(commands))
        else:
            deeds = [peer.prepare(command) for command in commands]
            seconds, answers = timed(lambda: peer.run(deeds))
            outcomes = session.run_all(commands)
            for outcome, answer in zip(outcomes, answers, strict=True):
                peer.remember(outcome, answer)
        for outcome in outcomes:
            session.note(outcome)
        return seconds


def main() -> None:
    """Prepare the trace, say so with an empty line, then answer every line with seconds."""
    session = Session(TRACES[int(sys.argv[2])])
    side = Side(session, Peer() if sys.argv[1] == "peer" else None)
    side.restore()
    print(flush=True)
    for _ in sys.stdin:
        print(side.run(session.commands(int(sys.argv[3]))), flush=True)
        side.restore()


if __name__ == "__main__":
    main()
