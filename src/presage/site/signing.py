"""The headers of a message to a member's URL, signed as Standard Webhooks says.

`v1,` and the base64 of HMAC-SHA256 over id, time of this try and the very bytes that are sent; one
such signature for each secret that is in force. It keeps no secret.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
AGENT: Final = "presage-webhooks/1"
_BYTES: Final = 32


def new_secret() -> str:
    """A new one, as its owner gets it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(with_secrets: Sequence[str], id: str, seconds: int, body: bytes) -> dict[str, str]:
    """What goes with `body`; `id` is the message's and stays the same at every try."""
    signed = b"%s.%d." % (id.encode(), seconds) + body
    signatures = (_signature(secret, signed) for secret in with_secrets)
    return {
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signatures),
    }


def purpose(webhook: str) -> str:
    """What the secret of an endpoint is sealed for."""
    return f"webhook {webhook}"


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
