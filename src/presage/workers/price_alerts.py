"""Tells members that the price of an option has come to where they wanted to be told.

Once in a while it compares the alerts on what has moved with the mark as it is then; what was told
is written in the same submission, so each crossing is told once.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from sqlalchemy import Connection

from presage.domain.ids import MarketId
from presage.feeds import marks
from presage.feeds.markets import Markets
from presage.gateway import Gateway, Reader
from presage.site import notifications, watchlist
from presage.site.watchlist import Watched
from presage.units import SECOND, Micros

EVERY: Final[Micros] = SECOND
_AT_ONCE: Final = 200
_OPTIONS: Final = 100


class PriceAlerts:
    """A chore."""

    name = "price-alerts"

    def __init__(self, gateway: Gateway, reader: Reader, markets: Markets) -> None:
        self._gateway = gateway
        self._reader = reader
        self._markets = markets
        self._seen: dict[MarketId, int | None] = {}

    async def step(self, now: Micros) -> None:
        """Look at the alerts on options whose price is another than when this last looked."""
        options = await self._reader.run(watchlist.alerted)
        prices = {one: self._price(one) for one in options}
        moved = [one for one, price in prices.items() if self._seen.get(one, -1) != price]
        for first in range(0, len(moved), _OPTIONS):
            part = moved[first : first + _OPTIONS]
            found = await self._reader.run(partial(watchlist.alerts, options=part))
            await self._tell_all([row for row in found if self._checked(row) != row], now)
        self._seen = prices

    async def _tell_all(self, due: list[Watched], now: Micros) -> None:
        for first in range(0, len(due), _AT_ONCE):
            part = due[first : first + _AT_ONCE]

            def rows(connection: Connection, part: list[Watched] = part) -> None:
                for row in part:
                    self._look(connection, row, now)

            await self._gateway.submit(None, rows)

    def _checked(self, row: Watched) -> Watched:
        price = self._price(row.option)
        return row if price is None else watchlist.checked(row, price)

    def _price(self, option: MarketId) -> int | None:
        card = self._markets.find(option)
        return None if card is None else marks.probability(card).price

    def _look(self, connection: Connection, seen: Watched, now: Micros) -> None:
        row = watchlist.find(connection, seen.member, seen.event)
        if row is None or not row.option:
            return  # it was taken off meanwhile
        price, after = self._price(row.option), self._checked(row)
        if price is None or after == row:
            return
        watchlist.put(connection, after)
        if after.told_above > row.told_above or after.told_below > row.told_below:
            self._tell(connection, row, price, now)

    def _tell(self, connection: Connection, row: Watched, price: int, now: Micros) -> None:
        card = self._markets.by_id(row.option)
        percent = f"{price // 100}.{price % 100:02d} %"
        notifications.tell(
            connection,
            now,
            row.member,
            "PRICE_ALERT",
            f"{card.ticker} is at {percent}",
            url=f"/events/{card.event.ticker.lower()}",
            marketTicker=card.ticker,
            probBps=price,
        )
