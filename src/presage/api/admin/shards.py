"""Declaring exchange shards, and seeing which there are."""

from __future__ import annotations

from typing import Any

from presage.api.admin.errors import refusal
from presage.api.admin.writing import services_of, write
from presage.api.registry import Call
from presage.catalog import shards as catalog
from presage.domain.rejects import Code
from presage.domain.shard_commands import DeclareShard
from presage.wire.admin import shards as wire

FIRST = "default"


async def declare_shard(call: Call[None, wire.DeclareShard]) -> wire.ShardDone:
    """Open another exchange shard; nothing is on it yet."""
    body = call.body
    shard = body.exchange_index
    if shard in services_of(call).markets.shards:
        sentence = f"exchange_index {shard} is there already"
        raise refusal(call, 409, Code.SHARD_EXISTS.value, sentence, "exchange_index")

    def then(connection: Any, audit: int) -> DeclareShard:
        catalog.describe(connection, shard, body.description)
        return DeclareShard(shard, audit)

    written = await write(call, "shard.declare", str(shard), then)
    shown = wire.Shard(exchange_index=shard, description=body.description)
    return wire.ShardDone(seq=written.seq, audit_id=written.audit_id, shard=shown)


async def list_shards(call: Call[None, None]) -> wire.Shards:
    """List the exchange shards."""
    services = services_of(call)
    words = await services.reader.run(catalog.descriptions)
    return wire.Shards(
        [
            wire.Shard(exchange_index=shard, description=words.get(shard, FIRST))
            for shard in services.markets.shards
        ]
    )
