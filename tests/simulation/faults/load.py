"""Clients that place and cancel orders as fast as they can, and remember every answer.

Their requests are signed ahead, so that the exchange and not the signing is what waits.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.compat.client import V2, Member
from tests.simulation.faults.inspection import Orders
from tests.simulation.faults.template import MARKET
from tests.simulation.kill import GONE

ORDERS: Final = "/portfolio/events/orders"
CANCELS: Final = 0.25
SEATS: Final = ("one", "two")


@dataclass
class Answers:
    """What all clients were told. Names are client order ids."""

    accepted: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    canceled: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    @property
    def acks(self) -> int:
        return len(self.accepted) + len(self.canceled)

    def compare(self, kept: Orders) -> tuple[list[str], list[str], list[str]]:
        """(lost, doubled, everything else that is wrong) in what the exchange has kept."""
        lost = kept.lost(self.accepted)
        lost += [f"cancel of {name}" for name in self.canceled - kept.canceled]
        wrong = [f"{name} was refused and is there" for name in self.refused & kept.times.keys()]
        return lost, kept.doubled(), wrong + self.odd


class Load:
    """`clients` connections, each of which sends `requests` requests at most."""

    def __init__(
        self, port: int, data: Path, clients: int, requests: int, seed: int, prefix: str = "c"
    ) -> None:
        self.answers = Answers()
        self._clients = [
            _Client(port, data, f"{prefix}{n}", SEATS[n % 2], requests, seed, self.answers)
            for n in range(clients)
        ]
        self._threads = [threading.Thread(target=one.run, daemon=True) for one in self._clients]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> Answers:
        """Wait until every client is through or cut off."""
        for thread in self._threads:
            thread.join()
        return self.answers


class _Client:
    def __init__(
        self,
        port: int,
        data: Path,
        name: str,
        seat: str,
        requests: int,
        seed: int,
        answers: Answers,
    ) -> None:
        self._member = Member.from_file(port, data / "members" / f"{seat}.env")
        self._name = name
        self._random = Random(f"{seed}/{name}")
        self._answers = answers
        self._resting: list[tuple[str, str]] = []
        self._signed = [self._member.headers("POST", V2 + ORDERS) for _ in range(requests)]

    def run(self) -> None:
        try:
            for number, headers in enumerate(self._signed):
                if self._resting and self._random.random() < CANCELS:
                    self._cancel(*self._resting.pop())
                self._place(f"{self._name}-{number}", headers)
        except GONE:
            pass
        finally:
            self._member.close()

    def _place(self, name: str, headers: dict[str, str]) -> None:
        random, answers = self._random, self._answers
        wish = {
            "ticker": MARKET,
            "side": random.choice(("bid", "ask")),
            "price": f"0.{random.randint(45, 55)}00",
            "count": f"{random.randint(1, 3)}.00",
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
            "client_order_id": name,
        }
        answers.unknown.add(name)
        reply = self._send("POST", ORDERS, json.dumps(wish).encode(), headers)
        if reply.status == 201:
            answers.accepted[name] = reply.body["order_id"]
            if reply.body["remaining_count"] != "0.00":
                self._resting.append((reply.body["order_id"], name))
        elif reply.status < 500:
            answers.refused.add(name)
        if reply.status < 500:
            answers.unknown.discard(name)

    def _cancel(self, order: str, name: str) -> None:
        reply = self._send("DELETE", f"{ORDERS}/{order}", None, None)
        if reply.status == 200:
            self._answers.canceled.add(name)

    def _send(self, method: str, path: str, body: bytes | None, headers: Any) -> Any:
        started = time.monotonic()
        answers = self._answers
        try:
            reply = self._member.send(method, path, body, headers)
        except ValueError as error:
            answers.odd.append(f"{method} {path} was answered without JSON: {error!r}")
            raise OSError from error
        answers.seconds.append(time.monotonic() - started)
        answers.statuses[reply.status] += 1
        if reply.status not in (200, 201, 404, 409, 503):
            answers.odd.append(f"{method} {path} was answered {reply.status}: {reply.raw[:200]!r}")
        return reply
