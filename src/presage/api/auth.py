"""Who is calling: three signature headers become a `Caller`, or a 401 that says what was wrong.

It decides the clock window, refuses a repeated write and checks scopes and roles. It never stores
keys (the lookup is handed in) and never decides what a caller may do with an object.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from presage.api import faults, signatures
from presage.api.http import Request
from presage.api.verifier import Verifier
from presage.identity.records import KeyRecord

MAX_AGE: Final = 20_000_000
MAX_AHEAD: Final = 30_000_000
OPERATOR_ROLES: Final = frozenset({"operator", "admin"})
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})

# A signature can be accepted for MAX_AGE + MAX_AHEAD = 50 s; it is remembered for at least 60.
_SLICE: Final = 20_000_000
_SLICES: Final = 4
_KEPT_BYTES: Final = 32

_REMEMBERED_KEYS: Final = 4_096
"""Keys whose caller and parsed public key are at hand; with one more all are forgotten."""


class Caller(msgspec.Struct, frozen=True):
    """Who a request acts for, and what its credential allows.

    `subaccount_lock` is the only subaccount the credential may name, or None for all of them.
    `kind` is SIGNATURE, API_KEY (a Bearer key) or SESSION; `key_id` then names the session, and
    `since` says when it began.
    """

    member: int
    user_id: str
    key_id: str
    scopes: frozenset[str]
    subaccount_lock: int | None
    role: str
    kind: str = "SIGNATURE"
    since: int = 0


ANONYMOUS: Final = Caller(0, "", "", frozenset(), None, "anonymous")


def require_scope(caller: Caller, scope: str) -> None:
    """Raise a 403 fault unless the caller holds `scope` or its parent (`write` covers
    `write::trade`)."""
    if scope in caller.scopes or scope.partition("::")[0] in caller.scopes:
        return
    raise faults.missing_scope(scope)


def require_operator(caller: Caller) -> None:
    """Raise a 403 fault unless the caller runs the exchange."""
    if caller.role not in OPERATOR_ROLES:
        raise faults.missing_role()


class ReplayCache:
    """The signatures already used to write, forgotten in slices of time."""

    def __init__(self) -> None:
        self._slices: deque[set[bytes]] = deque([set()], maxlen=_SLICES)
        self._until = 0

    def first_use(self, signature: bytes, now: int) -> bool:
        """Note a signature; False if it was noted before. `now` is wall time in microseconds."""
        if now >= self._until:
            self._slices.append(set())
            self._until = now + _SLICE
        # As telling as a digest: no two valid signatures end alike, and a copy always does.
        end = signature[-_KEPT_BYTES:]
        for noted in self._slices:
            if end in noted:
                return False
        self._slices[-1].add(end)
        return True


class _Known(NamedTuple):
    """What a key record comes to, worked out once."""

    record: KeyRecord
    public_key: RSAPublicKey
    caller: Caller


class SignatureAuth:
    """Authenticates signed requests.

    `find_key` looks a key id up. `wall` is the real clock in microseconds (never the exchange's:
    a frozen market must not freeze the window). Writes signed before `started_at` are refused,
    because what they already did is no longer remembered. With an `executor` signatures that come
    together are verified there, else each in its place.
    """

    def __init__(
        self,
        find_key: Callable[[str], KeyRecord | None],
        wall: Callable[[], int],
        started_at: int,
        executor: Executor | None = None,
    ) -> None:
        self._find_key = find_key
        self._wall = wall
        # Timestamps have whole milliseconds; one taken right after the start is not too old.
        self._started_at = started_at // 1_000 * 1_000
        self._verifier = None if executor is None else Verifier(executor)
        self._replays = ReplayCache()
        self._known: dict[str, _Known] = {}

    async def authenticate(self, request: Request) -> Caller:
        """The caller of a signed request or WebSocket upgrade. Raises a 401 fault."""
        headers = request.headers
        key_id = headers.get(b"kalshi-access-key")
        if not key_id:
            raise faults.missing_header("key")
        timestamp = headers.get(b"kalshi-access-timestamp")
        if not timestamp:
            raise faults.missing_header("timestamp")
        signature_text = headers.get(b"kalshi-access-signature")
        if not signature_text:
            raise faults.missing_header("signature")
        safe = request.method in _SAFE_METHODS
        now = self._wall()
        self._check_time(timestamp, now, safe)
        known = self._find(key_id.decode("latin-1"))
        signature = signatures.decode_signature(signature_text)
        if signature is None:
            raise faults.not_authenticated("INCORRECT_API_KEY_SIGNATURE")
        text = signatures.signed_text(timestamp.decode("ascii"), request.method, request.raw_path)
        if self._verifier is None:
            fits = signatures.verify(known.public_key, signature, text)
        else:
            fits = await self._verifier.verify(known.public_key, signature, text)
        if not fits:
            raise faults.not_authenticated("INCORRECT_API_KEY_SIGNATURE")
        if not safe and not self._replays.first_use(signature, now):
            raise faults.not_authenticated("SIGNATURE_ALREADY_USED")
        return known.caller

    def _check_time(self, timestamp: bytes, now: int, safe: bool) -> None:
        if not timestamp.isdigit() or len(timestamp) > 16:
            raise faults.not_authenticated("INVALID_HEADER_TIMESTAMP")
        signed_at = int(timestamp) * 1_000
        if not now - MAX_AGE <= signed_at <= now + MAX_AHEAD:
            raise faults.expired_timestamp()
        if not safe and signed_at < self._started_at:
            raise faults.expired_timestamp()

    def _find(self, key_id: str) -> _Known:
        record = self._find_key(key_id)
        if record is None or record.revoked:
            raise faults.not_authenticated("NOT_FOUND")
        known = self._known.get(key_id)
        # A record never changes; a key that did has another one.
        if known is None or known.record is not record:
            known = self._learn(record)
        return known

    def _learn(self, record: KeyRecord) -> _Known:
        caller = Caller(
            record.member,
            record.user_id,
            record.key_id,
            record.scopes,
            record.subaccount,
            record.role,
        )
        if len(self._known) >= _REMEMBERED_KEYS:
            self._known.clear()
        public_key = signatures.load_public_key(record.public_key_pem)
        known = self._known[record.key_id] = _Known(record, public_key, caller)
        return known
