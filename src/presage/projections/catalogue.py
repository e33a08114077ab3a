"""All projections in one list: a new one added here is filled on the next start."""

from __future__ import annotations

from collections.abc import Sequence

from presage.projections.accounts import Accounts
from presage.projections.block_trades import BlockTrades
from presage.projections.candles import Candles
from presage.projections.cutoffs import HistoricalCutoffs
from presage.projections.exchange import ExchangeStatus
from presage.projections.fee_changes import FeeChanges
from presage.projections.fills import Fills
from presage.projections.groups import Groups
from presage.projections.holds import Holds
from presage.projections.markets import Markets
from presage.projections.orders import Orders
from presage.projections.positions import Positions
from presage.projections.postings import Postings
from presage.projections.projection import Projection
from presage.projections.quotes import Quotes
from presage.projections.records import Records
from presage.projections.rfqs import Rfqs
from presage.projections.settlements import Settlements
from presage.projections.shards import Shards
from presage.projections.trades import Trades
from presage.projections.transfers import Transfers


def every_projection() -> Sequence[Projection]:
    """One of each, in no particular order: none reads another's tables."""
    return (
        Accounts(),
        BlockTrades(),
        Candles(),
        ExchangeStatus(),
        FeeChanges(),
        Fills(),
        Groups(),
        HistoricalCutoffs(),
        Holds(),
        Markets(),
        Orders(),
        Positions(),
        Postings(),
        Quotes(),
        Records(),
        Rfqs(),
        Settlements(),
        Shards(),
        Trades(),
        Transfers(),
    )
