"""How times are printed: RFC 3339 in UTC, with the decimals that the moment needs."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from presage.units import SECOND, Micros

LATEST: Final = 253_402_300_799 * SECOND
"""The last second that has a four-digit year; what is later prints as this."""


_HOUR: Final = 3_600
_REMEMBERED: Final = 4_096


@lru_cache(maxsize=_REMEMBERED)
def rfc3339(at: Micros) -> str:
    """`1781159353157000` -> `"2026-06-11T06:29:13.157Z"`."""
    seconds, micros = divmod(min(at, LATEST), SECOND)
    hour, second = divmod(seconds, _HOUR)
    text = f"{_hour(hour)}{second // 60:02}:{second % 60:02}"
    return f"{text}.{micros:06}".rstrip("0") + "Z" if micros else text + "Z"


@lru_cache(maxsize=_REMEMBERED)
def _hour(hour: int) -> str:
    """`2026-06-11T06:` of an hour since the epoch."""
    return datetime.fromtimestamp(hour * _HOUR, UTC).isoformat()[:14]
