"""Foreign text made plain: no markup, no control characters, no more than so long."""

from __future__ import annotations

import html
import unicodedata
from typing import Final
from urllib.parse import urlsplit

import nh3

_SPACES: Final = frozenset("\t\n\r")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
MAX_RAW: Final = 20_000
"""Characters that are looked at."""


def plain(text: str, most: int, *, lines: bool = False) -> str:
    """The words of a text that may hold markup, cut at a word; newlines stay with `lines`."""
    bare = html.unescape(nh3.clean(text[:MAX_RAW], tags=set()))
    shown = "".join(
        mark if mark in _SPACES or unicodedata.category(mark) not in _HIDDEN else ""
        for mark in unicodedata.normalize("NFC", bare)
    )
    if lines:
        kept = (" ".join(line.split()) for line in shown.strip().splitlines())
        return cut("\n".join(kept), most)
    return cut(" ".join(shown.split()), most)


def cut(text: str, most: int) -> str:
    """At most so many characters, ending with a word and an ellipsis when there was more."""
    if len(text) <= most:
        return text
    start = text[: most - 1]
    whole = start.rpartition(" ")[0] or start
    return whole.rstrip() + "…"


def web_address(text: str, *, secure: bool = False, most: int = 2_000) -> str:
    """An address that a browser may be sent to, or ""."""
    address = text.strip()
    if len(address) > most or any(ord(mark) <= 0x20 or mark in "<>\"'`\\" for mark in address):
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return ""
    allowed = ("https",) if secure else ("https", "http")
    return address if parts.scheme in allowed and host and "@" not in parts.netloc else ""
