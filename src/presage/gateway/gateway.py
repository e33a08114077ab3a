"""The asyncio face of the writer: `await submit(...)`, `await inspect(...)`, `watch(...)`.

Everything here runs in one event loop. For each committed batch the watchers fold its entries
first, then the answers are given: whoever got a receipt finds it in every view. It decides when
something is refused unseen (queue full, stopped), and nothing else.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from presage.domain.commands import Command
from presage.domain.facts import WorkDone, WorkQueued
from presage.domain.ids import Id
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.gateway.batch import RowsFailed
from presage.gateway.errors import Busy, OutcomeUnknown, Stopped
from presage.gateway.exchange import Exchange
from presage.gateway.inbox import (
    Answer,
    Close,
    Inspection,
    Poke,
    RowWrites,
    Submission,
    Together,
)
from presage.gateway.projector import Progress, Projector
from presage.gateway.receipt import Receipt
from presage.gateway.settings import Settings
from presage.gateway.writer import Delivery, Failure, LookFailed, Writer
from presage.projections.projection import Entry
from presage.projections.tables import FILE as TABLES
from presage.storage.database import FILE
from presage.storage.reader import LONGEST_READ, Reader
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
        self._exchange = exchange
        self._directory = exchange.database.path.parent
        self._projector: Projector | None = None
        if exchange.projections:
            own_process = self._settings.projector_process
            self._projector = Projector(self._directory, exchange.projections, own_process)
        self._writer = Writer(exchange, clock, self._settings, self._hand_over, self._give_up)

    async def open_tables(self, progress: Progress | None = None) -> None:
        """Bring the tables up to the journal's end, before `start`: for who reads them then.

        Raises: StorageError; the data directory is then let go of.
        """
        if self._projector is None:
            return
        try:
            await self._projector.open(self.seq, progress)
        except BaseException:
            await self._projector.close()
            self._exchange.database.close()
            raise

    def reader(self, longest: float = LONGEST_READ) -> Reader:
        """Reads what was committed when the read began, or later: tables and rows."""
        rows = self._directory / FILE
        if self._projector is None:
            return Reader(rows, longest)
        tables = self._directory / TABLES
        return Reader(tables, longest, beside=rows, ready=self._tables_follow)

    def rows_reader(self) -> Reader:
        """Reads the rows and the journal only, and waits for no table."""
        return Reader(self._directory / FILE)

    async def _tables_follow(self) -> None:
        if self._projector is not None:
            await self._projector.reached(self.seq, self._settings.read_wait)

    def start(self) -> None:
        """Start the writer; answers come back to the running event loop."""
        self._loop = asyncio.get_running_loop()
        if self._projector is not None and not self._projector.started:
            self._projector.start(self.seq)
        # What a start has loaded stays: the collector need not walk through it for ever.
        gc.freeze()
        self._writer.start()

    @property
    def working(self) -> bool:
        """Is the writer still there?"""
        return self._stopped is None

    @property
    def unanswered(self) -> int:
        """How many submissions wait for an answer."""
        return self._unanswered

    @property
    def table_lag(self) -> int:
        """Entries by which the tables are behind."""
        return 0 if self._projector is None else max(0, self.seq - self._projector.seq)

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
        once: tuple[str, str] | None = None,
    ) -> Receipt | Reject:
        """Run row writes and at most one command; return when all of it is durable.

        `rows` runs first, in the submission's savepoint on the writer's connection; it may return
        another command to run, or a Reject. With no command at all the receipt has the seq of the
        last entry and no facts. `wait_for_work`: answer after the last unit of long work
        (cancellations, payouts) that the command queued. `once`: a (scope, key) that this uses up
        for ever if it is accepted.

        Raises: Busy, Stopped, OutcomeUnknown, TooManyRows, AlreadyDone when the key of `once` is
        used up, and whatever `rows` raises (its rows are then undone).
        """
        answer: asyncio.Future[Receipt | Reject] = self._expect()
        if once is not None and rows is None:
            rows = _no_rows  # the key is one
        self._writer.inbox.put(Submission(command, rows, answer, wait_for_work, once))
        return await answer

    async def submit_all(self, commands: Sequence[Command]) -> list[Receipt | Reject]:
        """Submit commands that do not depend on each other's success; each is answered by itself,
        in order, but all at once, which costs one wake-up instead of one for each.

        Raises: Busy and Stopped, when none was done; OutcomeUnknown.
        """
        self._admit(len(commands))
        size = self._settings.batch_commands
        parts = [commands[at : at + size] for at in range(0, len(commands), size)]
        answers = [self._together(part) for part in parts]
        if len(answers) == 1:
            return await answers[0]
        return [result for part in await asyncio.gather(*answers) for result in part]

    def _together(self, commands: Sequence[Command]) -> asyncio.Future[list[Receipt | Reject]]:
        answer: asyncio.Future[list[Receipt | Reject]] = self._loop.create_future()
        self._writer.inbox.put(Together(commands, answer))
        return answer

    async def inspect(self, look: Callable[[Engine], T]) -> T:
        """What `look` returns. It runs in the writer's thread between two batches, where the
        engine's state is the committed one; it must be quick and change nothing.

        Raises: Busy, Stopped, and whatever `look` raises.
        """
        return await self._look(lambda exchange: look(exchange.engine))

    async def used_by(self, scope: str, key: str) -> int:
        """The committed entry that used up a key that works once; 0: it is still free.

        Raises: Busy, Stopped.
        """
        return await self._look(lambda exchange: exchange.once.find((scope, key)))

    async def _look(self, look: Callable[[Exchange], T]) -> T:
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
        if self._projector is not None:
            await self._projector.close()

    def _expect(self) -> asyncio.Future[Any]:
        self._admit(1)
        return self._loop.create_future()

    def _admit(self, count: int) -> None:
        if self._stopped is not None:
            raise Stopped(self._stopped)
        if self._unanswered + count > self._settings.queue:
            raise Busy
        projector = self._projector
        if projector is not None and self.seq - projector.seq > self._settings.table_lag:
            raise Busy
        self._unanswered += count

    # Called by the writer's thread

    def _hand_over(self, delivery: Delivery) -> None:
        self._loop.call_soon_threadsafe(self._deliver, delivery)

    def _give_up(self, failure: Failure) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits for an answer
            self._loop.call_soon_threadsafe(self._ended, failure)

    # Called by the event loop

    def _deliver(self, delivery: Delivery) -> None:
        entries = delivery.entries
        self._unanswered -= delivery.answers + len(delivery.looks)
        if entries and self._projector is not None:
            self._projector.feed(entries[-1].seq, delivery.packed)
        try:
            self._fold(entries)
        except Exception as error:  # a view is wrong from here on: as bad as a failed write
            self._broken = self._broken or error
            submissions = [asked for asked, _ in delivery.results]
            looks = [inspection for inspection, _ in delivery.looks]
            self._stop(error, submissions, looks)
            self._writer.inbox.put(Close())
            return
        for asked, result in delivery.results:
            if asked.answer.done():  # whoever asked has gone
                continue
            if isinstance(asked, Together) or not asked.wait_for_work:
                _resolve(asked.answer, result)
            else:
                self._answer_later(asked, result)
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

    def _answer_later(self, submission: Submission, result: Any) -> None:
        """When the last unit of the work that it queued is done."""
        if isinstance(result, Receipt):
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

    def _ended(self, failure: Failure) -> None:
        """The writer has stopped. The inbox is read here and not there: until this moment requests
        went on to put theirs into it."""
        inbox = self._writer.inbox
        inbox.receive(0)
        waiting: list[Submission | Together | Inspection] = [*inbox.commands, *inbox.rows]
        waiting += inbox.inspections
        self._stop(failure.error, failure.unknown, waiting)

    def _stop(
        self,
        error: BaseException,
        unknown: Iterable[Submission | Together],
        untouched: Iterable[Submission | Together | Inspection],
    ) -> None:
        self._stopped = f"the writer has stopped: {error}"
        for submission in unknown:
            _refuse(submission.answer, OutcomeUnknown(self._stopped))
        for waiting in untouched:
            _refuse(waiting.answer, Stopped(self._stopped))
        self._abandon_work()
        if self._on_stop is not None:
            on_stop, self._on_stop = self._on_stop, None
            on_stop(error)

    def _abandon_work(self) -> None:
        for waiting in self._unfinished.values():
            _refuse(waiting.answer, OutcomeUnknown("the work goes on after a restart"))
        self._unfinished.clear()


class _Waiting:
    """A receipt that is held back until its work is done."""

    def __init__(self, answer: Answer[Receipt | Reject], receipt: Receipt, work: set[Id]) -> None:
        self.answer = answer
        self._receipt = receipt
        self._work = work

    def finish(self, work: Id) -> None:
        self._work.discard(work)
        if not self._work and not self.answer.done():
            self.answer.set_result(self._receipt)


def _resolve(answer: Answer[Any], result: Any) -> None:
    if isinstance(result, RowsFailed | LookFailed):
        answer.set_exception(result.error)
    else:
        answer.set_result(result)


def _no_rows(connection: object) -> None:
    """Writes nothing."""


def _refuse(answer: Answer[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
