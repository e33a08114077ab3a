"""A payment provider behind HTTP: its pages take the member's money, its callbacks say so.

We POST to `<url>/deposits` and `<url>/payouts` with a Bearer key and our id as Idempotency-Key, and
are told what became of it by callbacks signed the Standard Webhooks way. What is sent and expected
is in docs/operate/payments.md.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal

import httpx2
import msgspec

from presage.payments.gateways import (
    Action,
    Declined,
    Field,
    Mode,
    NotGenuine,
    Told,
    Unavailable,
    Wanted,
)
from presage.units import CENT

SECONDS: Final = 10.0
MAX_REPLY: Final = 64 << 10
OLDEST: Final = 300
"""Seconds that a callback's timestamp may be off."""
_AT_ONCE: Final = 4
_WAITING: Final = 32
_TEXT: Final = 500
_PAYEE: Final = (
    Field("account", "Account to pay to"),
    Field("name", "Name of its holder", required=False),
)
_ACCEPTED: Final = (200, 201, 202)
_REFUSED: Final = (400, 402, 403, 404, 409, 422)


class _Reply(msgspec.Struct, rename="camel"):
    reference: str = ""
    url: str = ""
    reason: str = ""


class _Data(msgspec.Struct, rename="camel"):
    id: str
    amount_cents: int
    currency: str
    reason: str = ""


class _Callback(msgspec.Struct):
    type: Literal["deposit.paid", "deposit.failed", "payout.paid", "payout.failed"]
    data: _Data


class _AnyCallback(msgspec.Struct):
    type: str


class Hosted:
    """`url`, `key` and `secret` (`whsec_` and base64) are what the provider gave to the
    operator."""

    id = "hosted"
    automatic = True

    def __init__(
        self,
        url: str,
        key: str,
        secret: str,
        *,
        label: str = "Pay online",
        currency: str = "USD",
    ) -> None:
        self.label = label
        self.currency = currency
        self._url = url.rstrip("/")
        self._key = key
        self._secret = secret_bytes(secret)
        self._client = httpx2.Client(timeout=SECONDS, follow_redirects=False, trust_env=False)
        # Its own threads: a provider that is slow holds nobody up but those who pay.
        self._threads = ThreadPoolExecutor(_AT_ONCE, "payments")
        self._waiting = 0

    def fields(self, mode: Mode) -> tuple[Field, ...]:
        return _PAYEE if mode == "withdrawal" else ()

    async def start_deposit(self, wanted: Wanted) -> Action:
        body = {"returnUrl": wanted.return_url, **_asked(wanted)}
        reply = await self._post("deposits", wanted.id, body)
        if not reply.url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise Unavailable("the answer names no page to pay on")
        return Action("REDIRECT", url=reply.url, reference=reply.reference[:_TEXT])

    async def start_payout(self, wanted: Wanted) -> str:
        body = {"destination": dict(wanted.destination), **_asked(wanted)}
        return (await self._post("payouts", wanted.id, body)).reference[:_TEXT]

    def read_callback(self, headers: Mapping[bytes, bytes], body: bytes, now: int) -> Told | None:
        self._check_signature(headers, body, now)
        try:
            told = msgspec.json.decode(body, type=_Callback)
        except (msgspec.DecodeError, UnicodeDecodeError):
            try:
                msgspec.json.decode(body, type=_AnyCallback)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise NotGenuine("the body is no callback") from None
            return None
        kind, _, result = told.type.partition(".")
        return Told(
            mode="deposit" if kind == "deposit" else "withdrawal",
            id=told.data.id,
            result="paid" if result == "paid" else "failed",
            amount=told.data.amount_cents * CENT,
            currency=told.data.currency,
            note=told.data.reason[:_TEXT],
        )

    def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _check_signature(self, headers: Mapping[bytes, bytes], body: bytes, now: int) -> None:
        name = headers.get(b"webhook-id", b"")
        stamp = headers.get(b"webhook-timestamp", b"")
        if not name or not stamp.isdigit() or len(stamp) > 12:
            raise NotGenuine("it lacks webhook-id or webhook-timestamp")
        if abs(int(stamp) - now) > OLDEST:
            raise NotGenuine("its timestamp is not of now")
        text = b"%b.%b.%b" % (name, stamp, body)
        wanted = base64.b64encode(hmac.digest(self._secret, text, hashlib.sha256))
        offered = headers.get(b"webhook-signature", b"").split()
        fits = [hmac.compare_digest(b"v1," + wanted, one) for one in offered[:8]]
        if not any(fits):
            raise NotGenuine("its signature is wrong")

    async def _post(self, path: str, id: str, body: object) -> _Reply:
        if self._waiting >= _WAITING:
            raise Unavailable("too many payments are being begun")
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._send, path, id, body)
        finally:
            self._waiting -= 1

    def _send(self, path: str, id: str, body: object) -> _Reply:
        """In a thread of the pool. Raises: Unavailable, Declined."""
        headers = {
            "authorization": f"Bearer {self._key}",
            "content-type": "application/json",
            "idempotency-key": id,
            "accept-encoding": "identity",
        }
        url, data = f"{self._url}/{path}", msgspec.json.encode(body)
        try:
            with self._client.stream("POST", url, content=data, headers=headers) as answer:
                status, text = answer.status_code, _text(answer)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unavailable(type(error).__name__) from None
        if status in _ACCEPTED:
            return _read(text)
        if status in _REFUSED:
            try:
                reason = _read(text).reason
            except Unavailable:
                reason = ""
            raise Declined(reason[:_TEXT] or "the provider refused it")
        raise Unavailable(f"status {status}")


def secret_bytes(text: str) -> bytes:
    """What callbacks are signed with. Raises: ValueError."""
    try:
        found = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        found = b""
    if len(found) < 16:
        raise ValueError("a callback secret is whsec_ and the base64 of 16 bytes or more")
    return found


def _asked(wanted: Wanted) -> dict[str, object]:
    cents = wanted.amount // CENT
    return {"id": wanted.id, "amountCents": cents, "currency": wanted.currency}


def _text(answer: httpx2.Response) -> bytes:
    found = bytearray()
    for chunk in answer.iter_raw():
        found += chunk
        if len(found) > MAX_REPLY:
            raise Unavailable("the answer is too long")
    return bytes(found)


def _read(text: bytes) -> _Reply:
    try:
        return msgspec.json.decode(text, type=_Reply)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unavailable("an answer that cannot be read") from None
