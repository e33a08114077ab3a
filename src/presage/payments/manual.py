"""Payments by hand: the member pays as the instructions say, and an administrator looks whether
the money has come. Payouts are made by hand too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from presage.payments.gateways import Action, Field, Mode, NotGenuine, Told, Wanted

_PAYEE: Final = (
    Field("account", "Account to pay to"),
    Field("name", "Name of its holder", required=False),
)


class Manual:
    """`instructions` says what members are told to do, as it is set now."""

    id = "manual"
    label = "By hand"
    currency = "USD"
    automatic = False

    def __init__(self, instructions: Callable[[], str]) -> None:
        self._instructions = instructions

    def fields(self, mode: Mode) -> tuple[Field, ...]:
        return _PAYEE if mode == "withdrawal" else ()

    async def start_deposit(self, wanted: Wanted) -> Action:
        text = self._instructions()
        name = wanted.id.partition("_")[2][-12:].upper()
        return Action("INSTRUCTIONS", text=f"{text} Reference: {name}".strip(), reference=name)

    async def start_payout(self, wanted: Wanted) -> str:
        raise AssertionError("nobody hands a payout to nobody")

    def read_callback(self, headers: Mapping[bytes, bytes], body: bytes, now: int) -> Told | None:
        raise NotGenuine("this gateway has no callbacks")
