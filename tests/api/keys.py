"""One RSA key pair for all the tests of the door: making one takes long."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from presage.api import signatures


@cache
def pair() -> tuple[RSAPrivateKey, str]:
    """The private key and the public PEM."""
    private, public = signatures.generate_key_pair()
    key = load_pem_private_key(private.encode("ascii"), None)
    assert isinstance(key, RSAPrivateKey)
    return key, public
