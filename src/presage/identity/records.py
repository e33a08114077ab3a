"""What the rest of the program sees of a stored API key.

This module decides only the shape. It never reads a row, never parses a key and never checks a
signature: the rows live beside it, the cryptography lives at the door.
"""

from __future__ import annotations

import msgspec


class KeyRecord(msgspec.Struct, frozen=True):
    """One API key as the door needs it.

    `subaccount` is the only subaccount the key may use, or None for all of them. `role` is the
    role of the owner ("member", "admin" or "operator"). A revoked key stays on record so that its
    id is never given out again.
    """

    key_id: str
    member: int
    user_id: str
    public_key_pem: str
    scopes: frozenset[str]
    subaccount: int | None = None
    role: str = "member"
    revoked: bool = False
