"""Tells members that the price of an option has come to where they wanted to be told.

It looks at all alerts once in a while and compares each with the mark as it is then; what was told
is written in the same submission, so each crossing is told once.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from presage.feeds import marks
from presage.feeds.markets import Markets
from presage.gateway import Gateway, Reader
from presage.site import notifications, watchlist
from presage.site.watchlist import Watched
from presage.units import SECOND, Micros

EVERY: Final[Micros] = SECOND
_AT_ONCE: Final = 200


class PriceAlerts:
    """A chore."""

    name = "price-alerts"

    def __init__(self, gateway: Gateway, reader: Reader, markets: Markets) -> None:
        self._gateway = gateway
        self._reader = reader
        self._markets = markets

    async def step(self, now: Micros) -> None:
        """Look at all of them."""
        found = await self._reader.run(watchlist.alerts)
        due = [row for row in found if self._checked(row) != row]
        for first in range(0, len(due), _AT_ONCE):
            part = due[first : first + _AT_ONCE]

            def rows(connection: Connection, part: list[Watched] = part) -> None:
                for row in part:
                    self._look(connection, row, now)

            await self._gateway.submit(None, rows)

    def _checked(self, row: Watched) -> Watched:
        price = self._price(row)
        return row if price is None else watchlist.checked(row, price)

    def _price(self, row: Watched) -> int | None:
        card = self._markets.find(row.option)
        return None if card is None else marks.probability(card).price

    def _look(self, connection: Connection, seen: Watched, now: Micros) -> None:
        row = watchlist.find(connection, seen.member, seen.event)
        if row is None or not row.option:
            return  # it was taken off meanwhile
        price, after = self._price(row), self._checked(row)
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
