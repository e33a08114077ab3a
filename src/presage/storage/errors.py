"""Why a data directory cannot be used. Every message says what was found and names the place.

Nothing here is ever answered by trying again: somebody has to look at the disk first.
"""

from __future__ import annotations


class StorageError(Exception):
    """The data directory cannot be used as it is."""


class DirectoryInUse(StorageError):
    """Another process holds the data directory."""


class JournalDamaged(StorageError):
    """An entry is not what was written; `seq` is the first one that is wrong."""

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(f"journal damaged at seq {seq}: {what}")
        self.seq = seq


class JournalLostItsEnd(StorageError):
    """Something that had been acknowledged is gone."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"journal lost its end: {what}; exchange.db-wal is missing or damaged, nothing was "
            "changed: put it back, or restore a backup"
        )


class WatermarkDamaged(StorageError):
    """The watermark is missing or unreadable, so a lost end could not be seen."""


class RowDamaged(StorageError):
    """A row that no journal repeats is not what was written."""

    def __init__(self, table: str, row: str) -> None:
        super().__init__(f"table {table}: row {row} is not what was written; restore a backup")


class BackupRefused(StorageError):
    """A backup that cannot be made, or one that is not what was packed."""
