"""kill -9 under load: whatever was acknowledged is there after the restart, once, and nothing else.

    python -m tests.simulation.kill --cycles 200 --seed 1

Traders with accounts of their own send orders, amends, decreases and cancels as fast as they can
while the server is killed. Each remembers what it asked and what was answered, and compares that
with the public API after the restart. A request without an answer may have happened or not, but it
must stay the one or the other, and asking again under the same name must not make a second one.
"""

from __future__ import annotations

import argparse
import http.client
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.compat.client import Member, Operator, Reply
from tests.compat.server import Server
from tests.simulation.faults.inspection import KeptOrder, kept_orders

TRADERS: Final = 4
FUNDS: Final = "100000.00"
MARKETS: Final = ("KXKILL-1-A", "KXKILL-1-B")
LOAD_SECONDS: Final = (0.01, 0.17)
IDLE_EVERY: Final = 10
"""Every so many cycles all orders are asked for through the API (in the others they are read from
the tables, which costs a tenth), and a quiet exchange is killed and must come back exactly as it
was. In between it is once stopped cleanly, so that starts have a snapshot and a tail to read."""
GONE: Final = (OSError, http.client.HTTPException)

Standing = dict[str, Any]


@dataclass
class Memory:
    """What one trader knows. Names are client order ids."""

    wishes: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unknown: dict[str, bool | None] = field(default_factory=dict)
    """Asked and never answered -> whether it was found to have happened; None: not yet known."""
    prices: dict[str, str] = field(default_factory=dict)
    """Order id -> the price that was acknowledged last, unless a later change has no answer."""
    canceled: set[str] = field(default_factory=set)


class Trader:
    """One account that asks for this and that until the server is gone, or it is `told` to stop."""

    def __init__(self, number: int, member: Member, seed: int) -> None:
        self.member = member
        self.memory = Memory()
        self.acknowledged = 0
        self.told = False
        self.problem: str = ""
        self._random = Random(f"{seed}/{number}")
        self._name = f"t{number}"
        self._open: list[tuple[str, str]] = []
        self._unanswered: list[str] = []

    def trade(self) -> None:
        """Ask until the connection breaks. Any answer that is no refusal or success is a bug."""
        self.told = False
        try:
            while not self.told:
                self._once()
        except GONE:
            self.member.close()
        except AssertionError as bug:
            self.problem = str(bug)

    def _once(self) -> None:
        if not self._open or self._random.random() < 0.55:
            self._place()
            return
        place = self._random.randrange(len(self._open))
        order, name = self._open[place]
        if self._random.random() < 0.5:
            del self._open[place]
            self._cancel(order)
        else:
            self._amend(order, self.memory.wishes[name])

    def _place(self) -> None:
        memory, random = self.memory, self._random
        name = f"{self._name}-{len(memory.wishes)}"
        wish = {
            "ticker": random.choice(MARKETS),
            "side": random.choice(("bid", "ask")),
            "price": f"0.{random.randint(40, 60)}00",
            "count": f"{random.randint(1, 9)}.00",
            "client_order_id": name,
        }
        if random.random() < 0.2:
            wish["time_in_force"] = random.choice(("immediate_or_cancel", "fill_or_kill"))
        memory.wishes[name] = wish
        memory.unknown[name] = None
        self.note_placed(name, self.member.place(**wish))

    def note_placed(self, name: str, reply: Reply) -> None:
        """What the answer to an order says."""
        memory = self.memory
        del memory.unknown[name]
        self._count(reply)
        if reply.status != 201:
            memory.refused.add(name)
            return
        order = memory.accepted[name] = reply.body["order_id"]
        memory.prices[order] = memory.wishes[name]["price"]
        if reply.body["remaining_count"] != "0.00":
            self._open.append((order, name))

    def _cancel(self, order: str) -> None:
        reply = self.member.cancel(order)
        self._count(reply)
        if reply.status == 200:
            self.memory.canceled.add(order)

    def _amend(self, order: str, wish: dict[str, Any]) -> None:
        price = f"0.{self._random.randint(40, 60)}00"
        body = {"ticker": wish["ticker"], "side": wish["side"], "price": price, "count": "9.00"}
        before = self.memory.prices.pop(order, "")
        reply = self.member.call("POST", f"/portfolio/events/orders/{order}/amend", body)
        self._count(reply)
        known = price if reply.status == 200 else before
        if known:
            self.memory.prices[order] = known

    def _count(self, reply: Reply) -> None:
        assert reply.status < 500, f"an answer that should not be: {reply}"
        self.acknowledged += 1

    # After a restart

    def compare(self, orders: list[KeptOrder]) -> list[str]:
        """What of all the account's orders is otherwise than was acknowledged."""
        memory = self.memory
        names = Counter(order.name for order in orders)
        found = {order.name: order for order in reversed(orders)}
        wrong = [f"{name} is there {times} times" for name, times in names.items() if times > 1]
        wrong += [f"{name} was refused and is there" for name in memory.refused if name in names]
        wrong += [f"{name} was never asked for" for name in names if name not in memory.wishes]
        for name, id in memory.accepted.items():
            if name not in found or found[name].id not in ("", id):
                wrong.append(f"{name} was acknowledged and is lost")
            else:
                wrong += self._differs(id, found[name])
        self._unanswered = [name for name, known in memory.unknown.items() if known is None]
        for name, happened in memory.unknown.items():
            if happened not in (None, name in names):
                wrong.append(f"{name} was {happened} and is {name in names}")
            memory.unknown[name] = name in names
        return [f"{self._name}: {what}" for what in wrong]

    def _differs(self, id: str, order: KeptOrder) -> list[str]:
        wrong = []
        if order.price != self.memory.prices.get(id, order.price):
            wrong.append(f"{order.name} stands at {order.price}")
        if id in self.memory.canceled and order.status != "canceled":
            wrong.append(f"{order.name} was canceled and is {order.status}")
        return wrong

    def ask_again(self) -> list[str]:
        """Send what was not answered this time, and one of those of earlier times, once more under
        its name: it happens once in all."""
        wrong = []
        unknown = self.memory.unknown
        again = list(self._unanswered)
        if unknown:
            again.append(self._random.choice(list(unknown)))
        for name in dict.fromkeys(again):
            reply = self.member.place(**self.memory.wishes[name])
            if unknown[name] and reply.status != 409:
                wrong.append(f"{self._name}: {name} was doubled: {reply}")
            if not unknown[name]:
                self.note_placed(name, reply)
        return wrong

    def own(self, orders: list[KeptOrder]) -> list[KeptOrder]:
        """Those of everybody's orders that are this trader's."""
        return [order for order in orders if order.name.startswith(f"{self._name}-")]

    def shown(self) -> list[KeptOrder]:
        """All orders as the API shows them."""
        return [
            KeptOrder(
                order["client_order_id"],
                order["status"],
                order["yes_price_dollars"],
                order["order_id"],
            )
            for order in self.orders()
        ]

    def orders(self) -> list[dict[str, Any]]:
        """All orders the account ever had."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.member.get(f"/portfolio/orders?limit=1000&cursor={cursor}")
            found += page["orders"]
            cursor = page.get("cursor", "")
            if not cursor:
                return found

    def standing(self) -> Standing:
        """Everything public and private that a restart must not change."""
        return {
            "balance": self.member.balance(),
            "orders": self.orders(),
            "positions": self.member.get("/portfolio/positions")["market_positions"],
            "fills": self.member.get("/portfolio/fills?limit=1000")["fills"],
        }


class Arena:
    """One exchange and its traders."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self._random = Random(seed)
        self.server.start()
        self.traders = [
            Trader(number, self._open_account(number), seed) for number in range(TRADERS)
        ]
        self._list_markets()

    def _operator(self) -> Operator:
        path = self.server.data / "operator.env"
        return Operator.from_file(self.server.port, path, "/api/admin")

    def _open_account(self, number: int) -> Member:
        operator = self._operator()
        made = operator.act(
            "POST", "/members", name=f"trader {number}", funds=FUNDS, generate_key=True
        )
        operator.close()
        return Member(self.server.port, made["key"]["id"], made["key"]["private_key"])

    def _list_markets(self) -> None:
        operator = self._operator()
        operator.act("POST", "/series", ticker="KXKILL")
        operator.act("POST", "/events", event_ticker="KXKILL-1", series_ticker="KXKILL")
        closes = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        for ticker in MARKETS:
            body = {"ticker": ticker, "event_ticker": "KXKILL-1", "close_time": closes}
            operator.act("POST", "/markets", **body)
        operator.close()

    def cycle(self, number: int) -> list[str]:
        """Load, kill, restart, compare. Returns what is wrong."""
        threads = [threading.Thread(target=trader.trade) for trader in self.traders]
        for thread in threads:
            thread.start()
        time.sleep(self._random.uniform(*LOAD_SECONDS))
        self._strike()
        for thread in threads:
            thread.join()
        wrong = [trader.problem for trader in self.traders if trader.problem]
        wrong += self._adds_up()
        whole = number % IDLE_EVERY == 0
        kept = [] if whole else kept_orders(self.server.data)
        for trader in self.traders:
            wrong += trader.compare(trader.shown() if whole else trader.own(kept))
        for trader in self.traders:
            wrong += trader.ask_again()
        if whole:
            wrong += self._kill_quietly()
        elif number % IDLE_EVERY == IDLE_EVERY // 2:
            wrong += self._stop_cleanly()
        return wrong

    def _strike(self) -> None:
        """The fault, and the start after it."""
        self.server.kill()
        self.server.start()

    def _stop_cleanly(self) -> list[str]:
        code = self.close()
        self.server.start()
        return [f"a clean stop ended with {code}"] if code else []

    def _adds_up(self) -> list[str]:
        """Books are what rests, positions cancel out, each fill has its other side."""
        wrong = []
        for market in MARKETS:
            book = self.traders[0].member.get(f"/markets/{market}/orderbook")["orderbook_fp"]
            shown = {("bid", price): _hundredths(count) for price, count in book["yes_dollars"]}
            for price, count in book["no_dollars"]:
                shown["ask", _other_side(price)] = _hundredths(count)
            if shown != self._resting(market):
                wrong.append(f"the book of {market} is not what rests")
        held: Counter[str] = Counter()
        for trader in self.traders:
            for row in trader.member.get("/portfolio/positions")["market_positions"]:
                held[row["ticker"]] += _hundredths(row["position_fp"])
        wrong += [f"the positions in {name} sum to {sum_}" for name, sum_ in held.items() if sum_]
        return wrong

    def _resting(self, market: str) -> dict[tuple[str, str], int]:
        levels: Counter[tuple[str, str]] = Counter()
        for trader in self.traders:
            query = f"/portfolio/orders?ticker={market}&status=resting&limit=1000"
            for order in trader.member.get(query)["orders"]:
                level = order["book_side"], order["yes_price_dollars"]
                levels[level] += _hundredths(order["remaining_count_fp"])
        return dict(levels)

    def _standing(self) -> Standing:
        standing: Standing = {f"trader {n}": t.standing() for n, t in enumerate(self.traders)}
        for market in MARKETS:
            standing[market] = self.traders[0].member.get(f"/markets/{market}/orderbook")
        return standing

    def _kill_quietly(self) -> list[str]:
        before = self._standing()
        for trader in self.traders:
            trader.member.close()
        self.server.kill()
        self.server.start()
        after = self._standing()
        return [f"{name} came back otherwise" for name in before if before[name] != after[name]]

    def close(self) -> int:
        """Stop cleanly; the exit code."""
        for trader in self.traders:
            trader.member.close()
        return self.server.stop()


def _hundredths(text: str) -> int:
    """`"-2.50"` -> -250."""
    return int(text.replace(".", ""))


def _other_side(price: str) -> str:
    """What YES costs where NO costs `price`: `"0.5500"` -> `"0.4500"`."""
    return f"0.{10_000 - int(price.removeprefix('0.')):04d}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.kill", description=__doc__)
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        arena = Arena(Server(Path(folder) / "data"), chosen.seed)
        try:
            for number in range(1, chosen.cycles + 1):
                wrong = arena.cycle(number)
                asked = sum(trader.acknowledged for trader in arena.traders)
                print(f"cycle {number}: {asked} acknowledged, {len(wrong)} wrong", flush=True)
                if wrong:
                    print("\n".join(wrong))
                    return 1
        finally:
            arena.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
