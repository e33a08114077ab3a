"""The stored bytes of an entry come back as they were, and the hash covers every one of them."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from presage.domain.commands import Genesis, Move, Tick
from presage.domain.facts import Founded, WorkDone
from presage.storage.codec import (
    NO_HASH,
    Sealed,
    Unreadable,
    decode_command,
    decode_facts,
    encode_facts,
    happened,
    opened,
    pack,
    seal,
    unpack,
)

MOVE = Move((("world", -5), ("cash:4096", 5)), "gift-1", "grant")
SEALED = seal(NO_HASH, 7, 0, 1, 1_000, 1, MOVE, [WorkDone(3)])


@pytest.mark.parametrize("command", [Genesis(b"a" * 16, b"b" * 16), Tick(), MOVE])
def test_commands_come_back(command: Genesis | Tick | Move) -> None:
    assert decode_command(opened(seal(NO_HASH, 7, 0, 1, 1_000, 1, command, [])).command) == command


def test_facts_come_back() -> None:
    facts = (Founded(b"a" * 16, b"b" * 16), WorkDone(3))
    assert tuple(decode_facts(encode_facts(facts))) == facts
    assert opened(seal(NO_HASH, 7, 0, 1, 1_000, 1, MOVE, facts)).facts == encode_facts(facts)


def test_the_hash_is_that_of_the_previous_one_and_the_exact_bytes() -> None:
    assert SEALED.body == msgspec.msgpack.encode([7, 0, 1, 1_000, 1, MOVE, [WorkDone(3)]])
    assert SEALED.hash == sha256(NO_HASH + SEALED.body).digest()
    assert SEALED.continues(NO_HASH)
    assert not SEALED.continues(SEALED.hash)


def test_no_byte_can_change_unseen() -> None:
    for place in range(len(SEALED.body)):
        body = bytearray(SEALED.body)
        body[place] ^= 1
        assert not Sealed(bytes(body), SEALED.hash).continues(NO_HASH)


def test_a_batch_comes_back_as_it_was_packed() -> None:
    entries = [SEALED, seal(SEALED.hash, 8, 0, 1, 1_000, 1, Tick(), [])]
    packed = unpack(pack(NO_HASH, entries))
    assert (packed.previous, packed.entries) == (NO_HASH, entries)
    assert [opened(entry).seq for entry in packed.entries] == [7, 8]


def test_an_entry_of_the_first_form_is_read() -> None:
    """Before batches were packed, the hashed bytes held command and facts as byte strings."""
    command, facts = msgspec.msgpack.encode(MOVE), encode_facts([WorkDone(3)])
    body = msgspec.msgpack.encode([7, 0, 1, 1_000, 1, command, facts])
    old = Sealed(body, sha256(NO_HASH + body).digest())
    new = opened(SEALED)
    assert opened(old) == msgspec.structs.replace(new, hash=old.hash)


@pytest.mark.parametrize("data", [b"", b"\x92\xc4", b"junk", "text", None])
def test_what_is_no_batch_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable, match="batch"):
        unpack(data)


def test_what_is_no_entry_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="entry"):
        opened(Sealed(b"\x93\x01\x02\x03", NO_HASH))


@pytest.mark.parametrize("data", [b"\x91\xa7Unheard", b"\xc1", b""])
def test_unknown_bytes_are_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable, match="command"):
        decode_command(data)
    with pytest.raises(Unreadable, match="facts"):
        decode_facts(data)


def test_time_and_facts_come_in_one_go_from_both_forms() -> None:
    command, facts = msgspec.msgpack.encode(MOVE), encode_facts([WorkDone(3)])
    old = Sealed(msgspec.msgpack.encode([7, 0, 1, 1_000, 1, command, facts]), NO_HASH)
    for entry in (SEALED, old):
        assert happened(entry) == (1_000, [WorkDone(3)])
    unheard = Sealed(msgspec.msgpack.encode([7, 0, 1, 1_000, 1, [], [["Unheard"]]]), NO_HASH)
    with pytest.raises(Unreadable, match="facts"):
        happened(unheard)
