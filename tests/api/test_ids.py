"""Ids outside: UUID text that deciphers to exactly one id of one kind, or to nothing."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.api.ids import IdCipher, Kind

CIPHER = IdCipher(bytes(range(16)))


@given(st.integers(0, 2**63 - 1), st.sampled_from(Kind))
def test_an_id_comes_back_from_every_spelling(number: int, kind: Kind) -> None:
    text = CIPHER.text(number, kind)
    assert str(uuid.UUID(text)) == text
    for spelling in (text, text.replace("-", ""), text.upper()):
        assert CIPHER.number(spelling, kind) == number
    assert all(CIPHER.number(text, other) is None for other in Kind if other is not kind)
    assert IdCipher(b"another key 1234").number(text, kind) is None


@given(st.lists(st.integers(0, 2**63 - 1), max_size=5), st.sampled_from(Kind))
def test_several_ids_look_as_each_does_alone(numbers: list[int], kind: Kind) -> None:
    assert CIPHER.texts(numbers, kind) == [CIPHER.text(number, kind) for number in numbers]


def test_neighbours_look_unrelated() -> None:
    texts = [CIPHER.text(number, Kind.ORDER) for number in range(1_000)]
    assert len({text[:8] for text in texts}) == 1_000


def test_one_block_is_what_it_always_was() -> None:
    """Clients keep ids: a key gives the same text for ever (AES-128 of id, kind, zeros)."""
    assert CIPHER.text(0, Kind.ORDER) == "5f2c80d3-52d3-e8fc-b4ae-a438188d77c8"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "abc",
        "batched",
        "00000000-0000-0000-0000-000000000000",
        "0" * 32,
        "0" * 31,
        "0" * 33,
        " " + "0" * 31,
        "0" * 16 + "-" + "0" * 15,
        "0000000-00000-0000-0000-000000000000",
        "g" * 32,
        "０" * 32,
        "ord_" + "0" * 32,
        "0" * 100_000,
    ],
)
def test_what_is_not_ours_is_nothing(text: str) -> None:
    assert all(CIPHER.number(text, kind) is None for kind in Kind)


@given(st.binary(min_size=16, max_size=16))
def test_guessing_finds_nothing(block: bytes) -> None:
    assert CIPHER.number(block.hex(), Kind.ORDER) is None


def test_a_key_has_a_length() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        IdCipher(b"short")
