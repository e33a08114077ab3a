"""Which public keys are accepted, and that a key pair of ours signs and verifies."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from presage.api import signatures
from presage.api.signatures import InvalidPublicKey, load_public_key
from tests.api.keys import pair

PEM = serialization.Encoding.PEM
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
PKCS1 = serialization.PublicFormat.PKCS1


def pem(key: rsa.RSAPublicKey, form: serialization.PublicFormat = SPKI) -> str:
    return key.public_bytes(PEM, form).decode()


def odd_key(bits: int, exponent: int = 65_537) -> str:
    """A well-formed public key of a size or exponent that nobody should use."""
    modulus = (1 << (bits - 1)) | (1 << 7) | 1
    return pem(rsa.RSAPublicNumbers(exponent, modulus).public_key())


def test_both_public_forms_are_accepted() -> None:
    public = pair()[0].public_key()
    assert load_public_key(pem(public)).public_numbers() == public.public_numbers()
    assert load_public_key(pem(public, PKCS1)).public_numbers() == public.public_numbers()
    assert load_public_key("\n" + pem(public) + "\n \n").key_size == 2_048


def test_a_key_is_parsed_once() -> None:
    assert load_public_key(pair()[1]) is load_public_key(pair()[1])


@pytest.mark.parametrize("bits", [2_048, 3_072, 4_096])
def test_sizes_in_range(bits: int) -> None:
    assert load_public_key(odd_key(bits)).key_size == bits


def _private() -> str:
    key = pair()[0]
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(PEM, form, serialization.NoEncryption()).decode()


def _other(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> str:
    return key.public_bytes(PEM, SPKI).decode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "one PEM block"),
        ("hello", "one PEM block"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "readable"),
        ("-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----", "readable"),
        ("A" * 1_000_000, "at most"),
        ("ключ", "ASCII"),
        (_private(), "private key"),
        ("# my key\n" + pair()[1], "one PEM block"),
        (pair()[1] + pair()[1], "one PEM block"),
        (_other(ec.generate_private_key(ec.SECP256R1()).public_key()), "only RSA"),
        (_other(ed25519.Ed25519PrivateKey.generate().public_key()), "only RSA"),
        (odd_key(1_024), "2048 to 4096"),
        (odd_key(2_047), "2048 to 4096"),
        (odd_key(4_104), "2048 to 4096"),
        (odd_key(2_048, 3), "65537"),
        (odd_key(2_048, 65_539), "65537"),
    ],
)
def test_other_keys_are_refused_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(InvalidPublicKey, match=says):
        load_public_key(text)


def test_a_new_pair_signs_what_it_verifies() -> None:
    private, public = signatures.generate_key_pair()
    key = serialization.load_pem_private_key(private.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    text = signatures.sign(key, "1700000000000", "GET", "/a")
    signature = signatures.decode_signature(text.encode())
    assert signature is not None
    loaded = load_public_key(public)
    assert signatures.verify(loaded, signature, b"1700000000000GET/a")
    assert not signatures.verify(loaded, signature, b"1700000000000GET/b")
    assert not signatures.verify(loaded, signature[:-1], b"1700000000000GET/a")
    assert not signatures.verify(loaded, b"", b"1700000000000GET/a")
