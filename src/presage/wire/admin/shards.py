"""Exchange shards as the operator declares them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Done, Request, ShortText

NewShard = Annotated[int, Meta(ge=1, le=63)]
AnyShard = Annotated[int, Meta(ge=0, le=63)]


class DeclareShard(Request, kw_only=True):
    """Kalshi's are 1 for combos, 2 for crypto, 3 for tennis and baseball."""

    exchange_index: NewShard
    description: ShortText = ""


class Shard(msgspec.Struct, kw_only=True):
    exchange_index: int
    description: str


class ShardDone(Done, kw_only=True):
    shard: Shard


class Shards(msgspec.Struct):
    shards: list[Shard]
