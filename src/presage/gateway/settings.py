"""The writer's limits; every one of them is a number somebody may want to change."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults suit one machine with a local disk."""

    batch_commands: int = 512
    """Commands in one transaction."""
    batch_rows: int = 1_000
    """Rows that one submission may write, and after which a batch takes no more row writes."""
    queue: int = 10_000
    """Submissions that may wait for an answer; more are refused with Busy."""
    snapshot_every: int = 100_000
    """Journal entries between two snapshots at most; one is made after half as many when the
    exchange has nothing to do."""
    table_lag: int = 200_000
    """Entries by which the tables may be behind the journal; then submissions are refused with Busy
    until they have come nearer, or reads would wait for ever."""
    read_wait: float = 5.0
    """Seconds that a read waits for the tables to come to what was committed when it arrived."""
    projector_process: bool = False
    """Write the tables in a process of their own, on another core; else in a thread."""
