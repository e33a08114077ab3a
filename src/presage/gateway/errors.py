"""Why a submission got neither a receipt nor a reject, or a read no answer. All but TooManyRows and
AlreadyDone are answered 503."""

from __future__ import annotations

from typing import Final

RETRY_AFTER: Final = 1
"""Seconds after which a refused submission may be tried again."""


class Busy(Exception):
    """The queue is full; nothing was done. Try again after RETRY_AFTER seconds."""


class Stopped(Exception):
    """The writer has stopped; nothing was done and nothing will be until the process restarts."""


class OutcomeUnknown(Exception):
    """The disk failed while the submission was being written: only a restart shows whether it was.

    Whoever asked must look (by client order id, transfer id ...) before trying again.
    """


class TooManyRows(Exception):
    """A submission wrote more rows than one may; it was undone. A bug of the caller."""


class AlreadyDone(Exception):
    """The submission's key was used before, by entry `seq`; nothing was done now."""

    def __init__(self, seq: int) -> None:
        super().__init__(seq)
        self.seq = seq


class TablesBehind(Exception):
    """The tables did not come to what was committed when a read arrived: ask again later."""
