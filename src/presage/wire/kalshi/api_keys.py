"""API keys as Kalshi's API spells them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.kalshi.orders import Subaccount

ApiKeyScope = Literal[
    "read",
    "write",
    "read::block_trade_accept",
    "read::portfolio_balance",
    "write::trade",
    "write::transfer",
    "write::block_trade_accept",
]
KeyName = Annotated[str, Meta(min_length=1, max_length=128)]
Scopes = Annotated[list[ApiKeyScope], Meta(min_length=1, max_length=7)]


class CreateApiKeyRequest(msgspec.Struct, kw_only=True):
    """`public_key` is an RSA key in PEM; without scopes the key may do everything. Only FCMs bind
    keys to a subtrader, and such a key is that subtrader's and trades for nobody else."""

    name: KeyName
    public_key: str
    scopes: Scopes | None = None
    subaccount: Subaccount | None = None
    fcm_subtrader_id: str | None = None


class CreateApiKeyResponse(msgspec.Struct):
    api_key_id: str


class GenerateApiKeyRequest(msgspec.Struct, kw_only=True):
    name: KeyName
    scopes: Scopes | None = None
    subaccount: Subaccount | None = None
    fcm_subtrader_id: str | None = None


class GenerateApiKeyResponse(msgspec.Struct):
    """The private half is shown here and nowhere else."""

    api_key_id: str
    private_key: str


class ApiKey(msgspec.Struct, kw_only=True):
    api_key_id: str
    name: str
    scopes: list[str]
    subaccount: int | UnsetType = UNSET
    fcm_subtrader_id: str | UnsetType = UNSET


class GetApiKeysResponse(msgspec.Struct):
    api_keys: list[ApiKey]
