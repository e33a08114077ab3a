"""Twelve times kill -9 under load: nothing acknowledged is lost, doubled or changed.

The server is the very program here; `test_faults.py` kills faster ones more often.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.compat.client import Member
from tests.compat.server import Server
from tests.simulation.kill import Arena, Trader

CYCLES = 12


class Pretender(Member):
    """Says that there are these orders."""

    def __init__(self, orders: list[dict[str, Any]]) -> None:
        self._orders = orders

    def get(self, path: str) -> Any:
        return {"orders": self._orders, "cursor": ""}


def order(id: str, name: str, price: str = "0.5000", status: str = "resting") -> dict[str, Any]:
    shown = {"order_id": id, "client_order_id": name, "status": status}
    return shown | {"yes_price_dollars": price}


@pytest.mark.parametrize(
    ("orders", "finding"),
    [
        ([], "lost"),
        ([order("1", "a"), order("9", "a")], "2 times"),
        ([order("1", "a"), order("2", "b")], "refused"),
        ([order("1", "a"), order("3", "c")], "True"),
        ([order("1", "a"), order("4", "d")], "never asked"),
        ([order("1", "a", price="0.4000")], "stands at 0.4000"),
        ([order("1", "a", status="executed")], "was canceled"),
    ],
)
def test_the_comparison_sees(orders: list[dict[str, Any]], finding: str) -> None:
    trader = Trader(0, Pretender(orders), seed=1)
    memory = trader.memory
    memory.wishes.update(a={}, b={}, c={})
    memory.accepted["a"] = "1"
    memory.prices["1"] = "0.5000"
    memory.canceled.update({"1"} if "canceled" in finding else ())
    memory.refused.add("b")
    memory.unknown["c"] = False
    (found,) = trader.compare(trader.shown())
    assert finding in found


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    arena = Arena(Server(tmp_path / "data"), seed=1)
    try:
        for number in range(1, CYCLES + 1):
            assert arena.cycle(number) == [], f"cycle {number}"
    finally:
        code = arena.close()
    assert code == 0
    assert sum(trader.acknowledged for trader in arena.traders) > 100
    assert sum(len(trader.memory.canceled) for trader in arena.traders) > 5
    verified = subprocess.run(
        [sys.executable, "-m", "presage.cli.main", "verify", "--data", str(arena.server.data)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
