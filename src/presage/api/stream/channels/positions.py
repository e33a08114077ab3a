"""market_positions: what a member holds in a market after each command that changed it.

Not numbered. Fees are kept a market, not a contract, so those of the open position are all that
were paid in the market while anything is held, and none once nothing is.
"""

from __future__ import annotations

from msgspec import UNSET

from presage.api.stream.channels.channel import Batch
from presage.api.stream.channels.own import OwnChannel
from presage.api.stream.frames import Message
from presage.domain.ids import subaccount_of
from presage.feeds.blotters import HeldPosition
from presage.units import format_count, format_money
from presage.wire.kalshi.stream import Position


class MarketPositions(OwnChannel):
    """The channel."""

    name = "market_positions"

    def fold(self, batch: Batch) -> None:
        if not self.readers:
            return
        for _, news in batch:
            for held in news.positions.values():
                if self.hears(held.account):
                    ticker = self.views.markets.by_id(held.market).ticker
                    self.tell(held.account, ticker, self._message(held, ticker))

    def _message(self, held: HeldPosition, ticker: str) -> Message:
        told = Position(
            user_id=self.user_id(held.account),
            market_ticker=ticker,
            position_fp=format_count(held.position),
            position_cost_dollars=format_money(held.cost),
            realized_pnl_dollars=format_money(held.realized),
            fees_paid_dollars=format_money(held.fees),
            position_fee_cost_dollars=format_money(held.fees if held.position else 0),
            volume_fp=format_count(held.volume),
            subaccount=subaccount_of(held.account) or UNSET,
        )
        return Message("market_position", told)
