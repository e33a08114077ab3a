"""API keys: a member lists, makes and deletes its own; a deleted key fails at the next call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import UNSET

from presage.api.faults import ApiError
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.owned import AnyCall, primary_or, services_of
from presage.api.kalshi.rejects import invalid_parameters, refusal
from presage.api.registry import Call
from presage.api.signatures import InvalidPublicKey, generate_key_pair, load_public_key
from presage.identity import api_keys
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
    member = call.caller.member
    keys = await services_of(call).reader.run(
        lambda connection: api_keys.of_member(connection, member)
    )
    return GetApiKeysResponse(
        [
            ApiKey(
                api_key_id=key.id,
                name=key.name,
                scopes=list(key.scopes),
                subaccount=UNSET if key.subaccount is None else key.subaccount,
            )
            for key in keys
        ]
    )


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
    if body.subaccount is not None:
        primary_or(call, body.subaccount)
    caller = call.caller
    key = api_keys.ApiKey(
        id=uuid7(call.at),
        member=caller.member,
        name=body.name,
        public_key_pem=pem,
        scopes=_scopes(body.scopes),
        subaccount=body.subaccount,
        created_at=call.at,
    )
    try:
        await services.gateway.submit(None, lambda connection: api_keys.add(connection, key))
    except TooManyKeys:
        raise refusal(400, "too_many_api_keys", f"a member has at most {MAX_KEYS}") from None
    scopes = frozenset(key.scopes)
    services.keys.put(
        KeyRecord(key.id, key.member, caller.user_id, pem, scopes, key.subaccount, caller.role)
    )
    return key.id


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
    member, key_id, at = call.caller.member, call.path["api_key"], call.at
    try:
        await services.gateway.submit(
            None, lambda connection: api_keys.revoke(connection, member, key_id, at)
        )
    except UnknownKey:
        raise not_found() from None
    services.keys.drop(key_id)
