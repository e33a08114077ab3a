"""RSA-PSS request signatures: which public keys are good enough, and whether a signature fits.

The signed text is timestamp (ms), method and path, joined without separators; the hash is SHA-256
and the salt 32 bytes. It decides nothing about clocks, replays or rights. Verification releases
the interpreter lock and touches no shared state, so it may run in any thread.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

MIN_BITS: Final = 2_048
MAX_BITS: Final = 4_096
EXPONENT: Final = 65_537
MAX_PEM: Final = 4_096
_MAX_SIGNATURE_TEXT: Final = 1_024
_CACHED_KEYS: Final = 4_096

_HASH = hashes.SHA256()
_PADDING = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


class InvalidPublicKey(ValueError):
    """The PEM text is not a public key this exchange accepts; the text says why."""


@lru_cache(maxsize=_CACHED_KEYS)
def load_public_key(pem: str) -> rsa.RSAPublicKey:
    """A PKCS #1 or SubjectPublicKeyInfo PEM as a key: RSA, 2048 to 4096 bits, exponent 65537.

    Raises InvalidPublicKey.
    """
    text = pem.strip()
    if len(text) > MAX_PEM or not text.isascii():
        raise InvalidPublicKey(f"a public key is ASCII text of at most {MAX_PEM} characters")
    if "PRIVATE KEY" in text:
        raise InvalidPublicKey("this is a private key; send the public half and keep this secret")
    if not (text.startswith("-----BEGIN ") and text.endswith("-----") and text.count("---B") == 1):
        raise InvalidPublicKey("expected exactly one PEM block and nothing else")
    try:
        key = serialization.load_pem_public_key(text.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidPublicKey("the PEM block does not hold a readable public key") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidPublicKey("only RSA keys are accepted")
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise InvalidPublicKey(f"an RSA key has {MIN_BITS} to {MAX_BITS} bits")
    if key.public_numbers().e != EXPONENT:
        raise InvalidPublicKey(f"the public exponent must be {EXPONENT}")
    return key


def decode_signature(text: bytes) -> bytes | None:
    """Strict standard base64, or None."""
    if not text or len(text) > _MAX_SIGNATURE_TEXT:
        return None
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None


def signed_text(timestamp: str, method: str, path: str) -> bytes:
    """What a request's signature covers. `path` is as received, without the query."""
    return (timestamp + method + path).encode("latin-1")


def verify(key: rsa.RSAPublicKey, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is this key's signature of `text`."""
    try:
        key.verify(signature, text, _PADDING, _HASH)
    except InvalidSignature:
        return False
    return True


def sign(key: rsa.RSAPrivateKey, timestamp: str, method: str, path: str) -> str:
    """The base64 signature that a client sends."""
    signature = key.sign(signed_text(timestamp, method, path), _PADDING, _HASH)
    return base64.b64encode(signature).decode("ascii")


def generate_key_pair(bits: int = MIN_BITS) -> tuple[str, str]:
    """A new key pair: private PKCS #8 PEM and public PEM, both as text."""
    key = rsa.generate_private_key(public_exponent=EXPONENT, key_size=bits)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode("ascii"), public.decode("ascii")
