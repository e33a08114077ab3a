"""What the clock does about payments: unpaid deposits expire, approved payouts are handed over.

A payout leaves from its row, at least once, always under the same id; when it was taken the row
says so. A provider that does not answer is asked again, later each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from presage.domain.commands import Move
from presage.domain.rejects import Reject
from presage.gateway import Gateway, Reader
from presage.payments.gateways import Declined, Unavailable, Wanted
from presage.payments.gateways import Gateway as PaymentGateway
from presage.site import deposits, withdrawals
from presage.site.withdrawals import Withdrawal
from presage.units import SECOND, Micros

EXPIRY_EVERY: Final = 300 * SECOND
PAYOUTS_EVERY: Final = 5 * SECOND
_FIRST_WAIT: Final[Micros] = 30 * SECOND
_LONGEST_WAIT: Final[Micros] = 3_600 * SECOND
_AT_ONCE: Final = 50


class Expiry:
    """Ends deposits that nobody has paid in time."""

    name = "deposit-expiry"

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def step(self, now: Micros) -> None:
        """End all that are overdue."""
        worked = True

        def rows(connection: Connection) -> Move | None:
            nonlocal worked
            late = deposits.overdue(connection, now)
            worked = late is not None
            if late is None:
                return None
            return deposits.decide(connection, late, deposits.EXPIRED, now)[1]

        while worked:
            result = await self._gateway.submit(None, rows)
            assert not isinstance(result, Reject), "what is underway can always go back"


class Payouts:
    """Hands approved withdrawals to the gateways that pay by themselves."""

    name = "payouts"

    def __init__(
        self, gateway: Gateway, reader: Reader, gateways: Mapping[str, PaymentGateway]
    ) -> None:
        self._gateway = gateway
        self._reader = reader
        self._gateways = gateways

    async def step(self, now: Micros) -> None:
        """Hand over what is due."""
        names = [one.id for one in self._gateways.values() if one.automatic]
        for _ in range(_AT_ONCE if names else 0):
            due = await self._reader.run(lambda rows: withdrawals.due(rows, names, now))
            if due is None:
                return
            await self._hand_over(due, now)

    async def _hand_over(self, one: Withdrawal, now: Micros) -> None:
        gateway = self._gateways[one.gateway]
        # As the site prints it: the provider's callbacks name it so.
        name = f"wdr_{one.id.replace('-', '')}"
        money = one.amount - one.fee
        wanted = Wanted(name, money, gateway.currency, destination=one.destination)
        try:
            reference = await gateway.start_payout(wanted)
        except Declined as declined:
            await self._decide(one, withdrawals.FAILED, now, note=str(declined))
        except Unavailable:
            await self._later(one, now)
        else:
            await self._decide(one, withdrawals.SENT, now, reference=reference)

    async def _decide(self, one: Withdrawal, status: str, now: Micros, **changes: Any) -> None:
        def rows(connection: Connection) -> Move | None:
            row = withdrawals.find(connection, one.id)
            if row is None or row.status != withdrawals.APPROVED:
                return None  # the provider's callback was faster
            return withdrawals.decide(connection, row, status, now, **changes)[1]

        result = await self._gateway.submit(None, rows)
        assert not isinstance(result, Reject), "what is on hold can always go back"

    async def _later(self, one: Withdrawal, now: Micros) -> None:
        wait = min(_FIRST_WAIT << min(one.tries, 20), _LONGEST_WAIT)

        def rows(connection: Connection) -> None:
            row = withdrawals.find(connection, one.id)
            if row is not None and row.status == withdrawals.APPROVED:
                withdrawals.change(connection, row, tries=row.tries + 1, due_at=now + wait)

        await self._gateway.submit(None, rows)
