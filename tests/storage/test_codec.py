"""The stored bytes of an entry come back as they were, and the hash covers every one of them."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from presage.domain.commands import Genesis, Move, Tick
from presage.domain.facts import Founded, WorkDone
from presage.storage.codec import (
    NO_HASH,
    Record,
    Unreadable,
    decode_command,
    decode_facts,
    encode_command,
    encode_facts,
    is_intact,
    seal,
)

MOVE = Move((("world", -5), ("cash:4096", 5)), "gift-1", "grant")
SEALED = seal(NO_HASH, 7, 0, 1, 1_000, 1, encode_command(MOVE), encode_facts([WorkDone(3)]))


@pytest.mark.parametrize("command", [Genesis(b"a" * 16, b"b" * 16), Tick(), MOVE])
def test_commands_come_back(command: Genesis | Tick | Move) -> None:
    assert decode_command(encode_command(command)) == command


def test_facts_come_back() -> None:
    facts = (Founded(b"a" * 16, b"b" * 16), WorkDone(3))
    assert tuple(decode_facts(encode_facts(facts))) == facts


def test_the_hash_is_that_of_the_previous_one_and_the_exact_bytes() -> None:
    body = msgspec.msgpack.encode([7, 0, 1, 1_000, 1, SEALED.command, SEALED.facts])
    assert SEALED.hash == sha256(NO_HASH + body).digest()
    assert is_intact(SEALED)


@pytest.mark.parametrize("field", [name for name in Record.__struct_fields__ if name != "hash"])
def test_no_field_can_change_unseen(field: str) -> None:
    value = getattr(SEALED, field)
    other = value[:-1] + bytes([value[-1] ^ 1]) if isinstance(value, bytes) else value + 1
    assert not is_intact(msgspec.structs.replace(SEALED, **{field: other}))


@pytest.mark.parametrize("data", [b"\x91\xa7Unheard", b"\xc1", b""])
def test_unknown_bytes_are_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable, match="command"):
        decode_command(data)
    with pytest.raises(Unreadable, match="facts"):
        decode_facts(data)
