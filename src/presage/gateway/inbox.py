"""What waits for the writer, and in which order it is taken: commands before row writes.

Filled by the event loop, emptied by the writer's thread. It bounds nothing itself: the gateway
counts what is unanswered before it puts anything here.
"""

from __future__ import annotations

from asyncio import Future
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

import msgspec
import sqlalchemy

from presage.domain.commands import Command
from presage.domain.rejects import Reject
from presage.gateway.exchange import Exchange
from presage.gateway.receipt import Receipt

RowWrites = Callable[[sqlalchemy.Connection], Command | Reject | None]
"""Writes rows in the submission's savepoint; may name the command to run, or refuse."""


Answered = TypeVar("Answered", contravariant=True)


class Answer(Protocol[Answered]):
    """Where an answer goes: a future, or a part of one."""

    def done(self) -> bool: ...

    def set_result(self, result: Answered, /) -> None: ...

    def set_exception(self, error: Exception, /) -> None: ...


class Submission(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Row writes, at most one command, and where the answer goes. `once`: a (scope, key) that this
    uses up for ever, beside the command's own."""

    command: Command | None
    rows: RowWrites | None
    answer: Answer[Receipt | Reject]
    wait_for_work: bool = False
    once: tuple[str, str] | None = None


class Together(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Commands that came at once: decided one after the other in one batch, and answered at once.
    Each succeeds or is refused by itself."""

    commands: Sequence[Command]
    answer: Answer[list[Receipt | Reject]]


class Inspection(msgspec.Struct, frozen=True, eq=False):
    """A look at what the writer owns, between two batches."""

    look: Callable[[Exchange], Any]
    answer: Future[Any]


class Poke(msgspec.Struct, frozen=True):
    """Look at the clock again."""


class Close(msgspec.Struct, frozen=True):
    """Finish what waits, then end."""


Arrival = Submission | Together | Inspection | Poke | Close


class Inbox:
    """Sorted waiting work; only `put` may be called outside the writer's thread."""

    def __init__(self) -> None:
        self._arrivals: SimpleQueue[Arrival] = SimpleQueue()
        self.commands: deque[Submission | Together] = deque()
        self.rows: deque[Submission] = deque()
        self.inspections: deque[Inspection] = deque()
        self.closing = False

    def put(self, item: Arrival) -> None:
        self._arrivals.put(item)

    def receive(self, timeout: float | None) -> bool:
        """Sort in everything that has arrived; wait up to `timeout` seconds (None: for ever) for
        the first. False when the time passed and nothing came."""
        try:
            self._sort(self._arrivals.get(timeout != 0, timeout))
        except Empty:
            return False
        try:
            while True:
                self._sort(self._arrivals.get_nowait())
        except Empty:
            return True

    def take(self, limit: int) -> tuple[list[Submission | Together], list[Command | None]]:
        """Take what waits with up to `limit` commands, but at least the first: whose they are, and
        the commands themselves, in order."""
        taken: list[Submission | Together] = []
        wishes: list[Command | None] = []
        waiting = self.commands
        while waiting:
            first = waiting[0]
            if isinstance(first, Submission):
                if len(wishes) >= limit:
                    break
                wishes.append(first.command)
            else:
                if wishes and len(wishes) + len(first.commands) > limit:
                    break
                wishes += first.commands
            taken.append(waiting.popleft())
        return taken, wishes

    def _sort(self, item: Arrival) -> None:
        match item:
            case Together() | Submission(rows=None):
                self.commands.append(item)
            case Submission():
                self.rows.append(item)
            case Inspection():
                self.inspections.append(item)
            case Close():
                self.closing = True
            case Poke():
                pass

    @property
    def waiting(self) -> bool:
        """Is there something to do without waiting for an arrival?"""
        return bool(self.commands or self.rows or self.inspections)
