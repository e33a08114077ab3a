"""Requests that the exchange makes to addresses which others have named: bounded and guarded.

A name is resolved once for each request, every address it has must be public, and the connection
goes to an address that was checked: a name that changes in between changes nothing. No redirect is
followed, no proxy of the environment used, no cookie kept, no connection kept open. Whoever asks
decides what is sent and what an answer means.

`Outgoing.send` runs in a task of its own, so that a door may await it.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpcore2

from presage.site import addresses
from presage.site.addresses import Address, Network

LONGEST_URL: Final = 2_048
TIMEOUT: Final = 15.0
"""Seconds for a whole request."""
CONNECT: Final = 5.0
"""Of them for looking the name up, and again for connecting."""
MOST: Final = 65_536
"""Bytes of an answer's body that are read."""
_LOOKUPS: Final = 16
_LOWEST_PORT: Final = 1_024
_HIGHEST_PORT: Final = 65_535
_PORTS: Final = {"https": 443, "http": 80}
_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""All addresses of a name. Raises: OSError when there are none."""


class NotAllowed(Exception):
    """The exchange does not connect there; the text says why."""


class Failed(Exception):
    """No answer came: no address, no connection, not in time, or not HTTP. The text says which."""


class Rules(NamedTuple):
    """`own` are names of the exchange itself, `networks` private ones that are allowed."""

    http: bool = False
    networks: tuple[Network, ...] = ()
    own: frozenset[str] = frozenset()


class Place(NamedTuple):
    """Where a URL leads, as far as its text says; `target` is its path with the query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def named(self) -> str:
        """Host and port as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Received(NamedTuple):
    """`body` holds at most as many bytes as were asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def read_url(url: str, rules: Rules) -> Place:
    """Where it leads. Raises: NotAllowed, for whatever can be seen without looking anything up."""
    if len(url) > LONGEST_URL:
        raise NotAllowed(f"it has more than {LONGEST_URL} characters")
    if not url.isascii() or any(mark <= " " or mark == "\x7f" or mark == "\\" for mark in url):
        raise NotAllowed("it holds characters that must be escaped")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise NotAllowed("it is no URL") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and rules.http):
        raise NotAllowed("it must begin with https://")
    if "@" in parts.netloc:
        raise NotAllowed("it must not hold a user or a password")
    if not host:
        raise NotAllowed("it names no host")
    if port is None:
        port = _PORTS[parts.scheme]
    elif port != _PORTS[parts.scheme] and not _LOWEST_PORT <= port <= _HIGHEST_PORT:
        raise NotAllowed(f"the port must be {_PORTS[parts.scheme]}, or {_LOWEST_PORT} or above")
    host = host.removesuffix(".")
    literal = addresses.read(host)
    if literal is None and not _NAME.fullmatch(host):
        raise NotAllowed("its host is no name")
    if host in rules.own or host.endswith(".localhost"):
        raise NotAllowed("it is this exchange itself")
    if literal is not None and not addresses.is_allowed(literal, rules.networks):
        raise NotAllowed("it is no public address")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, target)


class Outgoing:
    """One per exchange. `rules` is asked anew for every request; `resolve` and `trust` are the
    system's own unless a test brings others."""

    def __init__(
        self,
        rules: Callable[[], Rules],
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._rules = rules
        self._resolve = resolve or self._look_up
        self._trust = trust
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(_LOOKUPS, "lookup")
        self._looking: dict[tuple[str, int], asyncio.Task[Sequence[str]]] = {}

    async def check(self, url: str) -> None:
        """Would a request be let out now? A name that nobody knows yet is nothing to refuse.

        Raises: NotAllowed.
        """
        try:
            await asyncio.create_task(self._addresses(read_url(url, self._rules())))
        except Failed:
            return

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        most: int = MOST,
    ) -> Received:
        """Ask once. Raises: NotAllowed, Failed."""
        return await asyncio.create_task(self._send(method, url, headers, body, most))

    def close(self) -> None:
        """No more lookups."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, most: int
    ) -> Received:
        place = read_url(url, self._rules())
        try:
            async with asyncio.timeout(self._timeout):
                checked = await self._addresses(place)
                return await self._ask(method, place, checked, headers, body, most)
        except TimeoutError:
            raise Failed(f"no answer within {self._timeout:g} seconds") from None

    async def _addresses(self, place: Place) -> list[Address]:
        """The addresses of a place, all of them allowed. Raises: NotAllowed, Failed."""
        literal = addresses.read(place.host)
        if literal is not None:
            return [addresses.meant(literal)]  # it was looked at with the URL
        try:
            async with asyncio.timeout(min(CONNECT, self._timeout)):
                texts = await self._looked_up(place)
        except TimeoutError:
            raise Failed("its name could not be resolved in time") from None
        except (OSError, UnicodeError):
            raise Failed("its name cannot be resolved") from None
        found = [addresses.read(text) for text in texts]
        networks = self._rules().networks
        known = [one for one in found if one is not None and addresses.is_allowed(one, networks)]
        if len(known) < len(found):
            raise NotAllowed("its name leads to an address that is not public")
        if not known:
            raise Failed("its name has no address")
        return [addresses.meant(one) for one in known]

    async def _looked_up(self, place: Place) -> Sequence[str]:
        """Those who ask for one name at the same time share the answer, and a thread."""
        key = place.host, place.port
        task = self._looking.get(key)
        if task is None:
            task = asyncio.ensure_future(self._resolve(*key))
            self._looking[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    def _forget(self, key: tuple[str, int], done: asyncio.Task[Sequence[str]]) -> None:
        del self._looking[key]
        if not done.cancelled():
            done.exception()  # whoever had asked may have gone

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _system_addresses, host, port)

    async def _ask(
        self,
        method: str,
        place: Place,
        checked: Sequence[Address],
        headers: Mapping[str, str],
        body: bytes,
        most: int,
    ) -> Received:
        if self._trust is None:
            # All certificates of the system are read: long enough to hold orders up.
            self._trust = await asyncio.to_thread(ssl.create_default_context)
        pool = httpcore2.AsyncConnectionPool(
            ssl_context=self._trust,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_Straight(checked),
        )
        where = httpcore2.URL(
            scheme=place.scheme, host=place.host, port=place.port, target=place.target
        )
        sent = [("host", place.named), ("accept-encoding", "identity"), *headers.items()]
        asked = pool.stream(
            method,
            where,
            headers=[*sent, ("content-length", str(len(body)))],
            content=body,
            extensions={"timeout": {"connect": CONNECT}},
        )
        try:
            async with pool, asked as answer:
                return Received(answer.status, _read(answer.headers), await _some(answer, most))
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as no:
            raise Failed(_words(no)) from None


class _Straight(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that were checked, whatever name it is given."""

    def __init__(self, checked: Sequence[Address]) -> None:
        self._checked = checked
        self._system = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore's own
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        share = None if timeout is None else timeout / len(self._checked)
        for address in self._checked[:-1]:
            try:
                return await self._system.connect_tcp(str(address), port, share)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._system.connect_tcp(str(self._checked[-1]), port, share)


def _system_addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _read(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("ascii").lower(): value.decode("latin-1") for name, value in headers}


async def _some(answer: httpcore2.Response, most: int) -> bytes:
    """The beginning of the body."""
    found = bytearray()
    async for part in answer.aiter_stream():
        found += part
        if len(found) >= most:
            break
    return bytes(found[:most])


def _words(error: Exception) -> str:
    kinds = {
        httpcore2.ConnectError: "no connection",
        httpcore2.ConnectTimeout: "no connection in time",
        httpcore2.ProtocolError: "what came back is not HTTP",
    }
    words = next((text for kind, text in kinds.items() if isinstance(error, kind)), "")
    return words or "the connection broke"
