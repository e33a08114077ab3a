"""How events are named in addresses and tickers: letters and digits made from a title or a label.

Pure text. Whether a name is still free is the caller's to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import count
from typing import Final

MAX_SLUG: Final = 80
MIN_SLUG: Final = 3
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RESERVED: Final = frozenset({"by-slug"})
_TICKER_PART: Final = 40
_CODE: Final = 12
_SERIES: Final = 30


def is_slug(text: str) -> bool:
    """May an event be called so?"""
    long_enough = MIN_SLUG <= len(text) <= MAX_SLUG
    return long_enough and text not in _RESERVED and _SLUG.fullmatch(text) is not None


def plain(text: str) -> str:
    """Lower case without accents: what a search and a slug are made of."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in parts if not unicodedata.combining(mark))


def slug_of(text: str, otherwise: str = "event") -> str:
    """A slug for a title; `otherwise` where the title has no letter of ours."""
    words = re.findall(r"[a-z0-9]+", plain(text).replace("'", ""))
    slug = "-".join(words)[:MAX_SLUG].strip("-")
    if len(slug) < MIN_SLUG:
        slug = f"{otherwise}-{slug}".strip("-")
    return slug if is_slug(slug) else f"{slug}-event"


def same(label: str) -> str:
    """What labels are compared by: two that print alike are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold()).strip()


def ticker_of(series: str, slug: str) -> str:
    """An event's ticker where nobody chose one."""
    tail = re.sub(r"[^A-Z0-9-]", "", slug.upper())[:_TICKER_PART].strip("-")
    return f"{series[: 63 - len(tail)]}-{tail}"


def code_of(label: str) -> str:
    """The end of an option's ticker."""
    return re.sub(r"[^A-Z0-9]", "", plain(label).upper())[:_CODE] or "OPT"


def series_of(category: str) -> str:
    """The series that holds a category's events where nobody names one."""
    return f"KX{re.sub(r'[^A-Z0-9]', '', plain(category).upper())[:_SERIES] or 'MISC'}"


def free(name: str, is_taken: Callable[[str], bool], most: int = MAX_SLUG) -> str:
    """The name, or the name with -2, -3 ... behind it, that nobody has; no longer than `most`."""
    if not is_taken(name):
        return name
    for number in count(2):
        tail = f"-{number}"
        made = name[: most - len(tail)].rstrip("-") + tail
        if not is_taken(made):
            return made
    raise AssertionError("numbers do not end")
