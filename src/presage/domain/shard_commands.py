"""The operator's wish about shards: that there is another one.

Stored in the journal, as all commands (`domain/commands.py`).
"""

from __future__ import annotations

from presage.domain.bases import CommandBase


class DeclareShard(CommandBase, frozen=True):
    """Another shard, on which events can be listed and members can hold money."""

    shard: int
    audit: int = 0
