"""Shards: parts of the exchange between which money has to be moved before it can be traded with.

An event is on one shard for ever, an account on one shard; an account trades only in markets of its
own shard. One writer decides them all, so that a transfer between two shards is one movement.
"""

from __future__ import annotations

from presage.domain.ids import MAX_SHARD
from presage.domain.rejects import Code, Refused
from presage.domain.shard_commands import DeclareShard
from presage.domain.shard_facts import ShardDeclared
from presage.engine.decision import Decision


def declare_shard(d: Decision, c: DeclareShard) -> None:
    """Another shard; nothing is on it yet."""
    if not 0 <= c.shard <= MAX_SHARD:
        raise Refused(Code.INVALID_VALUE, f"exchange_index must be between 0 and {MAX_SHARD}")
    if c.shard in d.state.shards:
        raise Refused(Code.SHARD_EXISTS, f"exchange_index {c.shard} is there already")
    d.emit(ShardDeclared(c.shard))


def require_shard(d: Decision, shard: int) -> None:
    """Raises: Refused if nobody has declared it."""
    if shard not in d.state.shards:
        raise Refused(Code.INVALID_VALUE, f"there is no exchange_index {shard}")
