"""Carries out orders for many members, some at a time, until everybody has theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from presage.domain.commands import Move
from presage.domain.ids import MemberId
from presage.gateway import Gateway
from presage.identity import members, people
from presage.site import funds
from presage.site.funds import AT_ONCE, FundOrder
from presage.units import SECOND, Micros

EVERY: Final = 60 * SECOND


class FundOrders:
    """One per exchange: `step` does all that is in force."""

    name = "fund-orders"

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def step(self, now: Micros) -> None:
        """Go on until no order is left."""
        worked = True

        def rows(connection: Connection) -> Move | None:
            nonlocal worked
            order = funds.running(connection)
            worked = order is not None
            if order is None:
                return None
            whom, more = _next(connection, order)
            return funds.carry_out(connection, order, now, whom, more=more)

        while worked:
            await self._gateway.submit(None, rows)


def _next(connection: Connection, order: FundOrder) -> tuple[list[MemberId], bool]:
    """Whose turn it is, and whether there may be more behind them. Who has left is left out."""
    found: list[MemberId] = []
    after = order.after
    while True:
        part = _numbers(connection, order, after)
        for number in part:
            after = number
            if _takes_part(connection, number):
                found.append(number)
            if len(found) == AT_ONCE:
                return found, True
        if len(part) < AT_ONCE:
            return found, False


def _numbers(connection: Connection, order: FundOrder, after: MemberId) -> Sequence[MemberId]:
    if order.whom:
        return [number for number in order.whom if number > after][:AT_ONCE]
    profiles = people.page(connection, after, AT_ONCE)
    return [one.member for one in profiles if one.member <= order.last]


def _takes_part(connection: Connection, number: MemberId) -> bool:
    member = members.find(connection, number)
    return member is not None and member.role == "member" and member.status != "closed"
