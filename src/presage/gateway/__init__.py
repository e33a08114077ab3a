"""The one door to the writer: submit a command, get a receipt once it is on disk.

`open_exchange` recovers the state, `Gateway` is the asyncio face, the rest is how the writer works.
Decides the order of everything and when something counts as done; never what a command means.
"""

from __future__ import annotations

from presage.gateway.errors import (
    AlreadyDone,
    Busy,
    OutcomeUnknown,
    Stopped,
    TablesBehind,
    TooManyRows,
)
from presage.gateway.exchange import Exchange, Head
from presage.gateway.gateway import Gateway
from presage.gateway.inbox import RowWrites
from presage.gateway.receipt import Receipt
from presage.gateway.recovery import open_exchange
from presage.gateway.settings import Settings
from presage.gateway.soundness import Soundness, check_ledger
from presage.gateway.verify import Report, verify
from presage.storage.errors import StorageError
from presage.storage.reader import Reader, ReadTooLong, TooManyReads

__all__ = [
    "AlreadyDone",
    "Busy",
    "Exchange",
    "Gateway",
    "Head",
    "OutcomeUnknown",
    "ReadTooLong",
    "Reader",
    "Receipt",
    "Report",
    "RowWrites",
    "Settings",
    "Soundness",
    "Stopped",
    "StorageError",
    "TablesBehind",
    "TooManyReads",
    "TooManyRows",
    "check_ledger",
    "open_exchange",
    "verify",
]
