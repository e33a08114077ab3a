"""The bytes of a journal entry and the hash that chains it to the one before.

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
_commands = msgspec.msgpack.Decoder(Command)
_facts = msgspec.msgpack.Decoder(list[Fact])


class Record(msgspec.Struct, frozen=True, gc=False):
    """One row of the journal, exactly as stored. `previous` and `hash` have 32 bytes."""

    seq: int
    shard: int
    epoch: int
    at: Micros
    rules: int
    command: bytes
    facts: bytes
    previous: bytes
    hash: bytes


class Unreadable(Exception):
    """The bytes are intact but no command or facts that this version knows."""


def encode_command(command: Command) -> bytes:
    """The command as stored."""
    return _encoder.encode(command)


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


def entry_hash(
    previous: bytes,
    seq: int,
    shard: int,
    epoch: int,
    at: Micros,
    rules: int,
    command: bytes,
    facts: bytes,
) -> bytes:
    """SHA-256 of the previous hash and the MessagePack array of everything else."""
    body = _encoder.encode((seq, shard, epoch, at, rules, command, facts))
    return sha256(previous + body).digest()


def seal(
    previous: bytes,
    seq: int,
    shard: int,
    epoch: int,
    at: Micros,
    rules: int,
    command: bytes,
    facts: bytes,
) -> Record:
    """The record of a new entry, chained to the one whose hash is `previous`."""
    digest = entry_hash(previous, seq, shard, epoch, at, rules, command, facts)
    return Record(seq, shard, epoch, at, rules, command, facts, previous, digest)


def is_intact(record: Record) -> bool:
    """Are the bytes those that were hashed?"""
    return record.hash == entry_hash(
        record.previous,
        record.seq,
        record.shard,
        record.epoch,
        record.at,
        record.rules,
        record.command,
        record.facts,
    )
