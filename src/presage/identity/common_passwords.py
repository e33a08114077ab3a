"""Passwords that everybody tries first: well-known ones, and whatever follows a pattern."""

from __future__ import annotations

import re
from typing import Final

_WORDS_TEXT: Final = """
password passw0rd p@ssw0rd p@ssword pa55word pass1234 passport qwertyui qwerty12 qwerty123
qwertyuiop 1q2w3e4r 1qaz2wsx zaq12wsx asdfghjk asdfghjkl zxcvbnm1 q1w2e3r4 1q2w3e4r5t iloveyou
iloveyou1 sunshine princess football baseball basketball superman batman123 starwars trustno1
letmein1 letmein123 welcome1 welcome123 admin123 admin1234 administrator monkey123 dragon123
shadow123 master123 michael1 jennifer jordan23 liverpool chelsea1 arsenal1 whatever computer
internet samsung1 google123 facebook linkedin charlie1 changeme changeme1 default1 secret123
test1234 testtest guest123 user1234 root1234 abc12345 abcd1234 a1b2c3d4 aa123456 hello123
hello1234 mustang1 corvette maverick butterfly chocolate blink182 pokemon1 minecraft fortnite
naruto123 cheese123 flower123 summer2024 summer2025 winter2024 winter2025 spring2025 autumn2025
january1 monday123 cookie123 killer123 freedom1 ninja123 azerty123 motdepasse passwort schatz123
contrasena kalshi123 presage1 trading1 bitcoin1 ethereum dogecoin
"""
_WORDS: Final = frozenset(_WORDS_TEXT.split())
_RUNS: Final = ("0123456789012345", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_TAIL: Final = re.compile(r"[\d!@#$%.?*_-]*$")


def is_common(password: str) -> bool:
    """Would it be among the first that somebody tries?"""
    plain = password.casefold()
    base = _TAIL.sub("", plain)
    if plain in _WORDS or base in _WORDS or len(set(plain)) <= 2:
        return True
    if any(plain in run or plain in run[::-1] for run in _RUNS):
        return True
    half = plain[: len(plain) // 2]
    return len(half) >= 3 and half * 2 == plain and (half in _WORDS or half.isdigit())
