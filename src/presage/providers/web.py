"""Asks servers that the operator has named: one request, bounded in bytes and in seconds.

It runs in a task of whoever asks, so the event loop never waits for it; what is read and understood
is the adapters' business. Addresses that members name do not come here: they need a guard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx2

MAX_BYTES: Final = 2 << 20
SECONDS: Final = 8.0
MAX_REDIRECTS: Final = 3
_AGENT: Final = "presage"
_OK: Final = 200


class Unavailable(Exception):
    """A provider did not answer, or not in a way that can be understood. The text names no
    address: keys may be in it."""


class Web:
    """One pool of connections for all providers."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._client: httpx2.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        redirects: bool = True,
    ) -> bytes:
        """What stands at an address. Raises: Unavailable."""
        return await self._ask("GET", url, params, headers, None, redirects)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer to a body; a key in it goes nowhere else. Raises: Unavailable."""
        return await self._ask("POST", url, None, headers, body, False)

    async def close(self) -> None:
        """Let go of all connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _ask(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        redirects: bool,
    ) -> bytes:
        client = await self._opened()
        try:
            async with asyncio.timeout(self._seconds):
                # Not compressed: a few bytes could become more than there is memory.
                sent = {"accept-encoding": "identity", **(headers or {})}
                request = client.build_request(
                    method, url, params=params, headers=sent, content=content
                )
                response = await client.send(request, stream=True, follow_redirects=redirects)
                try:
                    return await _read(response)
                finally:
                    await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            raise Unavailable(type(error).__name__) from None

    async def _opened(self) -> httpx2.AsyncClient:
        async with self._opening:
            if self._client is None:
                # In a thread: reading the certificates takes longer than an order may wait.
                self._client = await asyncio.to_thread(_client)
        return self._client


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        headers={"user-agent": _AGENT}, max_redirects=MAX_REDIRECTS, timeout=SECONDS
    )


async def _read(response: httpx2.Response) -> bytes:
    """The body, if it is one. Raises: Unavailable."""
    if response.status_code != _OK:
        raise Unavailable(f"status {response.status_code}")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unavailable("compressed, though that was not asked for")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise Unavailable(f"more than {MAX_BYTES} bytes")
    return bytes(body)
