"""Authentication: the clock window, the three headers, replays, and what a scope grants."""

from __future__ import annotations

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from presage.api import auth as auth_module
from presage.api import signatures
from presage.api.auth import Caller, ReplayCache, SignatureAuth, require_operator, require_scope
from presage.api.faults import Fault
from presage.api.kalshi.errors import render
from presage.identity.records import KeyRecord
from tests.api.asking import request
from tests.api.keys import pair

NOW_MS = 1_781_159_351_000
KEY_ID = "0f0e2c0a-52b2-4c9e-9a0a-6f3f5a8f1b11"
PATH = "/trade-api/v2/portfolio/balance"


class Wall:
    """The real clock in microseconds, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW_MS * 1_000

    def __call__(self) -> int:
        return self.now


def record(**changes: Any) -> KeyRecord:
    scopes = frozenset({"read", "write"})
    return msgspec.structs.replace(
        KeyRecord(KEY_ID, 7, "user-7", pair()[1], scopes, 3, "member"), **changes
    )


def door(found: KeyRecord | None = None, wall: Wall | None = None, **more: Any) -> SignatureAuth:
    known = found or record()
    started_at = more.pop("started_at", (NOW_MS - 60_000) * 1_000)
    return SignatureAuth(
        lambda key_id: known if key_id == known.key_id else None,
        wall or Wall(),
        started_at,
        **more,
    )


def headers(
    method: str = "GET", path: str = PATH, timestamp: str = str(NOW_MS)
) -> dict[bytes, bytes]:
    return {
        b"kalshi-access-key": KEY_ID.encode(),
        b"kalshi-access-timestamp": timestamp.encode(),
        b"kalshi-access-signature": signatures.sign(pair()[0], timestamp, method, path).encode(),
    }


def call(
    auth: SignatureAuth, sent: dict[bytes, bytes], method: str = "GET", target: str = PATH
) -> Caller:
    return asyncio.run(auth.authenticate(request(method, target, tuple(sent.items()))))


def refusal(auth: SignatureAuth, sent: dict[bytes, bytes], method: str = "GET") -> Any:
    with pytest.raises(Fault) as caught:
        call(auth, sent, method)
    assert caught.value.status == 401
    return json.loads(msgspec.json.encode(render(caught.value, "GetBalance")))["error"]


BAD_SIGNATURE = {
    "code": "authentication_error",
    "message": "authentication_error",
    "details": "INCORRECT_API_KEY_SIGNATURE",
}
UNKNOWN_KEY = {
    "code": "authentication_error",
    "message": "authentication_error",
    "details": "NOT_FOUND",
}
EXPIRED = {"code": "header_timestamp_expired", "message": "header timestamp expired"}


def test_a_signed_request_has_a_caller() -> None:
    caller = call(door(), headers())
    assert caller == Caller(7, "user-7", KEY_ID, frozenset({"read", "write"}), 3, "member")


def test_the_query_is_not_signed() -> None:
    assert call(door(), headers(), target=PATH + "?limit=1").member == 7
    signed_with_query = headers(path=PATH + "?limit=1")
    assert refusal(door(), signed_with_query) == BAD_SIGNATURE


def test_verification_may_run_in_a_pool() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert call(door(executor=pool), headers()).member == 7
        wrong = headers(method="POST")
        assert refusal(door(executor=pool), wrong) == BAD_SIGNATURE


@pytest.mark.parametrize(
    "path",
    ["/portfolio/balance", PATH + "/", PATH.upper(), PATH.replace("/", "%2F"), PATH + "x", ""],
)
def test_another_path_is_a_bad_signature(path: str) -> None:
    assert refusal(door(), headers(path=path)) == BAD_SIGNATURE


@pytest.mark.parametrize("method", ["get", "POST", ""])
def test_another_method_is_a_bad_signature(method: str) -> None:
    assert refusal(door(), headers(method=method)) == BAD_SIGNATURE


def _signature(scheme: Any, algorithm: Any) -> bytes:
    text = signatures.signed_text(str(NOW_MS), "GET", PATH)
    return base64.b64encode(pair()[0].sign(text, scheme, algorithm))


def _pss(salt: int, algorithm: Any) -> Any:
    return padding.PSS(mgf=padding.MGF1(algorithm), salt_length=salt)


@pytest.mark.parametrize(
    "signature",
    [
        b"not base64 at all!",
        b"AAAA",
        b"=",
        b"A" * 5_000,
        _signature(padding.PKCS1v15(), hashes.SHA256()),
        _signature(_pss(0, hashes.SHA256()), hashes.SHA256()),
        _signature(_pss(64, hashes.SHA256()), hashes.SHA256()),
        _signature(_pss(20, hashes.SHA1()), hashes.SHA1()),
        _signature(_pss(32, hashes.SHA256()), hashes.SHA512()),
    ],
)
def test_signatures_of_another_make_are_bad(signature: bytes) -> None:
    sent = headers() | {b"kalshi-access-signature": signature}
    assert refusal(door(), sent) == BAD_SIGNATURE


@pytest.mark.parametrize("spoil", [lambda s: s + b"\n", lambda s: s[:9] + b"\n" + s[9:]])
def test_base64_is_strict(spoil: Any) -> None:
    sent = headers()
    sent[b"kalshi-access-signature"] = spoil(sent[b"kalshi-access-signature"])
    assert refusal(door(), sent) == BAD_SIGNATURE


def test_url_safe_base64_is_not_base64() -> None:
    # 344 characters without a single + or / are as good as impossible, ten times over.
    candidates = [headers(timestamp=str(NOW_MS + offset)) for offset in range(10)]
    sent = next(one for one in candidates if set(one[b"kalshi-access-signature"]) & set(b"+/"))
    url_safe = sent[b"kalshi-access-signature"].replace(b"+", b"-").replace(b"/", b"_")
    assert refusal(door(), sent | {b"kalshi-access-signature": url_safe}) == BAD_SIGNATURE


@pytest.mark.parametrize(
    ("skew_ms", "fine"),
    [
        (0, True),
        (-5_000, True),
        (5_000, True),
        (-20_000, True),
        (-20_001, False),
        (-30_000, False),
        (30_000, True),
        (30_001, False),
        (300_000, False),
        (-300_000, False),
    ],
)
def test_the_clock_window(skew_ms: int, fine: bool) -> None:
    sent = headers(timestamp=str(NOW_MS + skew_ms))
    if fine:
        assert call(door(), sent).member == 7
    else:
        assert refusal(door(), sent) == EXPIRED


@pytest.mark.parametrize("timestamp", [str(NOW_MS // 1_000), "0", "9" * 16])
def test_other_times_are_expired(timestamp: str) -> None:
    assert refusal(door(), headers(timestamp=timestamp)) == EXPIRED


@pytest.mark.parametrize("timestamp", ["-1", "1.5", "1e12", "abc", "9" * 30, "\xb2", " 1"])
def test_what_is_no_time_is_refused(timestamp: str) -> None:
    sent = headers() | {b"kalshi-access-timestamp": timestamp.encode("latin-1")}
    assert refusal(door(), sent)["details"] == "INVALID_HEADER_TIMESTAMP"


@pytest.mark.parametrize("name", ["key", "timestamp", "signature"])
@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_header_is_named(name: str, empty: bool) -> None:
    sent = headers()
    del sent[f"kalshi-access-{name}".encode()]
    if empty:
        sent[f"kalshi-access-{name}".encode()] = b""
    assert refusal(door(), sent) == {
        "code": f"{name}_is_missing_from_headers",
        "message": f"{name} is missing from headers",
    }


@pytest.mark.parametrize("name", ["key", "timestamp", "signature"])
def test_a_doubled_header_never_matches(name: str) -> None:
    sent = tuple(headers().items())
    again = tuple((key, value) for key, value in sent if key.endswith(name.encode()))
    with pytest.raises(Fault) as caught:
        asyncio.run(door().authenticate(request("GET", PATH, sent + again)))
    assert caught.value.status == 401


def test_unknown_revoked_and_foreign_keys() -> None:
    stranger = headers() | {b"kalshi-access-key": b"00000000-0000-0000-0000-000000000000"}
    assert refusal(door(), stranger) == UNKNOWN_KEY
    assert refusal(door(record(revoked=True)), headers()) == UNKNOWN_KEY
    other = signatures.generate_key_pair()[1]
    assert refusal(door(record(public_key_pem=other)), headers()) == BAD_SIGNATURE


def test_a_changed_key_counts_from_the_next_request_on() -> None:
    keys = {KEY_ID: record()}
    auth = SignatureAuth(keys.get, Wall(), 0)
    assert call(auth, headers()).scopes == {"read", "write"}
    keys[KEY_ID] = record(scopes=frozenset({"read"}), role="operator")
    caller = call(auth, headers())
    assert (set(caller.scopes), caller.role) == ({"read"}, "operator")
    keys[KEY_ID] = record(public_key_pem=signatures.generate_key_pair()[1])
    assert refusal(auth, headers()) == BAD_SIGNATURE
    del keys[KEY_ID]
    assert refusal(auth, headers()) == UNKNOWN_KEY


def test_so_many_keys_are_kept_at_hand_and_all_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth_module, "_REMEMBERED_KEYS", 2)
    ids = [f"key-{number}" for number in range(5)]
    keys = {id_: record(key_id=id_, member=number) for number, id_ in enumerate(ids)}
    auth = SignatureAuth(keys.get, Wall(), 0)
    for number, id_ in [*enumerate(ids), *enumerate(ids)]:
        assert call(auth, headers() | {b"kalshi-access-key": id_.encode()}).member == number
        assert len(auth._known) <= 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_signature_works_once(method: str) -> None:
    auth = door()
    sent = headers(method)
    assert call(auth, sent, method).member == 7
    assert refusal(auth, sent, method)["details"] == "SIGNATURE_ALREADY_USED"
    assert call(auth, headers(method), method).member == 7


def test_a_read_signature_works_while_it_is_fresh() -> None:
    wall = Wall()
    auth = door(wall=wall)
    sent = headers()
    assert call(auth, sent).member == 7
    assert call(auth, sent).member == 7
    wall.now += 20_001_000
    assert refusal(auth, sent) == EXPIRED


def test_writes_signed_before_the_start_are_refused() -> None:
    started_at = NOW_MS * 1_000 + 400
    auth = door(started_at=started_at)
    late = headers("POST", timestamp=str(NOW_MS - 1))
    assert refusal(auth, late, "POST") == EXPIRED
    assert call(auth, headers("POST"), "POST").member == 7
    assert call(auth, headers("GET", timestamp=str(NOW_MS - 1))).member == 7


def test_a_replay_is_remembered_for_a_minute_and_then_forgotten() -> None:
    cache = ReplayCache()
    start = 1_000_000_000_000
    assert cache.first_use(b"a", start)
    for second in range(1, 61):
        assert not cache.first_use(b"a", start + second * 1_000_000)
    assert cache.first_use(b"a", start + 100_000_000)


def test_memory_of_replays_is_bounded_by_time() -> None:
    cache = ReplayCache()
    for second in range(1_000):
        cache.first_use(str(second).encode(), second * 1_000_000)
    assert sum(map(len, cache._slices)) <= 80


@pytest.mark.parametrize(
    ("held", "needed", "fine"),
    [
        ({"read"}, "read", True),
        ({"read"}, "read::portfolio_balance", True),
        ({"read"}, "write", False),
        ({"write"}, "write::trade", True),
        ({"write::trade"}, "write::trade", True),
        ({"write::trade"}, "write::transfer", False),
        ({"write::trade"}, "write", False),
        ({"writer"}, "write", False),
        (set(), "read", False),
    ],
)
def test_a_parent_scope_grants_its_children(held: set[str], needed: str, fine: bool) -> None:
    caller = Caller(1, "u", "k", frozenset(held), None, "member")
    if fine:
        require_scope(caller, needed)
        return
    with pytest.raises(Fault) as caught:
        require_scope(caller, needed)
    assert caught.value.status == 403
    assert caught.value.message == f"this API key lacks the scope {needed}"


@pytest.mark.parametrize(("role", "fine"), [("operator", True), ("admin", True), ("member", False)])
def test_only_operators_operate(role: str, fine: bool) -> None:
    caller = Caller(1, "u", "k", frozenset({"read", "write"}), None, role)
    if fine:
        require_operator(caller)
        return
    with pytest.raises(Fault) as caught:
        require_operator(caller)
    assert caught.value.status == 403
