"""What people type, made even: trimmed, NFC, without control characters; and moments of time."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from presage.api.site.errors import invalid
from presage.units import Micros

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HIDDEN: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing: a name could pretend to be another."""


def clean(text: str, field: str, *, low: int = 0, high: int, lines: bool = False) -> str:
    """A text as it is kept, `low` to `high` characters long. Newlines only with `lines`.

    Raises: Refusal naming the field.
    """
    even = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    for mark in even:
        if mark == "\n" and lines:
            continue
        if mark in _TURNS or unicodedata.category(mark) in _HIDDEN:
            raise invalid(field, "must not hold control characters")
    if not low <= len(even) <= high:
        between = f"{low} to {high}" if low else f"at most {high}"
        raise invalid(field, f"must have {between} characters")
    return even


@lru_cache(maxsize=8_192)  # what opens and closes is printed again and again
def printed(at: Micros) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-06-01T12:00:00.000Z`."""
    moment = _EPOCH + timedelta(microseconds=at)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1_000:03d}Z"


def maybe_printed(at: Micros) -> str | None:
    """The same; 0 is no moment."""
    return printed(at) if at else None


def moment(text: str, field: str) -> Micros:
    """A moment that a request names; it must say its offset from UTC. Raises: Refusal."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or "T" not in text.upper() or len(text) > 40:
        raise invalid(field, "must be a moment such as 2026-06-01T12:00:00Z")
    if parsed.tzinfo is None:
        raise invalid(field, "must say its offset from UTC, such as Z")
    try:
        return (parsed - _EPOCH) // timedelta(microseconds=1)
    except OverflowError:
        raise invalid(field, "is out of range") from None
