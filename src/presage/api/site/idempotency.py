"""The same call twice has one effect and one answer: calls that carry an Idempotency-Key.

The key is spent by the writer together with the effect (`Call.once`), so the effect comes once
whatever happens. The answer is kept for a day beside it; when a crash left none, the handler runs
again and builds it from the entry that its submission made the first time (`writing.py`).
"""

from __future__ import annotations

import re
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from presage.api import http
from presage.api.http import Answer
from presage.api.site.errors import refuse, try_again
from presage.gateway import Gateway, Reader
from presage.site import replies
from presage.site.replies import KeptReply
from presage.units import Micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from presage.api.site.guard import Visit

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_REPLAYED: Final = ((b"idempotency-replayed", b"true"),)
_DIGITS: Final = 16

_canonical = msgspec.json.Encoder(order="deterministic").encode


class Idempotency:
    """Keeps and finds answers; knows which calls are being worked on."""

    def __init__(self, gateway: Gateway, reader: Reader, clock: Callable[[], Micros]) -> None:
        self._gateway = gateway
        self._reader = reader
        self._clock = clock
        self._working: set[tuple[str, str]] = set()

    async def recall(self, visit: Visit, data: bytes) -> Answer | None:
        """The kept answer, or None: then the call is this one's to work on. Raises: Refusal."""
        key = visit.request.header(b"idempotency-key")
        if not key:
            return None
        if not _KEY.fullmatch(key):
            raise refuse(
                "validation_failed",
                "Idempotency-Key: must have 1 to 255 printable ASCII characters",
                "Idempotency-Key",
            )
        route = f"{visit.operation.id}:{visit.request.raw_path}"
        scope = f"site:{visit.caller.member}:{route}"
        fingerprint = _fingerprint(data)
        if (scope, key) in self._working:
            sentence = "The first call with this key is still being worked on."
            raise try_again("idempotency_in_progress", sentence, 1)
        self._working.add((scope, key))
        visit.once = (scope, key)
        visit.fingerprint = fingerprint
        now = self._clock()
        kept = await self._reader.run(lambda rows: replies.find(rows, scope, key, now))
        if kept is None:
            return None
        if kept.fingerprint != fingerprint:
            self.release(visit)
            raise refuse("idempotency_mismatch", "This key was used for another request.")
        if not kept.status:
            return None  # the effect is there: the handler finds it and answers again
        self.release(visit)
        headers = http.fixed_headers(kept.content_type.encode(), private=True, shared=False)
        return kept.status, kept.body, headers + _REPLAYED

    async def remember(self, visit: Visit, answer: Answer) -> None:
        """Keep what was answered, unless it says to try again."""
        status, body, headers = answer
        if visit.once is None or status >= 500 or status == 429:
            return
        assert isinstance(body, bytes), "a stream is not answered again"
        scope, key = visit.once
        content_type = dict(headers).get(b"content-type", http.JSON).decode()
        kept = KeptReply(scope, key, visit.fingerprint, self._clock(), status, content_type, body)

        def rows(connection: Any) -> None:
            replies.put(connection, kept)

        await self._gateway.submit(None, rows)

    def release(self, visit: Visit) -> None:
        """The call is not being worked on any more."""
        if visit.once is not None:
            self._working.discard(visit.once)
            visit.once = None


def _even(value: Any) -> Any:
    """With 10 for 10.0, as the door reads it."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _even(one) for name, one in value.items()}
        case list():
            return [_even(one) for one in value]
    return value


def _fingerprint(data: bytes) -> bytes:
    """Of what a body says, however it is spelled."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        data = _canonical(_even(msgspec.json.decode(data))) if data else b""
    return blake2b(data, digest_size=_DIGITS).digest()
