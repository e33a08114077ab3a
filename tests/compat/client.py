"""A signed HTTP client of few lines, so that tests can send what no SDK would.

Shares no code with the exchange: what it signs and sends is what the documents ask for.
"""

from __future__ import annotations

import base64
import http.client
import json
import time
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.compat.server import environment

V2: Final = "/trade-api/v2"
KEPT_SECONDS: Final = 2
"""How long an idle connection is trusted to be open still."""
_PADDING: Final = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


class Reply(NamedTuple):
    """Status, decoded JSON (None: no body), and the bytes themselves."""

    status: int
    body: Any
    raw: bytes


class Client:
    """One key and one connection. Paths begin below `prefix`."""

    def __init__(self, port: int, key_id: str, pem: str, prefix: str = V2) -> None:
        key = load_pem_private_key(pem.encode(), None)
        assert isinstance(key, RSAPrivateKey)
        self.key_id = key_id
        self.pem = pem
        self.port = port
        self._key = key
        self._prefix = prefix
        self._used = time.monotonic()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    @classmethod
    def from_file(cls, port: int, path: Path, prefix: str = V2) -> Self:
        """With the key that an env file names."""
        env = environment(path)
        pem = Path(env["KALSHI_PRIVATE_KEY_PATH"]).read_text("utf-8")
        return cls(port, env["KALSHI_API_KEY_ID"], pem, prefix)

    def headers(self, method: str, path: str, ahead_ms: int = 0) -> dict[str, str]:
        """The three headers for a path as sent, signed by a clock that is `ahead_ms` ahead."""
        timestamp = str(int(time.time() * 1_000) + ahead_ms)
        text = f"{timestamp}{method}{path.partition('?')[0]}".encode()
        signature = self._key.sign(text, _PADDING, hashes.SHA256())
        return {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-TIMESTAMP": timestamp,
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
        }

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Send exactly this, signed unless `headers` are given."""
        full = self._prefix + path
        sent = dict(self.headers(method, full) if headers is None else headers)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        if time.monotonic() - self._used > KEPT_SECONDS:
            self._connection.close()  # the server may have dropped it; the next request opens one
        self._used = time.monotonic()
        try:
            self._connection.request(method, full, body, sent)
            response = self._connection.getresponse()
            raw = response.read()
        except (http.client.HTTPException, ConnectionError):
            self._connection.close()
            raise
        return Reply(response.status, json.loads(raw) if raw else None, raw)

    def get(self, path: str) -> Any:
        """The body of a 200."""
        reply = self.send("GET", path)
        assert reply.status == 200, (path, reply)
        return reply.body

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        """Send a JSON body (None: no body)."""
        return self.send(method, path, None if body is None else json.dumps(body).encode())

    def close(self) -> None:
        self._connection.close()


def micro_dollars(text: str) -> int:
    """A printed amount as micro-dollars: `"98.0186"` -> 98_018_600."""
    whole, _, fraction = text.partition(".")
    amount = int(whole.lstrip("-")) * 1_000_000 + int(fraction.ljust(6, "0"))
    return -amount if text.startswith("-") else amount


class Member(Client):
    """A trader's side of the API, as far as many tests need it."""

    def balance(self) -> int:
        """Available cash in micro-dollars."""
        return micro_dollars(self.get("/portfolio/balance")["balance_dollars"])

    def place(self, ticker: str, side: str, price: str, count: str, **more: Any) -> Reply:
        """A v2 order; good till canceled unless said otherwise."""
        body = {
            "ticker": ticker,
            "side": side,
            "price": price,
            "count": count,
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        }
        return self.call("POST", "/portfolio/events/orders", body | more)

    def placed(self, ticker: str, side: str, price: str, count: str, **more: Any) -> Any:
        """The body of an order that must be taken."""
        reply = self.place(ticker, side, price, count, **more)
        assert reply.status == 201, reply
        return reply.body

    def cancel(self, order_id: str) -> Reply:
        return self.call("DELETE", f"/portfolio/events/orders/{order_id}")

    def order(self, order_id: str) -> Any:
        return self.get(f"/portfolio/orders/{order_id}")["order"]


class Operator(Client):
    """The operator's side."""

    def act(self, method: str, path: str, **body: Any) -> Any:
        """A write that must be taken."""
        reply = self.call(method, path, {"reason": "compat test"} | body)
        assert reply.status in (200, 201), reply
        return reply.body
