"""How ids look outside: the exchange's integers enciphered into UUID text, and back.

One AES block holds the id, its kind and zeros, so ids are unguessable, need no table, and a text
that this exchange did not make does not decipher. It never decides whether a thing exists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_TEXT = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}"
)
_ID_BYTES: Final = 8
_DIGITS: Final = 32
_MAX_ID: Final = 1 << 63


class Kind(IntEnum):
    """What an id names. The numbers are in ids that clients keep: never renumber, only append."""

    ORDER = 1
    TRADE = 2
    GROUP = 3
    TRANSFER = 4
    SETTLEMENT = 5
    MARKET = 6
    RFQ = 7
    QUOTE = 8
    BLOCK_TRADE = 9
    COMMUNICATIONS = 10
    LOCK = 20
    POSITION = 21


_TAILS: Final = {kind: bytes([kind]) + bytes(7) for kind in Kind}


def _tail(kind: Kind, owner: int) -> bytes:
    return bytes([kind]) + owner.to_bytes(7, "big")


class IdCipher:
    """Enciphers ids under one 16-byte key. For one thread: the cipher contexts are reused."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 16:
            raise ValueError("an id key has 16 bytes")
        # ECB of a single block is the bare block cipher: a permutation of 128-bit numbers.
        cipher = Cipher(algorithms.AES(key), modes.ECB())
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def text(self, number: int, kind: Kind, owner: int = 0) -> str:
        """The UUID text of an id (0 <= number < 2**63), or of what one owner has of it."""
        assert 0 <= number < _MAX_ID, "an id is a positive 63-bit number"
        tail = _TAILS[kind] if not owner else _tail(kind, owner)
        digits = self._encrypt(number.to_bytes(_ID_BYTES, "big") + tail).hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def texts(self, numbers: Sequence[int], kind: Kind) -> list[str]:
        """The UUID texts of several ids, enciphered in one go."""
        if not numbers:
            return []
        assert 0 <= min(numbers) <= max(numbers) < _MAX_ID, "an id is a positive 63-bit number"
        tail = _TAILS[kind]
        blocks = b"".join([number.to_bytes(_ID_BYTES, "big") + tail for number in numbers])
        digits = self._encrypt(blocks).hex()
        return [
            f"{digits[at : at + 8]}-{digits[at + 8 : at + 12]}-{digits[at + 12 : at + 16]}-"
            f"{digits[at + 16 : at + 20]}-{digits[at + 20 : at + 32]}"
            for at in range(0, len(digits), _DIGITS)
        ]

    def number(self, text: str, kind: Kind, owner: int = 0) -> int | None:
        """The id behind UUID text or its 32 hex digits; None if it is not an id of this kind, or
        another owner's."""
        if _TEXT.fullmatch(text) is None:
            return None
        block = self._decrypt(bytes.fromhex(text.replace("-", "")))
        if block[_ID_BYTES:] != (_TAILS[kind] if not owner else _tail(kind, owner)):
            return None
        number = int.from_bytes(block[:_ID_BYTES], "big")
        return number if number < _MAX_ID else None
