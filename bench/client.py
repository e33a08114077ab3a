"""One connection of a client that waits for each answer, and orders that are sent at a fixed pace.

The loop is open: an order's latency counts from the moment at which it was to be sent, whether or
not the exchange has answered the ones before, so a stall is felt by every order that falls into it.
What the answers say is the caller's business.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, cast

from bench.load import HOST

_LENGTH: Final = b"content-length:"
LOST: Final = 0
"""The status of an answer that never came."""


class Answered(NamedTuple):
    """What came back: `LOST` and nothing when the connection ended first."""

    status: int
    body: bytes


class Client(asyncio.Protocol):
    """One request in flight."""

    def __init__(self) -> None:
        self._got = bytearray()
        self._waiting: asyncio.Future[Answered] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, request: bytes) -> asyncio.Future[Answered]:
        """Send a request; its answer."""
        self._waiting = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            self._waiting.set_result(Answered(LOST, b""))
        else:
            self._transport.write(request)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._got[:end]).lower() + b"\r\n"
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) : head.index(b"\r", at)]) if at >= 0 else 0
        if len(self._got) - end - 4 < length:
            return
        answer = Answered(int(head[9:12]), bytes(self._got[end + 4 :]))
        self._got.clear()
        self._answer(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._answer(Answered(LOST, b""))

    def _answer(self, answer: Answered) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def connect(port: int, address: str = HOST) -> Client:
    """A connection from one of the loopback's addresses."""
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(Client, HOST, port, local_addr=(address, 0)))[1]


class Pace:
    """Calls `send(number, due)` on the loop at `rate` a second, from a thread of its own: the
    loop's clock has milliseconds only. `due` is by `time.perf_counter`."""

    def __init__(self, rate: float, count: int, send: Callable[[int, float], None]) -> None:
        self._rate, self._count, self._send = rate, count, send
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Until all are sent."""
        thread = threading.Thread(target=self._tick, daemon=True)
        thread.start()
        await asyncio.to_thread(thread.join)

    def _tick(self) -> None:
        started = time.perf_counter()
        for number in range(self._count):
            due = started + number / self._rate
            while (rest := due - time.perf_counter()) > 0:
                time.sleep(rest)
            self._loop.call_soon_threadsafe(self._send, number, due)


class Offered:
    """Orders at a fixed pace over some connections: `seconds` to each 201, by when it was due,
    and what else was answered, by what it says. `late` is how much later than due the generator
    itself got to sending."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self.seconds: list[float] = []
        self.late: list[float] = []
        self.wrong: dict[str, int] = {}
        self._idle = deque(clients)
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._busy: set[asyncio.Task[None]] = set()

    async def run(self, requests: Sequence[bytes], rate: float) -> None:
        """Send all of them and wait for the last answer."""

        def send(number: int, due: float) -> None:
            self.late.append(time.perf_counter() - due)
            self._waiting.append((requests[number], due))
            if self._idle:
                task = asyncio.create_task(self._work(self._idle.popleft()))
                self._busy.add(task)
                task.add_done_callback(self._busy.discard)

        await Pace(rate, len(requests), send).run()
        while self._busy:
            await asyncio.gather(*self._busy)

    async def _work(self, client: Client) -> None:
        while self._waiting:
            request, due = self._waiting.popleft()
            answer = await client.ask(request)
            if answer.status == 201:
                self.seconds.append(time.perf_counter() - due)
            else:
                what = f"order: {answer.status} {answer.body[:120].decode(errors='replace')}"
                self.wrong[what] = self.wrong.get(what, 0) + 1
        self._idle.append(client)
