"""Looks every ten minutes whether the ledger is as it must be, and says so when it is not."""

from __future__ import annotations

from typing import Final

from presage.gateway import Gateway, check_ledger
from presage.units import SECOND, Micros

EVERY: Final = 600 * SECOND
_TOLD: Final = 5


class Unsound(Exception):
    """The ledger is not as it must be."""


class LedgerCheck:
    """Adds the ledger up anew; what is not as it must be becomes the chore's error, which the
    overview shows. It repairs nothing."""

    name = "ledger-check"

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def step(self, now: Micros) -> None:
        """Look once. Raises: Unsound."""
        found = await check_ledger(self._gateway)
        if found.problems:
            raise Unsound("; ".join(found.problems[:_TOLD]))
