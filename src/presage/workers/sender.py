"""Sends what is queued for members' URLs: all endpoints at once, and none of them too much.

Four tries at a time and ten a second for one endpoint (one at a time while it fails), so that a
slow one delays nobody but itself. At least once: a try is written down after it was made, and made
again, under the same id, when the process ended in between. When is decided in `site/attempts.py`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection

from presage.gateway import Busy, Gateway, Reader
from presage.identity.secrets import Sealer
from presage.site import attempts, deliveries, signing, webhooks
from presage.site.attempts import JITTER, Attempt
from presage.site.deliveries import Delivery, Message
from presage.site.outgoing import Failed, NotAllowed, Received
from presage.site.webhooks import Subscribers, Webhook
from presage.units import SECOND, Micros

EVERY: Final[Micros] = SECOND // 4
IN_FLIGHT: Final = 256
"""Tries at a time, to all endpoints together."""
PER_ENDPOINT: Final = 4
PER_SECOND: Final = 10
_LOOK: Final = 0.25
"""Seconds after which it looks for more while tries are under way."""
_WRITTEN_TOGETHER: Final = 50
_PATIENCE: Final = 0.2

_log = structlog.get_logger(__name__)

Post = Callable[[str, str, dict[str, str], bytes], Awaitable[Received]]
"""Method, URL, headers, body. Raises: NotAllowed, Failed."""


class Try(NamedTuple):
    """One delivery on its way; `message` None: it is not kept any more."""

    webhook: Webhook
    delivery: Delivery
    message: Message | None


class Sender:
    """One per exchange: let it `step` as often as wished. `is_on` is the feature's flag."""

    def __init__(
        self,
        gateway: Gateway,
        reader: Reader,
        post: Post,
        sealer: Sealer,
        subscribers: Subscribers,
        is_on: Callable[[], bool],
        clock: Callable[[], Micros],
    ) -> None:
        self._gateway = gateway
        self._reader = reader
        self._post = post
        self._sealer = sealer
        self._subscribers = subscribers
        self._is_on = is_on
        self._clock = clock
        self._running: dict[asyncio.Task[Attempt], Try] = {}
        self._made: list[tuple[Try, Attempt]] = []
        """Tries that were made and are not written down yet."""
        self._begun: dict[str, deque[Micros]] = {}
        """When the last tries of each endpoint were begun."""

    async def step(self, now: Micros) -> None:
        """Send until nothing can be sent now and nothing is under way."""
        if not self._subscribers:
            return
        try:
            while True:
                await self._write_down()
                await self._bring_around()
                await self._begin()
                if not self._running:
                    return
                done, _ = await asyncio.wait(
                    self._running, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED
                )
                self._made += [(self._running.pop(task), task.result()) for task in done]
        except asyncio.CancelledError:  # after any other error the next step goes on with them
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            self._running.clear()
            raise

    async def _write_down(self) -> None:
        """What came of the tries."""
        while self._made:
            some = self._made[:_WRITTEN_TOGETHER]
            await self._submit(partial(_note, some=some, now=self._clock()))
            del self._made[: len(some)]

    async def _bring_around(self) -> None:
        """Queue what everybody may hear."""
        while (one := await self._reader.run(deliveries.first_round)) is not None:
            await self._submit(partial(deliveries.go_round, one=one))

    async def _submit(self, rows: Callable[[Connection], None]) -> None:
        while True:
            try:
                await self._gateway.submit(None, rows)
                return
            except Busy:  # orders go first
                await asyncio.sleep(_PATIENCE)

    async def _begin(self) -> None:
        room = IN_FLIGHT - len(self._running)
        if room <= 0 or not self._is_on():
            return
        now = self._clock()
        self._forget_old(now)
        for one in await self._reader.run(partial(self._due, now=now, room=room)):
            self._begun.setdefault(one.webhook.id, deque(maxlen=PER_SECOND)).append(now)
            self._running[asyncio.create_task(self._try(one))] = one

    def _due(self, connection: Connection, now: Micros, room: int) -> list[Try]:
        """What can be sent now; it runs in the reader's thread while this coroutine waits."""
        under_way = {one.delivery.id for one in self._running.values()}
        busy = Counter(one.webhook.id for one in self._running.values())
        found: list[Try] = []
        for webhook in webhooks.due(connection, now, IN_FLIGHT, self._full(busy, now)):
            free = min(self._room(webhook, busy[webhook.id], now), room - len(found))
            if free <= 0:
                continue
            waiting = deliveries.due(connection, webhook.id, now, free + busy[webhook.id])
            new = [one for one in waiting if one.id not in under_way][:free]
            found += [Try(webhook, one, deliveries.message(connection, one.message)) for one in new]
        return found

    def _full(self, busy: Counter[str], now: Micros) -> list[str]:
        """Endpoints that have no room whatever is waiting for them."""
        full = {id for id, count in busy.items() if count >= PER_ENDPOINT}
        return [*full, *(id for id in self._begun if id not in full and not self._rate(id, now))]

    def _room(self, webhook: Webhook, busy: int, now: Micros) -> int:
        most = PER_ENDPOINT if webhook.last_ok else 1
        return min(most - busy, self._rate(webhook.id, now))

    def _rate(self, id: str, now: Micros) -> int:
        """Tries that may be begun within this second."""
        recent = sum(1 for at in self._begun.get(id, ()) if at > now - SECOND)
        return PER_SECOND - recent

    def _forget_old(self, now: Micros) -> None:
        for id in [id for id, times in self._begun.items() if times[-1] <= now - SECOND]:
            del self._begun[id]

    async def _try(self, one: Try) -> Attempt:
        """Make one. Whatever goes wrong is what came of it."""
        begun = time.monotonic()
        answer, error = None, ""
        try:
            if one.message is None:
                raise Failed("the message is not kept any more")
            body = one.message.body.encode()
            answer = await self._post("POST", one.webhook.url, self._headers(one, body), body)
        except NotAllowed as no:
            error = f"not allowed: {no}"
        except Failed as no:
            error = str(no)
        except InvalidTag:
            error = "its secret cannot be read with this exchange's key"
        except Exception as bug:  # of one message must not keep all others from being sent
            _log.error("a webhook was not sent", delivery=one.delivery.id, exc_info=bug)
            error = "it could not be sent"
        passed = int((time.monotonic() - begun) * 1_000)
        spread = random.randint(100 - JITTER, 100 + JITTER)
        if answer is None:
            return Attempt(error=error, duration_ms=passed, spread=spread)
        return Attempt(
            status=answer.status,
            error="" if 200 <= answer.status < 300 else _complaint(answer.status),
            body=answer.body[: attempts.SNIPPET],
            retry_after=answer.headers.get("retry-after", ""),
            duration_ms=passed,
            spread=spread,
        )

    def _headers(self, one: Try, body: bytes) -> dict[str, str]:
        webhook, now = one.webhook, self._clock()
        sealed = [webhook.secret, *([webhook.old_secret] if webhook.old_until > now else [])]
        keys = [self._sealer.open(secret, signing.purpose(webhook.id)) for secret in sealed]
        id = f"msg_{one.delivery.message.replace('-', '')}"
        return signing.headers(keys, id, now // SECOND, body)


def _note(connection: Connection, some: Sequence[tuple[Try, Attempt]], now: Micros) -> None:
    for one, attempt in some:
        attempts.note(connection, one.webhook.id, one.delivery.id, attempt, now)


def _complaint(status: int) -> str:
    if 300 <= status < 400:
        return "redirects are not followed"
    return f"it answered {status}"
