"""New identifiers for rows: UUID version 7, ordered by the time of making."""

from __future__ import annotations

import secrets
import uuid

from presage.units import Micros

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM_A = (1 << 12) - 1
_RANDOM_B = (1 << 62) - 1


def uuid7(at: Micros) -> str:
    """A new UUIDv7 as text, made at `at` (microseconds; kept to the millisecond)."""
    random = secrets.randbits(74)
    high = (at // 1_000) << 80 | _VERSION_7 | (random >> 62 & _RANDOM_A) << 64
    return str(uuid.UUID(int=high | _VARIANT | random & _RANDOM_B))
