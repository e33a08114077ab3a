"""How times are printed: RFC 3339 in UTC, with the decimals that the moment needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from presage.units import SECOND, Micros

LATEST: Final = 253_402_300_799 * SECOND
"""The last second that has a four-digit year; what is later prints as this."""


def rfc3339(at: Micros) -> str:
    """`1781159353157000` -> `"2026-06-11T06:29:13.157Z"`."""
    seconds, micros = divmod(min(at, LATEST), SECOND)
    text = datetime.fromtimestamp(seconds, UTC).isoformat()[:19]
    return f"{text}.{micros:06d}".rstrip("0") + "Z" if micros else text + "Z"
