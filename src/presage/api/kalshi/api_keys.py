"""API keys: a member lists, makes and deletes its own; a deleted key fails at the next call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import UNSET

from presage.api.faults import ApiError
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.fcm import subtrader_for
from presage.api.kalshi.owned import AnyCall, primary_or, services_of
from presage.api.kalshi.rejects import invalid_parameters, refusal
from presage.api.registry import Call
from presage.api.signatures import InvalidPublicKey, generate_key_pair, load_public_key
from presage.api.site import alerts
from presage.domain.ids import MemberId
from presage.identity import api_keys, subtraders
from presage.identity.api_keys import MAX_KEYS, TooManyKeys, UnknownKey
from presage.identity.records import KeyRecord
from presage.identity.uuids import uuid7
from presage.wire.kalshi.api_keys import (
    ApiKey,
    CreateApiKeyRequest,
    CreateApiKeyResponse,
    GenerateApiKeyRequest,
    GenerateApiKeyResponse,
    GetApiKeysResponse,
)

_EVERYTHING = ("read", "write")


async def get_api_keys(call: Call[None, None]) -> GetApiKeysResponse:
    """List the caller's API keys, oldest first."""
    caller = call.caller
    keys, bound = await services_of(call).reader.run(
        lambda connection: (
            api_keys.of_member(connection, caller.member),
            subtraders.keys_of(connection, caller.user_id, caller.role),
        )
    )
    shown = [
        ApiKey(
            api_key_id=key.id,
            name=key.name,
            scopes=list(key.scopes),
            subaccount=UNSET if key.subaccount is None else key.subaccount,
        )
        for key in keys
    ]
    shown += [
        ApiKey(
            api_key_id=key.id,
            name=key.name,
            scopes=list(key.scopes),
            fcm_subtrader_id=subtrader.id,
        )
        for subtrader, key in bound
    ]
    return GetApiKeysResponse(shown)


async def create_api_key(call: Call[None, CreateApiKeyRequest]) -> CreateApiKeyResponse:
    """Register the public half of a key that the caller made."""
    body = call.body
    try:
        load_public_key(body.public_key)
    except InvalidPublicKey as error:
        raise invalid_parameters(f"public_key: {error}") from None
    pem = body.public_key.strip()
    return CreateApiKeyResponse(await _add(call, body, pem))


async def generate_api_key(call: Call[None, GenerateApiKeyRequest]) -> GenerateApiKeyResponse:
    """Make a key pair; the private half is in this answer and nowhere else."""
    _scopes(call.body.scopes)
    private, public = await asyncio.to_thread(generate_key_pair)
    return GenerateApiKeyResponse(await _add(call, call.body, public), private)


async def _add(call: AnyCall, body: CreateApiKeyRequest | GenerateApiKeyRequest, pem: str) -> str:
    """Write a key's row, let it in from now on, and return its id."""
    services = services_of(call)
    owner = await _owner(call, body)
    key = api_keys.ApiKey(
        id=uuid7(call.at),
        member=owner.member,
        name=body.name,
        public_key_pem=pem,
        scopes=_scopes(body.scopes),
        subaccount=owner.subaccount,
        created_at=call.at,
    )

    def rows(connection: Any) -> None:
        api_keys.add(connection, key)
        alerts.key_made(connection, call.at, key.member, key.name)

    try:
        await services.gateway.submit(None, rows)
    except TooManyKeys:
        raise refusal(400, "too_many_api_keys", f"a member has at most {MAX_KEYS}") from None
    scopes = frozenset(key.scopes)
    services.keys.put(
        KeyRecord(key.id, key.member, owner.user_id, pem, scopes, key.subaccount, owner.role)
    )
    return key.id


class _Owner(NamedTuple):
    """Whom a new key acts for, and with which subaccount only (None: all)."""

    member: MemberId
    user_id: str
    role: str
    subaccount: int | None


async def _owner(call: AnyCall, body: CreateApiKeyRequest | GenerateApiKeyRequest) -> _Owner:
    """The caller, or the subtrader that the key is bound to. Raises: ApiError."""
    caller = call.caller
    if body.fcm_subtrader_id is None:
        if body.subaccount is not None:
            primary_or(call, body.subaccount)
        return _Owner(caller.member, caller.user_id, caller.role, body.subaccount)
    subtrader = await subtrader_for(call, body.fcm_subtrader_id)
    if body.subaccount:
        raise invalid_parameters("subaccount and fcm_subtrader_id exclude each other")
    return _Owner(subtrader.number, subtrader.id, subtrader.role, 0)


def _scopes(wanted: Sequence[str] | None) -> tuple[str, ...]:
    """The scopes of a new key, each once. Raises: ApiError."""
    if wanted is None:
        return _EVERYTHING
    if "write" in wanted and "read" not in wanted:
        raise _write_needs_read()
    return tuple(dict.fromkeys(wanted))


def _write_needs_read() -> ApiError:
    return invalid_parameters("scopes: write can only be granted together with read")


async def delete_api_key(call: Call[None, None]) -> None:
    """Delete one of the caller's keys, for good."""
    services = services_of(call)
    caller, key_id, at = call.caller, call.path["api_key"], call.at

    def revoke(connection: Any) -> None:
        bound = subtraders.keys_of(connection, caller.user_id, caller.role)
        owner = next((one.number for one, key in bound if key.id == key_id), caller.member)
        api_keys.revoke(connection, owner, key_id, at)

    try:
        await services.gateway.submit(None, revoke)
    except UnknownKey:
        raise not_found() from None
    services.keys.drop(key_id)
