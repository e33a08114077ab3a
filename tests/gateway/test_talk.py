"""A restart in the middle of an RFQ: everything goes on as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from presage.domain.desk_commands import (
    AcceptBlockTrade,
    AcceptQuote,
    ConfirmQuote,
    CreateQuote,
    CreateRfq,
    ProposeBlockTrade,
)
from presage.domain.desk_facts import BlockTradeProposed, QuoteCreated, RfqCreated
from presage.domain.ids import account_id
from presage.gateway import Settings, verify
from presage.projections import block_trades, quotes
from presage.projections.block_trades import BlockTrades
from presage.projections.projection import Projection
from presage.projections.quotes import Quotes
from presage.projections.rfqs import Rfqs
from presage.units import CONTRACT, SECOND
from tests.gateway.kit import NOON, Clock, accepted, crash, only, open_market, running

pytestmark = pytest.mark.anyio

ANN, BOB = account_id(1), account_id(2)


def tables() -> tuple[Projection, ...]:
    return (BlockTrades(), Quotes(), Rfqs())


@pytest.mark.parametrize("killed", [False, True])
async def test_timers_go_on(tmp_path: Path, killed: bool) -> None:
    """Once from a snapshot, once from the journal alone; the tables are as in an unbroken run."""
    clock, directory = Clock(), tmp_path / "first"
    directory.mkdir()
    settings = Settings(snapshot_every=1_000)
    async with running(directory, clock, settings, tables=tables()) as gateway:
        market = await open_market(gateway)
        made = await accepted(gateway, CreateRfq(ANN, market, 5 * CONTRACT))
        rfq = only(RfqCreated, made).rfq
        made = await accepted(gateway, CreateQuote(BOB, rfq, 4_000, 5_000))
        quote = only(QuoteCreated, made).quote
        wish = ProposeBlockTrade(1, ANN, BOB, market, 5_000, CONTRACT, "yes", NOON + 90 * SECOND)
        block = only(BlockTradeProposed, await accepted(gateway, wish)).block_trade
        await accepted(gateway, AcceptBlockTrade(1, block))
        await accepted(gateway, AcceptQuote(1, quote, "no", "taker"))
        left = crash(directory, tmp_path / "second")
    directory = left if killed else directory
    clock.now += 20 * SECOND
    async with running(directory, clock, settings, tables=tables()) as gateway:
        await accepted(gateway, ConfirmQuote(2, quote, "maker"))
    clock.now += 15 * SECOND
    async with running(directory, clock, settings, tables=tables()) as gateway:
        await accepted(gateway, None)
        clock.now += 60 * SECOND
        await accepted(gateway, None)
        reader = gateway.reader()
        found = await reader.run(lambda connection: quotes.find(connection, quote))
        (row,) = await reader.run(lambda connection: block_trades.page(connection, 1, [ANN], 5))
        reader.close()
    assert found is not None
    assert (found.status, found.accepted) == ("executed", 5 * CONTRACT)
    assert found.executed_at - found.confirmed_at == 15 * SECOND
    assert (row.id, row.status, row.buyer_accepted_at) == (block, "expired", NOON)
    assert verify(directory, tables()).fault is None
