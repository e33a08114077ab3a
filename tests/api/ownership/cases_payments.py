"""Withdrawals are nobody else's business; ways to pay are everybody's."""

from __future__ import annotations

from typing import Final

from tests.api.ownership.matrix import Case, owned, public
from tests.api.ownership.parties import Party
from tests.api.site.paying import withdraw
from tests.api.site.world import World

_DESTINATION: Final = {"account": "of the matrix"}


def gateway(world: World, party: Party) -> str:
    for flag in ("deposits", "withdrawals"):
        world.set(flag, True)
    world.set("DEPOSITS_PER_DAY", 0)
    world.set("MAX_OPEN_WITHDRAWALS", 100)
    return "manual"


def withdrawal(world: World, party: Party) -> str:
    gateway(world, party)
    return str(withdraw(party.site, 100)["id"])


CASES: Final[dict[str, Case]] = {
    "CancelWithdrawal": owned(withdrawal),
    "CreateDeposit": public(gateway, where="body", name="gatewayId", body={"amountCents": 100}),
    "CreateWithdrawal": public(
        gateway,
        where="body",
        name="gatewayId",
        body={"amountCents": 100, "destination": _DESTINATION},
    ),
    # Nobody here is a provider: a callback without a signature does not count.
    "ReceiveCallback": public(gateway, success=401),
}
