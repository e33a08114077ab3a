"""API keys that operators make and revoke for members."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from presage.api.admin.errors import invalid, not_found, refusal
from presage.api.admin.read import member_of
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.signatures import InvalidPublicKey, generate_key_pair, load_public_key
from presage.api.site import alerts
from presage.domain.ids import MemberId, account_id
from presage.identity import api_keys, subtraders
from presage.identity.api_keys import MAX_KEYS, ApiKey, TooManyKeys, UnknownKey
from presage.identity.members import Member
from presage.identity.records import KeyRecord
from presage.identity.uuids import uuid7
from presage.units import Micros
from presage.wire.admin import members as wire

EVERYTHING = ("read", "write")


class Pair(NamedTuple):
    """A new key pair in PEM."""

    private: str
    public: str


async def make_pair() -> Pair:
    """In another thread: it takes a while."""
    return Pair(*await asyncio.to_thread(generate_key_pair))


def new_key(
    at: Micros,
    member: MemberId,
    name: str,
    public_key_pem: str,
    scopes: tuple[str, ...] = EVERYTHING,
    subaccount: int | None = None,
) -> ApiKey:
    """A key as its row will be."""
    return ApiKey(uuid7(at), member, name, public_key_pem, scopes, subaccount, at)


async def create_key(call: Call[None, wire.CreateKey]) -> wire.KeyDone:
    """Give a member a key; a pair made here is shown once, in this answer."""
    body, member = call.body, await member_of(call)
    scopes = tuple(dict.fromkeys(body.scopes))
    if "write" in scopes and "read" not in scopes:
        raise invalid(call, "scopes", "write can only be granted together with read")
    if body.subaccount and not services_of(call).accounts.find(
        account_id(member.number, body.subaccount)
    ):
        raise invalid(call, "subaccount", "the member has no such subaccount")
    private, public = "", (body.public_key or "").strip()
    if public:
        _check(call, public)
    else:
        private, public = await make_pair()
    # As a key that its FCM makes: it trades for the subtrader and manages nothing.
    subaccount = 0 if member.role == subtraders.SUBTRADER else body.subaccount
    key = new_key(call.at, member.number, body.name, public, scopes, subaccount)

    def then(connection: Any, _: int) -> None:
        api_keys.add(connection, key)
        alerts.key_made(connection, call.at, key.member, key.name)

    try:
        written = await write(call, "key.create", key.id, then)
    except TooManyKeys:
        sentence = f"a member has at most {MAX_KEYS} keys"
        raise refusal(call, 409, "limit_reached", sentence) from None
    let_in(call, member, key)
    return wire.KeyDone(
        seq=written.seq,
        audit_id=written.audit_id,
        member_id=member.id,
        key=shown(key, private),
    )


async def delete_key(call: Call[None, wire.DeleteKey]) -> wire.KeyDone:
    """Revoke a key, for good."""
    services, id = services_of(call), call.path["key_id"]
    record = services.keys.find(id)
    if record is None:
        raise not_found(call, "key", id)
    if id == call.caller.key_id:
        raise refusal(call, 409, "own_key", "a key cannot revoke itself")

    def then(connection: Any, _: int) -> None:
        api_keys.revoke(connection, record.member, id, call.at)

    try:
        written = await write(call, "key.revoke", id, then)
    except UnknownKey:
        raise not_found(call, "key", id) from None
    services.keys.drop(id)
    key = wire.Key(id=id, name="", scopes=sorted(record.scopes), subaccount=record.subaccount)
    return wire.KeyDone(
        seq=written.seq, audit_id=written.audit_id, member_id=record.user_id, key=key
    )


def let_in(call: AnyCall, member: Member, key: ApiKey) -> None:
    """A committed key works from the next call on."""
    services_of(call).keys.put(
        KeyRecord(
            key.id,
            member.number,
            member.id,
            key.public_key_pem,
            frozenset(key.scopes),
            key.subaccount,
            member.role,
        )
    )


def shown(key: ApiKey, private: str = "") -> wire.Key:
    """A key as answers print it."""
    return wire.Key(
        id=key.id,
        name=key.name,
        scopes=list(key.scopes),
        subaccount=key.subaccount,
        private_key=private,
    )


def _check(call: AnyCall, pem: str) -> None:
    try:
        load_public_key(pem)
    except InvalidPublicKey as error:
        raise invalid(call, "public_key", str(error)) from None
