"""The writer's thread: takes what waits, decides and writes it as one batch, and answers.

It alone touches the engine and the writing connection. It decides the order of everything, when
time passes for the engine (Tick), and when chores are done. It never goes on after an error:
what became of the batch is then known only after a restart.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import Any, Final

import msgspec

from presage.domain.rejects import Reject
from presage.engine.engine import RULES_VERSION
from presage.gateway.batch import Batch, Result
from presage.gateway.exchange import Exchange
from presage.gateway.inbox import Inbox, Inspection, Submission, Together
from presage.gateway.receipt import Receipt
from presage.gateway.settings import Settings
from presage.projections.projection import Entry
from presage.storage import snapshots
from presage.storage.snapshots import Snapshot
from presage.units import SECOND, Micros

LOOK_EVERY: Final = 16
"""Batches between two looks at the log's size: each look hands the interpreter over."""
IDLE_SECONDS: Final = 0.5
"""After so long without work the write-ahead log is moved into the file."""
SHORTEST_WAIT: Final = 0.001
"""Seconds; a clock that stands still just before a timer must not keep the thread busy."""


Answered = tuple[Submission, Result] | tuple[Together, list[Receipt | Reject]]
"""Who asked, and what became of it."""


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """A committed batch, as entries and as the journal has them, and the answers that may be given
    now: `answers` counts them."""

    entries: Sequence[Entry]
    packed: bytes
    results: Sequence[Answered]
    answers: int
    looks: Sequence[tuple[Inspection, Any]]


class LookFailed(msgspec.Struct, frozen=True):
    """An inspection raised; that is its caller's affair."""

    error: Exception


class Failure(msgspec.Struct, frozen=True):
    """The writer has stopped, and touches its inbox no more. `unknown` were in the batch; what is
    still in the inbox was only waiting."""

    error: BaseException
    unknown: Sequence[Submission | Together]


class Writer:
    """The thread. `deliver` and `fail` are called in it and must hand over to the event loop."""

    def __init__(
        self,
        exchange: Exchange,
        clock: Callable[[], Micros],
        settings: Settings,
        deliver: Callable[[Delivery], None],
        fail: Callable[[Failure], None],
    ) -> None:
        self.inbox = Inbox()
        self._exchange = exchange
        self._clock = clock
        self._at = exchange.head.at
        self._settings = settings
        self._deliver = deliver
        self._fail = fail
        self._taken: list[Submission | Together] = []
        self._chores = False
        self._unlooked = 0
        self._syncs = ThreadPoolExecutor(1, "watermark")
        self._sync: Future[None] | None = None
        # A daemon: when the event loop dies without `close`, this must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self.inbox.closing or self.inbox.waiting:
                self._cycle()
            self._finish()
        except BaseException as error:
            self._fail(Failure(error, self._taken))
        finally:
            self._syncs.shutdown(wait=True)
            with suppress(Exception):  # whatever it says, the next start looks at the files
                self._exchange.database.close()

    def _cycle(self) -> None:
        arrived = self.inbox.receive(self._patience())
        at = self._now()
        due = self._exchange.engine.next_due()
        tick = due is not None and due <= at
        if tick or self.inbox.commands or self.inbox.rows:
            self._work(at, tick)
        elif not arrived and self._chores:
            # Sooner than it is due, as nobody waits now; under load everybody would.
            if self._unsaved >= self._settings.snapshot_every // 2:
                self._snapshot()
            self._exchange.database.checkpoint()
            self._chores = False
        if self.inbox.inspections:
            self._deliver(Delivery((), b"", (), 0, self._inspect()))

    def _patience(self) -> float | None:
        """Seconds to wait for an arrival; None: for ever."""
        if self.inbox.waiting:
            return 0
        idle = IDLE_SECONDS if self._chores else None
        due = self._exchange.engine.next_due()
        if due is None:
            return idle
        now = self._now()
        if due <= now:
            return 0
        wait = max((due - now) / SECOND, SHORTEST_WAIT)
        wait = min(wait, threading.TIMEOUT_MAX)
        return wait if idle is None else min(wait, idle)

    def _now(self) -> Micros:
        """The clock, but never earlier than before."""
        self._at = max(self._at, self._clock())
        return self._at

    def _work(self, at: Micros, tick: bool) -> None:
        """One batch: a Tick when due, then commands, then row writes."""
        before = self._exchange.head
        batch = Batch(self._exchange, at, self._settings.batch_rows)
        if tick:
            batch.tick()
        results, answers = self._decide(batch)
        batch.commit()
        head = self._exchange.head
        if head.commits != before.commits:
            self._chores = True
            self._promise()
        self._taken = []
        self._deliver(Delivery(batch.entries, batch.packed, results, answers, ()))
        self._upkeep()

    def _decide(self, batch: Batch) -> tuple[list[Answered], int]:
        """Whose turn it is with what became of it, and how many answers that is."""
        limit, rows = self._settings.batch_commands, self.inbox.rows
        self._taken, wishes = self.inbox.take(limit)
        decided = iter(batch.decide(wishes))
        results: list[Answered] = [
            (one, next(decided))
            if isinstance(one, Submission)
            else (one, list(islice(decided, len(one.commands))))
            for one in self._taken
        ]
        answers = len(wishes)
        for _ in range(min(limit, len(rows))):
            if batch.rows >= self._settings.batch_rows:
                break
            submission = rows.popleft()
            self._taken.append(submission)
            results.append((submission, batch.submit(submission)))
            answers += 1
        return results, answers

    def _promise(self) -> None:
        """Move the watermark, in the shadow of what comes next.

        Before this batch is answered, the watermark of the one before it must be on disk: at most
        one answered batch is ever without its promise.
        """
        if self._sync is not None:
            self._sync.result()
        watermark = self._exchange.database.watermark
        self._sync = self._syncs.submit(watermark.write, self._exchange.head.mark)

    def _inspect(self) -> list[tuple[Inspection, Any]]:
        looks = list(self.inbox.inspections)
        self.inbox.inspections.clear()
        return [(look, _look(look, self._exchange)) for look in looks]

    @property
    def _unsaved(self) -> int:
        """Entries since the newest snapshot."""
        return self._exchange.head.seq - self._exchange.snapshot

    def _upkeep(self) -> None:
        database = self._exchange.database
        if self._unsaved >= self._settings.snapshot_every:
            self._snapshot()
        self._unlooked += 1
        if self._unlooked < LOOK_EVERY:
            return
        self._unlooked = 0
        if database.log_is_long():
            database.checkpoint()

    def _snapshot(self) -> None:
        engine, head = self._exchange.engine, self._exchange.head
        state = engine.dump()
        snapshot = Snapshot(head.seq, head.hash, RULES_VERSION, engine.digest_of(state), state)
        with self._exchange.database.transaction() as connection:
            snapshots.save(connection, snapshot)
            self._exchange.once.save()
        self._exchange.snapshot = head.seq

    def _finish(self) -> None:
        if self._sync is not None:
            self._sync.result()
        if self._unsaved > 0:
            self._snapshot()


def _look(inspection: Inspection, exchange: Exchange) -> Any:
    try:
        return inspection.look(exchange)
    except Exception as error:
        return LookFailed(error)
