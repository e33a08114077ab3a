"""One transaction: decides the submissions of a batch one by one, then writes what follows.

Row writes may fail alone, before the engine decides. After a decision nothing may fail any more:
the engine has moved on, so every error from then on leaves through `commit` or `submit` as an
exception, and whoever runs the batch must stop for good.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from presage.domain.commands import Command, Tick, once_key
from presage.domain.rejects import Reject
from presage.engine.engine import RULES_VERSION
from presage.gateway.errors import AlreadyDone, TooManyRows
from presage.gateway.exchange import EPOCH, SHARD, Exchange, Head
from presage.gateway.inbox import RowWrites, Submission
from presage.gateway.receipt import Receipt
from presage.projections.projection import Entry
from presage.storage import journal
from presage.storage.codec import Sealed, pack, seal
from presage.storage.once import Key, save
from presage.units import Micros


class RowsFailed(msgspec.Struct, frozen=True):
    """The submission's own row writes raised, or its key was used before: nothing of it was done,
    and nothing of the others was undone."""

    error: Exception


Result = Receipt | Reject | RowsFailed


class Batch:
    """`rows` counts what row writes have changed; `packed` is what the journal got of it.

    Its transaction begins with the first row writes. Without any, the journal's one row is all
    there is to commit, and is a transaction by itself: each further statement would hand the
    interpreter over, and wait to get it back.
    """

    def __init__(self, exchange: Exchange, at: Micros, rows_limit: int) -> None:
        self._exchange = exchange
        self._raw = exchange.database.raw
        self._at = at
        self._rows_limit = rows_limit
        self._seq = exchange.head.seq
        self._hash = exchange.head.hash
        self._sealed: list[Sealed] = []
        self._seen: dict[Key, int] = {}
        """Of each key that was looked up the seq that used it up; 0: none has."""
        self.entries: list[Entry] = []
        self.packed = b""
        self.rows = 0
        self._begun = False

    def tick(self) -> None:
        """Run due timers and a bounded amount of pending work as an entry of its own."""
        assert not isinstance(self._decide(Tick()), Reject), "Tick may not be refused"

    def decide(self, commands: Sequence[Command | None]) -> list[Receipt | Reject]:
        """What becomes of each command, one after the other. Their once-keys are looked up
        together: one query instead of one for each."""
        keys = [once_key(command) if command else None for command in commands]
        unseen = dict.fromkeys([key for key in keys if key], 0)
        if unseen:
            self._seen = unseen | self._exchange.once.find_many(list(unseen)) | self._seen
        return [
            self._decide_once(command, key) if command and key else self.execute(command)
            for command, key in zip(commands, keys, strict=True)
        ]

    def submit(self, submission: Submission) -> Result:
        """Run the row writes, then decide the command; undo the rows if either refuses."""
        key = submission.once
        if key is None:
            return self._submit(submission)
        seen = self._exchange.once.find(key)
        if seen:
            return RowsFailed(AlreadyDone(seen))
        result = self._submit(submission)
        if isinstance(result, Receipt):
            assert self._begun, "what uses up a key of its own writes rows"
            # No command names this key, so no start could fold it from the journal: now or never.
            save(self._raw, [(key, result.seq)])
            self.rows += 1
        return result

    def _submit(self, submission: Submission) -> Result:
        if submission.rows is None:
            return self.execute(submission.command)
        return self._run_with_rows(submission.rows, submission.command)

    def commit(self) -> None:
        """Write the journal's row and make all of it durable."""
        exchange, commits = self._exchange, self._exchange.head.commits
        if self._sealed or self.rows:
            commits += 1
        if self._sealed:
            self.packed = pack(exchange.head.hash, self._sealed)
            journal.append(self._raw, self._seq, self.packed, commits)
        elif self.rows:
            journal.set_commits(self._raw, commits)
        if self._begun:
            self._raw.execute("COMMIT")
        at = self._at if self._sealed else exchange.head.at
        exchange.head = Head(self._seq, at, self._hash, commits)

    def _run_with_rows(self, rows: RowWrites, command: Command | None) -> Result:
        raw = self._raw
        if not self._begun:
            raw.execute("BEGIN IMMEDIATE")
            self._begun = True
        raw.execute("SAVEPOINT submission")
        before = raw.total_changes
        try:
            outcome = self._exchange.database.run_rows(rows)
            self._count(raw.total_changes - before)
        except Exception as error:
            self._undo()
            return RowsFailed(error)
        result = outcome if isinstance(outcome, Reject) else self.execute(outcome or command)
        if isinstance(result, Reject):
            self._undo()
        else:
            raw.execute("RELEASE submission")
        return result

    def _count(self, written: int) -> None:
        if written > self._rows_limit:
            raise TooManyRows(f"{written} rows; a submission may write {self._rows_limit}")
        self.rows += written

    def _undo(self) -> None:
        if not self._raw.in_transaction:  # the disk failed under the row writes
            raise sqlite3.OperationalError("SQLite has rolled the whole batch back")
        self._raw.execute("ROLLBACK TO submission")
        self._raw.execute("RELEASE submission")

    def execute(self, command: Command | None) -> Receipt | Reject:
        """Decide one command, telling it whether its once-key was used before."""
        if command is None:
            return Receipt(self._seq, self._at, ())
        key = once_key(command)
        if key is None:
            return self._decide(command)
        if key not in self._seen:
            self._seen[key] = self._exchange.once.find(key)
        return self._decide_once(command, key)

    def _decide_once(self, command: Command, key: Key) -> Receipt | Reject:
        seen = self._seen[key]
        if seen:
            return self._decide(msgspec.structs.replace(command, seen=seen))
        result = self._decide(command)
        if isinstance(result, Receipt):
            self._seen[key] = result.seq
            self._exchange.once.spend(key, result.seq)
        return result

    def _decide(self, command: Command) -> Receipt | Reject:
        seq, at = self._seq + 1, self._at
        decision = self._exchange.engine.execute(command, seq, at)
        if isinstance(decision, Reject):
            return decision
        facts = tuple(decision)
        if not facts and isinstance(command, Tick):
            return Receipt(self._seq, at, facts)
        sealed = seal(self._hash, seq, SHARD, EPOCH, at, RULES_VERSION, command, facts)
        self._sealed.append(sealed)
        self.entries.append(Entry(seq, at, command, facts))
        self._seq, self._hash = seq, sealed.hash
        return Receipt(seq, at, facts)
