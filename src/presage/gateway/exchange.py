"""What the writer owns: the engine, the open data directory and the end of the journal.

Made by `open_exchange`, handed over to the writer's thread, touched by nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from presage.domain.commands import Genesis
from presage.engine.engine import Engine
from presage.projections.projection import Projection
from presage.storage.database import Database
from presage.storage.once import Keys
from presage.storage.watermark import Mark
from presage.units import Micros

SHARD: Final = 0
EPOCH: Final = 1
"""One file has one writer by its lock; epochs tell writers apart where several could take over."""


class Head(msgspec.Struct, frozen=True):
    """The last committed entry, and how many batches were committed."""

    seq: int
    at: Micros
    hash: bytes
    commits: int

    @property
    def mark(self) -> Mark:
        """What the watermark says once this is on disk."""
        return Mark(self.seq, self.hash, self.commits)


@dataclass(slots=True)
class Exchange:
    """State at `head`. `snapshot` is the seq of the newest snapshot, 0 for none; `once` knows the
    keys that were used since, and finds the others."""

    database: Database
    engine: Engine
    projections: Sequence[Projection]
    head: Head
    genesis: Genesis
    snapshot: int
    once: Keys
