"""Opaque page cursors: where the last page ended, sealed so that nobody can steer with it.

A cursor holds keyset values and a MAC over them, the operation, the filters and the caller. It is
good for the same question asked by the same caller, nothing else; the page size may change. It
never touches a database and knows no sort order.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any, Final

import msgspec

from presage.api.faults import QueryFault
from presage.api.registry import Call

Keyset = tuple[int | str, ...]

_MAC_BYTES: Final = 12
_MAX_TEXT: Final = 1_024
_NOT_FILTERS: Final = frozenset({"cursor", "limit", "page_size"})

_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Keyset)


class Cursors:
    """Seals and opens cursors under one secret (16 to 64 bytes)."""

    def __init__(self, secret: bytes) -> None:
        if not 16 <= len(secret) <= 64:
            raise ValueError("a cursor secret has 16 to 64 bytes")
        self._secret = secret

    def seal(self, call: Call[Any, Any], keyset: Keyset) -> str:
        """The cursor of the page that follows `keyset`."""
        payload = _encode(keyset)
        sealed = payload + self._mac(call, payload)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")

    def open(
        self, call: Call[Any, Any], text: str | None, *shape: type[int] | type[str]
    ) -> Keyset | None:
        """The keyset in a cursor, or None for the first page.

        `shape` is the types the handler pages by. A cursor that is not ours, or belongs to another
        question, is a 400 QueryFault, or None where the operation has `lenient_cursor`.
        """
        if not text:
            return None
        keyset = self._unseal(call, text)
        if keyset is not None and tuple(map(type, keyset)) == shape:
            return keyset
        if call.operation.lenient_cursor:
            return None
        raise QueryFault("cursor", "this cursor does not belong to this query", "cursor")

    def _unseal(self, call: Call[Any, Any], text: str) -> Keyset | None:
        if len(text) > _MAX_TEXT or not text.isascii():
            return None
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
        except binascii.Error:
            return None
        payload, mac = sealed[:-_MAC_BYTES], sealed[-_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(call, payload)):
            return None
        return _decoder.decode(payload)

    def _mac(self, call: Call[Any, Any], payload: bytes) -> bytes:
        operation, query = call.operation, call.query
        filters = [] if query is None else _filters(query)
        # Path values choose what is listed just as filters do.
        bound = _encode([operation.id, call.caller.member, list(call.path.items()), filters])
        mac = hashlib.blake2b(key=self._secret, digest_size=_MAC_BYTES)
        mac.update(len(payload).to_bytes(4, "big"))
        mac.update(payload)
        mac.update(bound)
        return mac.digest()


def _filters(query: msgspec.Struct) -> list[tuple[str, Any]]:
    names = query.__struct_fields__
    return [(name, getattr(query, name)) for name in names if name not in _NOT_FILTERS]
