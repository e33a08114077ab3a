"""The bytes of journal entries, the hash that chains each to the one before, and how a batch of
them is packed.

Commands and facts are tagged MessagePack arrays whose fields are only ever appended. The hash is
SHA-256 over the previous hash and the exact bytes that are stored, so that reading an entry never
depends on encoding it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from presage.domain.commands import Command
from presage.domain.facts import Fact
from presage.units import Micros

NO_HASH: Final = bytes(32)
"""What the first entry has as its previous hash."""

_encoder = msgspec.msgpack.Encoder()
_bodies = msgspec.msgpack.Decoder(tuple[int, int, int, int, int, msgspec.Raw, msgspec.Raw])
_happened = msgspec.msgpack.Decoder(tuple[int, int, int, Micros, int, msgspec.Raw, list[Fact]])
_blobs = msgspec.msgpack.Decoder(bytes)
_commands = msgspec.msgpack.Decoder(Command)
_facts = msgspec.msgpack.Decoder(list[Fact])
_BLOB_TAGS: Final = b"\xc4\xc5\xc6"


class Record(msgspec.Struct, frozen=True, gc=False):
    """One entry as stored; `command` and `facts` are still encoded, `hash` has 32 bytes."""

    seq: int
    shard: int
    epoch: int
    at: Micros
    rules: int
    command: bytes
    facts: bytes
    hash: bytes


class Sealed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The bytes of an entry, and their hash after the hash of the entry before."""

    body: bytes
    hash: bytes

    def continues(self, previous: bytes) -> bool:
        """Are the bytes those that were hashed, behind that entry?"""
        return sha256(previous + self.body).digest() == self.hash


class Packed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The entries that one transaction wrote, and the hash that the first of them continues."""

    previous: bytes
    entries: list[Sealed]


_packs = msgspec.msgpack.Decoder(Packed)


class Unreadable(Exception):
    """Bytes that are no entries, or an entry with a command or facts unknown to this version."""


def encode_facts(facts: Sequence[Fact]) -> bytes:
    """The facts as stored."""
    return _encoder.encode(facts)


def decode_command(data: bytes) -> Command:
    """Raises: Unreadable."""
    try:
        command: Command = _commands.decode(data)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"command: {error}") from error
    return command


def decode_facts(data: bytes) -> list[Fact]:
    """Raises: Unreadable."""
    try:
        return _facts.decode(data)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"facts: {error}") from error


def seal(
    previous: bytes,
    seq: int,
    shard: int,
    epoch: int,
    at: Micros,
    rules: int,
    command: Command | msgspec.Raw,
    facts: Sequence[Fact] | msgspec.Raw,
) -> Sealed:
    """A new entry, chained to the one whose hash is `previous`; encodes everything once."""
    body = _encoder.encode((seq, shard, epoch, at, rules, command, facts))
    return Sealed(body, sha256(previous + body).digest())


def pack(previous: bytes, entries: list[Sealed]) -> bytes:
    """Entries of one transaction as they are stored."""
    return _encoder.encode(Packed(previous, entries))


def unpack(data: bytes) -> Packed:
    """Raises: Unreadable."""
    try:
        return _packs.decode(data)
    except (msgspec.MsgspecError, TypeError) as error:  # SQLite keeps whatever a damaged page says
        raise Unreadable(f"batch: {error}") from error


def opened(entry: Sealed) -> Record:
    """What an entry says. Raises: Unreadable."""
    try:
        seq, shard, epoch, at, rules, command, facts = _bodies.decode(entry.body)
        return Record(seq, shard, epoch, at, rules, _inner(command), _inner(facts), entry.hash)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"entry: {error}") from error


def happened(entry: Sealed) -> tuple[Micros, list[Fact]]:
    """Only the time and the facts of an entry, in one go. Raises: Unreadable."""
    try:
        _, _, _, at, _, _, facts = _happened.decode(entry.body)
    except msgspec.MsgspecError:
        record = opened(entry)
        return record.at, decode_facts(record.facts)
    return at, facts


def _inner(raw: msgspec.Raw) -> bytes:
    """Entries from before batches were packed hold command and facts as byte strings."""
    data = bytes(raw)
    return _blobs.decode(data) if data[0] in _BLOB_TAGS else data
