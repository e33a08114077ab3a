"""The status of members: who may be closed, and when."""

from __future__ import annotations

import pytest

from presage.domain import commands as c
from presage.domain.ids import account_id
from presage.domain.rejects import Code
from tests.engine.exchange import Exchange


@pytest.mark.parametrize("subaccount", [0, 1])
def test_who_leaves_holds_nothing(subaccount: int) -> None:
    """Decided in its turn: a fill that came a moment before is seen."""
    exchange = Exchange()
    leaving = c.SetMemberStatus(1, "closed", if_flat=True)
    if subaccount:
        exchange.do(c.OpenAccount(1))
        there = f"cash:{account_id(1, subaccount)}"
        exchange.move(f"cash:{account_id(1)}", there, exchange.free(1))
    exchange.order(c.PlaceOrder(account_id(1, subaccount), 1, 0, 5_000, 100))
    exchange.ask(2)
    assert exchange.refused(leaving) is Code.POSITIONS_OPEN
    exchange.do(c.SetMemberStatus(1, "suspended"))  # operators may stop anybody
    exchange.do(c.SetMemberStatus(1, "active"))
    exchange.order(c.PlaceOrder(account_id(1, subaccount), 1, 1, 5_000, 100))
    exchange.bid(2)
    exchange.do(leaving)
