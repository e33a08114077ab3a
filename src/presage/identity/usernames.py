"""Which usernames can be, and how one is made for who has none: never from the email.

It decides form and reserved words; whether a name is free is the rows' business.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from typing import Final

FORM: Final = re.compile(r"[a-z0-9_]{3,20}")
_RESERVED_TEXT: Final = """
about account accounts admin administrator api app auth avatar badge badges challenge challenges
contact developers event events everyone exchange flags help home house kalshi leaderboard login
logout market markets me media mod moderator news nobody null operator orders portfolio posts
presage privacy register root search security settings signup staff support system terms
tournament tournaments trader trending undefined user users www
"""
RESERVED: Final = frozenset(_RESERVED_TEXT.split())
_PREFIX: Final = re.compile(
    r"(?:evt|opt|trd|ord|pos|usr|pst|cmt|rep|chl|sug|dsp|trn|ntf|whk|msg|cpy|dep|wdr|note)_"
)
_LONGEST_BASE: Final = 14
_DEFAULT: Final = "trader"


def is_allowed(name: str) -> bool:
    """Has it the form of a username, and does it look like nothing else?"""
    return bool(FORM.fullmatch(name)) and name not in RESERVED and not _PREFIX.match(name)


def generate(words: str, is_free: Callable[[str], bool]) -> str:
    """A free username from words such as a first and a last name."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "", plain)[:_LONGEST_BASE]
    if len(base) < 3:
        base = _DEFAULT
    digits = 3
    while True:
        name = f"{base}{secrets.randbelow(10**digits):0{digits}d}"
        if is_free(name):
            return name
        digits = min(6, digits + 1)
