"""The asyncio face of the writer: `await submit(...)`, `await inspect(...)`, `watch(...)`.

Everything here runs in one event loop. For each committed batch the watchers fold its entries
first, then the answers are given: whoever got a receipt finds it in every view. It decides when
something is refused unseen (queue full, stopped), and nothing else.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from presage.domain.commands import Command
from presage.domain.facts import WorkDone, WorkQueued
from presage.domain.ids import Id
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.gateway.batch import Result, RowsFailed
from presage.gateway.errors import Busy, OutcomeUnknown, Stopped
from presage.gateway.exchange import Exchange
from presage.gateway.inbox import Close, Inspection, Poke, RowWrites, Submission
from presage.gateway.receipt import Receipt
from presage.gateway.settings import Settings
from presage.gateway.writer import Delivery, Failure, LookFailed, Writer
from presage.projections.projection import Entry
from presage.units import Micros

T = TypeVar("T")
Watcher = Callable[[Sequence[Entry]], None]


class Gateway:
    """One per exchange. `on_stop` is called in the event loop when the writer had to stop."""

    def __init__(
        self,
        exchange: Exchange,
        clock: Callable[[], Micros],
        settings: Settings | None = None,
        on_stop: Callable[[BaseException], None] | None = None,
    ) -> None:
        self.seq = exchange.head.seq
        """The last entry that watchers have seen."""
        self._settings = settings or Settings()
        self._on_stop = on_stop
        self._watchers: list[Watcher] = []
        self._unanswered = 0
        self._stopped: str | None = None
        self._broken: Exception | None = None
        self._unfinished: dict[Id, _Waiting] = {}
        self._writer = Writer(exchange, clock, self._settings, self._hand_over, self._give_up)

    def start(self) -> None:
        """Start the writer; answers come back to the running event loop."""
        self._loop = asyncio.get_running_loop()
        # What a start has loaded stays: the collector need not walk through it for ever.
        gc.freeze()
        self._writer.start()

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher` with the entries of every committed batch, in order, before its receipts
        are given. It runs in the event loop and must not fail."""
        self._watchers.append(watcher)

    async def submit(
        self,
        command: Command | None,
        rows: RowWrites | None = None,
        *,
        wait_for_work: bool = False,
    ) -> Receipt | Reject:
        """Run row writes and at most one command; return when all of it is durable.

        `rows` runs first, in the submission's savepoint on the writer's connection; it may return
        another command to run, or a Reject. With no command at all the receipt has the seq of the
        last entry and no facts. `wait_for_work`: answer after the last unit of long work
        (cancellations, payouts) that the command queued.

        Raises: Busy, Stopped, OutcomeUnknown, TooManyRows, and whatever `rows` raises (its rows
        are then undone).
        """
        answer: asyncio.Future[Receipt | Reject] = self._expect()
        self._writer.inbox.put(Submission(command, rows, answer, wait_for_work))
        return await answer

    async def inspect(self, look: Callable[[Engine], T]) -> T:
        """What `look` returns. It runs in the writer's thread between two batches, where the
        engine's state is the committed one; it must be quick and change nothing.

        Raises: Busy, Stopped, and whatever `look` raises.
        """
        answer: asyncio.Future[T] = self._expect()
        self._writer.inbox.put(Inspection(look, answer))
        return await answer

    def poke(self) -> None:
        """The clock was set: look again whether something is due."""
        self._writer.inbox.put(Poke())

    async def close(self) -> None:
        """Answer what waits, write a snapshot and let go of the data directory."""
        if self._stopped is None:
            self._stopped = "the exchange is shutting down"
            self._writer.inbox.put(Close())
        await asyncio.to_thread(self._writer.join)
        self._abandon_work()

    def _expect(self) -> asyncio.Future[Any]:
        if self._stopped is not None:
            raise Stopped(self._stopped)
        if self._unanswered >= self._settings.queue:
            raise Busy
        self._unanswered += 1
        return self._loop.create_future()

    # Called by the writer's thread

    def _hand_over(self, delivery: Delivery) -> None:
        self._loop.call_soon_threadsafe(self._deliver, delivery)

    def _give_up(self, failure: Failure) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits for an answer
            self._loop.call_soon_threadsafe(self._stop, failure)

    # Called by the event loop

    def _deliver(self, delivery: Delivery) -> None:
        entries = delivery.entries
        self._unanswered -= len(delivery.results) + len(delivery.looks)
        try:
            self._fold(entries)
        except Exception as error:  # a view is wrong from here on: as bad as a failed write
            self._broken = self._broken or error
            submissions = [submission for submission, _ in delivery.results]
            looks = [inspection for inspection, _ in delivery.looks]
            self._stop(Failure(error, submissions, looks))
            self._writer.inbox.put(Close())
            return
        for submission, result in delivery.results:
            self._answer(submission, result)
        for inspection, found in delivery.looks:
            if not inspection.answer.done():
                _resolve(inspection.answer, found)
        if self._unfinished:
            self._note_finished(entries)

    def _fold(self, entries: Sequence[Entry]) -> None:
        if self._broken is not None:
            raise self._broken
        if entries:
            for watcher in self._watchers:
                watcher(entries)
            self.seq = entries[-1].seq

    def _answer(self, submission: Submission, result: Result) -> None:
        if submission.answer.done():  # whoever asked has gone
            return
        if submission.wait_for_work and isinstance(result, Receipt):
            queued = {fact.work for fact in result.facts if isinstance(fact, WorkQueued)}
            if queued:
                waiting = _Waiting(submission.answer, result, queued)
                self._unfinished.update(dict.fromkeys(queued, waiting))
                return
        _resolve(submission.answer, result)

    def _note_finished(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            for fact in entry.facts:
                if isinstance(fact, WorkDone) and fact.work in self._unfinished:
                    self._unfinished.pop(fact.work).finish(fact.work)

    def _stop(self, failure: Failure) -> None:
        self._stopped = f"the writer has stopped: {failure.error}"
        for submission in failure.unknown:
            _refuse(submission.answer, OutcomeUnknown(self._stopped))
        for waiting in failure.untouched:
            _refuse(waiting.answer, Stopped(self._stopped))
        self._abandon_work()
        if self._on_stop is not None:
            on_stop, self._on_stop = self._on_stop, None
            on_stop(failure.error)

    def _abandon_work(self) -> None:
        for waiting in self._unfinished.values():
            _refuse(waiting.answer, OutcomeUnknown("the work goes on after a restart"))
        self._unfinished.clear()


class _Waiting:
    """A receipt that is held back until its work is done."""

    def __init__(
        self, answer: asyncio.Future[Receipt | Reject], receipt: Receipt, work: set[Id]
    ) -> None:
        self.answer = answer
        self._receipt = receipt
        self._work = work

    def finish(self, work: Id) -> None:
        self._work.discard(work)
        if not self._work and not self.answer.done():
            self.answer.set_result(self._receipt)


def _resolve(answer: asyncio.Future[Any], result: Any) -> None:
    if isinstance(result, RowsFailed | LookFailed):
        answer.set_exception(result.error)
    else:
        answer.set_result(result)


def _refuse(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
