"""How times are printed: RFC 3339 in UTC, with the decimals that the moment needs."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from presage.units import SECOND, Micros

LATEST: Final = 253_402_300_799 * SECOND
"""The last second that has a four-digit year; what is later prints as this."""


_MINUTE: Final = 60 * SECOND
_SECONDS: Final = tuple(f"{second:02}" for second in range(60))
_REMEMBERED: Final = 4_096


def rfc3339(at: Micros) -> str:
    """`1781159353157000` -> `"2026-06-11T06:29:13.157Z"`."""
    minute, rest = divmod(min(at, LATEST), _MINUTE)
    second, micros = divmod(rest, SECOND)
    if micros:
        return f"{_minute(minute)}{_SECONDS[second]}.{micros:06}".rstrip("0") + "Z"
    return f"{_minute(minute)}{_SECONDS[second]}Z"


@lru_cache(maxsize=_REMEMBERED)
def _minute(minute: int) -> str:
    """`2026-06-11T06:29:` of a minute since the epoch."""
    return datetime.fromtimestamp(minute * 60, UTC).isoformat()[:17]
