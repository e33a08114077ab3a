"""What happened to shards.

Stored in the journal, as all facts (`domain/facts.py`).
"""

from __future__ import annotations

from presage.domain.bases import FactBase


class ShardDeclared(FactBase, frozen=True):
    shard: int
