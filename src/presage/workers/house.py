"""Members of the house: found or opened by name, and given money by the exchange when it runs low.

They trade through the same door and under the same rules as everybody else. Nothing here decides
what they trade.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, select

from presage.domain import accounts as ledger
from presage.domain.accounts import BONUS
from presage.domain.commands import Command, Move, OpenMember
from presage.domain.ids import AccountId, MemberId, account_id
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.gateway import Gateway, Receipt
from presage.identity import members
from presage.identity.members import Member
from presage.identity.uuids import uuid7
from presage.units import DOLLAR, Micros, Money

ROLE: Final = "house"
GRANT: Final[Money] = 1_000_000 * DOLLAR
LOW: Final[Money] = GRANT // 10
"""Available cash below which a member of the house is given another grant."""


class HouseMember:
    """One member of the house; `new` says that it was opened just now."""

    def __init__(self, gateway: Gateway, member: MemberId, new: bool) -> None:
        self.member = member
        self.account: AccountId = account_id(member)
        self.new = new
        self._gateway = gateway

    async def fund(self) -> None:
        """Another grant from `house:bonus` when little is left."""
        available = await self._gateway.inspect(self._available)
        if available >= LOW:
            return
        lines = ((BONUS, -GRANT), (ledger.cash(self.account), GRANT))
        # The cause is used once: by the time more is needed the journal has grown.
        cause = f"house:{self.account}:{self._gateway.seq}"
        await self._gateway.submit(Move(lines, cause, "grant"))

    def _available(self, engine: Engine) -> Money:
        return engine.state.accounts[self.account].available


async def join(gateway: Gateway, clock: Callable[[], Micros], name: str) -> HouseMember:
    """The member of the house called `name`, opened if there is none yet, and funded."""
    found: list[MemberId] = []
    is_it = (members.members.c.role == ROLE, members.members.c.display_name == name)

    def find_or_open(connection: Connection) -> Command | Reject | None:
        number = connection.execute(select(members.members.c.number).where(*is_it)).scalar()
        if number is not None:
            found.append(number)
            return None
        at = clock()
        number = members.next_number(connection)
        found.append(number)
        row = Member(uuid7(at), number, ROLE, name, "active", members.DEFAULT_TIER, at)
        members.add(connection, row)
        return OpenMember(number, kind="house")

    receipt = await gateway.submit(None, find_or_open)
    assert isinstance(receipt, Receipt), "a number that no row has is free"
    member = HouseMember(gateway, found[-1], new=bool(receipt.facts))
    await member.fund()
    return member
