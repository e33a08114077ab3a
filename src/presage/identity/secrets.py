"""Secrets as they are kept: keyed digests for what is only compared, ciphers for what is used.

All keys come from the data directory's secret, one for each purpose, so that a database alone is
worth nothing to whoever steals it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
KEY_PREFIX: Final = "pred_"
_RANDOM: Final = 34
_CHECK: Final = 6
_NONCE: Final = 12


class Sealer:
    """Digests and ciphers under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._pepper = self._key("tokens")
        self._cipher = AESGCM(self._key("cipher"))

    def _key(self, purpose: str) -> bytes:
        return hashlib.blake2b(purpose.encode(), key=self._secret, digest_size=32).digest()

    def digest(self, token: str) -> bytes:
        """What is kept of a token: SHA-256 keyed with the pepper."""
        return hmac.digest(self._pepper, token.encode(), "sha256")

    def csrf(self, session: str) -> str:
        """The word that a browser session sends along with what it changes."""
        return _text(hmac.digest(self._key("csrf"), session.encode(), "sha256"))

    def seal(self, text: str, purpose: str) -> bytes:
        """A secret that has to be used again, enciphered."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """The secret again. Raises: cryptography's InvalidTag when it is damaged."""
        nonce, rest = sealed[:_NONCE], sealed[_NONCE:]
        return self._cipher.decrypt(nonce, rest, purpose.encode()).decode()


def new_token() -> str:
    """256 random bits as text."""
    return _text(secrets.token_bytes(32))


def new_api_key() -> str:
    """`pred_`, 34 random characters, and 6 that check them."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(_RANDOM))
    return KEY_PREFIX + drawn + _check(drawn)


def derived_api_key(secret: bytes, purpose: str) -> str:
    """A key that who knows the directory's secret can make again, for the seats of an install."""
    stream = hashlib.blake2b(purpose.encode(), key=secret, digest_size=64).digest()
    number, digits = int.from_bytes(stream, "big"), []
    for _ in range(_RANDOM):
        number, digit = divmod(number, len(LETTERS))
        digits.append(LETTERS[digit])
    drawn = "".join(digits)
    return KEY_PREFIX + drawn + _check(drawn)


def is_api_key(text: str) -> bool:
    """Has a text the form of a key, and are its last characters those that belong to it?"""
    body = text.removeprefix(KEY_PREFIX)
    if body == text or len(body) != _RANDOM + _CHECK or not body.isascii():
        return False
    return _check(body[:_RANDOM]) == body[_RANDOM:]


def _check(drawn: str) -> str:
    number = int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:8], "big")
    digits = []
    for _ in range(_CHECK):
        number, digit = divmod(number, len(LETTERS))
        digits.append(LETTERS[digit])
    return "".join(digits)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
