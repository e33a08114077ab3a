"""A whole exchange in one process, called as its operator and its members call it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from presage.api import signatures
from presage.app import datadir, envfile
from presage.app.build import Running, build
from presage.app.settings import Settings
from presage.units import SECOND
from tests.api.asking import JSON_TYPE, Answer, ask, request

T = TypeVar("T")

START = 1_780_000_000 * SECOND
DAY = 24 * 3_600


class Person:
    """A key that signs requests."""

    def __init__(self, key_id: str, private: str) -> None:
        self.key_id = key_id
        self._key = _private_key(private)

    @classmethod
    def from_env(cls, path: Path) -> Person:
        values = envfile.parse(path.read_text())
        return cls(values[envfile.KEY_ID], Path(values[envfile.KEY_FILE]).read_text())

    def sign(self, method: str, path: str) -> tuple[tuple[bytes, bytes], ...]:
        stamp = str(time.time_ns() // 1_000_000)
        signature = signatures.sign(self._key, stamp, method, path)
        return (
            (b"kalshi-access-key", self.key_id.encode()),
            (b"kalshi-access-timestamp", stamp.encode()),
            (b"kalshi-access-signature", signature.encode()),
        )


@cache
def _private_key(pem: str) -> RSAPrivateKey:
    """Read once: checking a key takes longer than a restart."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


class World:
    """The running exchange; `now` is its clock, in microseconds."""

    def __init__(self, directory: Path, now: int = START) -> None:
        self.now = now
        self.data = directory
        self._runner = asyncio.Runner()
        self.running = self.do(self._open())
        self.operator = Person.from_env(directory / "operator.env")
        self.one = Person.from_env(directory / "members" / "one.env")
        self.two = Person.from_env(directory / "members" / "two.env")

    async def _open(self) -> Running:
        settings = Settings(data=self.data, content="none")
        datadir.make(self.data)
        running = await build(settings, clock=lambda: self.now)
        await datadir.furnish(running.services, settings)
        running.services.site.settings.put("REQUESTS_PER_MINUTE", 0)  # strangers come in dozens
        return running

    def restarted(self) -> World:
        """The same exchange in another process, a moment later."""
        self.close()
        return World(self.data, self.now)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def close(self) -> None:
        self.do(self.running.close())
        self._runner.close()

    def call(self, method: str, target: str, body: Any = None, who: Person | None = None) -> Answer:
        """One signed request; a body that is not bytes is sent as JSON."""
        signer = who or self.operator
        headers = signer.sign(method, target.partition("?")[0])
        return self.send(method, target, body, headers)

    def send(
        self, method: str, target: str, body: Any, headers: tuple[tuple[bytes, bytes], ...]
    ) -> Answer:
        data = body if isinstance(body, bytes) else b"" if body is None else _encode(body)
        asked = request(method, target, (*headers, JSON_TYPE), data)
        return self.do(ask(self.running.door, asked))

    # What most tests do

    def admin(self, method: str, path: str, **body: Any) -> Any:
        """A request of the operator that must succeed; its answer."""
        wanted = None if method == "GET" else {"reason": "a test", **body}
        answer = self.call(method, f"/api/admin{path}", wanted)
        assert answer.status in (200, 201), answer.body
        return answer.json

    def refused(self, method: str, path: str, **body: Any) -> tuple[int, str]:
        """Status and code of a request of the operator that must fail."""
        wanted = None if method == "GET" else {"reason": "a test", **body}
        answer = self.call(method, f"/api/admin{path}", wanted)
        assert answer.status >= 400, answer.body
        assert answer.json["error"].endswith(".")
        return answer.status, answer.json["code"]

    def list_market(self, ticker: str = "RAIN-1", **market: Any) -> str:
        """A series, an event and a market in it that is open for a day."""
        event = market.pop("event", {})
        self.admin("POST", "/series", ticker=f"{ticker}-S", title="Rain")
        self.admin(
            "POST", "/events", event_ticker=f"{ticker}-E", series_ticker=f"{ticker}-S", **event
        )
        return self.add_market(ticker, f"{ticker}-E", **market)

    def add_market(self, ticker: str, event: str, **market: Any) -> str:
        close = market.pop("close_time", rfc3339(self.now // SECOND + DAY))
        self.admin(
            "POST", "/markets", ticker=ticker, event_ticker=event, close_time=close, **market
        )
        return ticker

    def order(self, who: Person, ticker: str, side: str, price: str, count: str = "10.00") -> str:
        """Place an order on the trading API; its id."""
        body = {
            "ticker": ticker,
            "side": side,
            "price": price,
            "count": count,
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        }
        answer = self.call("POST", "/trade-api/v2/portfolio/events/orders", body, who)
        assert answer.status == 201, answer.body
        return str(answer.json["order_id"])

    def balance(self, who: Person) -> int:
        """Cents."""
        return int(self.call("GET", "/trade-api/v2/portfolio/balance", None, who).json["balance"])


def rfc3339(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _encode(body: Any) -> bytes:
    return json.dumps(body).encode()
